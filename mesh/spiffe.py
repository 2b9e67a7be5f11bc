"""SPIFFE ids of the mesh: spiffe://<trust domain>/tenant/<uuid>/device/<uuid> and
spiffe://<trust domain>/service/<name>.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from mesh.errors import Unauthenticated

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DEVICE = re.compile(rf"spiffe://([a-z0-9._-]{{1,255}})/tenant/({_UUID})/device/({_UUID})")
_SERVICE = re.compile(r"spiffe://([a-z0-9._-]{1,255})/service/([a-z0-9-]{1,64})")


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A device of a tenant."""

    trust_domain: str
    tenant_id: UUID
    device_id: UUID


@dataclass(frozen=True, slots=True)
class ServiceIdentity:
    """A program of the mesh itself, such as the gateway."""

    trust_domain: str
    name: str


def spiffe_device(trust_domain: str, tenant_id: UUID, device_id: UUID) -> str:
    """The SPIFFE id of a device."""
    return f"spiffe://{trust_domain}/tenant/{tenant_id}/device/{device_id}"


def spiffe_service(trust_domain: str, name: str) -> str:
    """The SPIFFE id of a program."""
    return f"spiffe://{trust_domain}/service/{name}"


def parse_spiffe(uri: str) -> DeviceIdentity | ServiceIdentity:
    """Reads an id; the caller compares the trust domain with its own.

    Raises Unauthenticated for anything else.
    """
    if match := _DEVICE.fullmatch(uri):
        return DeviceIdentity(match[1], UUID(match[2]), UUID(match[3]))
    if match := _SERVICE.fullmatch(uri):
        return ServiceIdentity(match[1], match[2])
    raise Unauthenticated
