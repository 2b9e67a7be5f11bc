"""Who is calling."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID


class PrincipalKind(Enum):
    """What sort of caller it is."""

    DEVICE = "device"
    TENANT = "tenant"
    VENDOR = "vendor"
    SERVICE = "service"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller; it comes from a certificate or a key, never from a request.

    `subject` is the id of the API key or the SPIFFE id.
    """

    kind: PrincipalKind
    tenant_id: UUID | None
    device_id: UUID | None
    subject: str
    scopes: frozenset[str]


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS, None, None, "", frozenset())
