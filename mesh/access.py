"""The access rule of every RPC, read from the contracts (brinkbyte.common.v1.access)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from brinkbyte.common.v1 import access_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from mesh.errors import PermissionDenied, StartError, Unauthenticated
from mesh.principal import Principal, PrincipalKind

HEALTH = "grpc.health.v1.Health"
REFLECTION = "grpc.reflection.v1alpha.ServerReflection"
CHANNELZ = "grpc.channelz.v1.Channelz"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call: anyone (`public`), or holders of any one scope.

    Neither public nor a scope: any valid credential will do.
    """

    scopes: frozenset[str]
    public: bool

    def check(self, principal: Principal) -> None:
        """Raises Unauthenticated for an anonymous caller, PermissionDenied without a scope."""
        if self.public:
            return
        if principal.kind is PrincipalKind.ANONYMOUS:
            raise Unauthenticated
        if self.scopes and not self.scopes & principal.scopes:
            raise PermissionDenied(sorted(self.scopes))


_PUBLIC = Access(frozenset(), public=True)
_ANY_CREDENTIAL = Access(frozenset(), public=False)
_INSPECTION = Access(frozenset({"mesh:inspect"}), public=False)  # it shows every caller's address
_TOOLS = {HEALTH: _PUBLIC, REFLECTION: _ANY_CREDENTIAL, CHANNELZ: _INSPECTION}


def access_of(service: str, method: str) -> Access:
    """The rule of one RPC. Raises StartError when the contract states none."""
    if service in _TOOLS:
        return _TOOLS[service]
    return _read(_methods(service)[method])


def require_access(services: Iterable[str]) -> None:
    """Raises StartError naming the first RPC of `services` whose contract has no rule."""
    for service in services:
        for method in _methods(service).values():
            _read(method)


def _methods(service: str) -> dict[str, MethodDescriptor]:
    try:
        found = descriptor_pool.Default().FindServiceByName(service)
    except KeyError:
        raise StartError(f"no contract of the service {service} is loaded") from None
    return {method.name: method for method in found.methods}


def _read(method: MethodDescriptor) -> Access:
    extensions: Any = method.GetOptions().Extensions
    rule = extensions[access_pb2.access]
    if not rule.scopes and not rule.public:
        raise StartError(
            f"RPC {method.full_name} states no access; give it the option "
            "(brinkbyte.common.v1.access)"
        )
    return Access(frozenset(rule.scopes), rule.public)
