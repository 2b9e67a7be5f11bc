"""Which certificates may call which service: an allow-list, asked before any scope."""

from collections.abc import Mapping

from mesh.errors import CallerNotAllowed
from mesh.principal import Principal, PrincipalKind
from mesh.spiffe import ServiceIdentity, parse_spiffe

DEVICE = "device"


class AllowedCallers:
    """Names of certificate holders by service: `device`, or the name of a program."""

    def __init__(self, by_service: Mapping[str, frozenset[str]]) -> None:
        """`by_service` is keyed by full names; a service that is missing has no callers."""
        self._by_service = by_service

    def check(self, service: str, holder: Principal) -> None:
        """Raises CallerNotAllowed unless the certificate's holder may call `service`."""
        name = caller_name(holder)
        if name not in self._by_service.get(service, ()):
            raise CallerNotAllowed(name, service)


def caller_name(holder: Principal) -> str:
    """`device`, or the name of the program that the certificate is for."""
    if holder.kind is PrincipalKind.DEVICE:
        return DEVICE
    identity = parse_spiffe(holder.subject)
    return identity.name if isinstance(identity, ServiceIdentity) else DEVICE
