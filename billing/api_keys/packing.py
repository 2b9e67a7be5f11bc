"""API keys on the wire."""

from brinkbyte.tenant.v1 import tenant_service_pb2 as pb

from billing.api_keys.store import KeyRow
from billing.wire import stamp
from rights.scopes import Role

_ROLES = {
    pb.API_KEY_ROLE_TENANT_ADMIN: Role.TENANT_ADMIN,
    pb.API_KEY_ROLE_TENANT_READ: Role.TENANT_READ,
    pb.API_KEY_ROLE_DEVICE: Role.DEVICE,
}
_NUMBERS = {role: number for number, role in _ROLES.items()}


def role(number: pb.ApiKeyRole) -> Role:
    """The role of its number, which the contract's rules have checked."""
    return _ROLES[number]


def key(row: KeyRow) -> pb.ApiKey:
    """A key as it may be shown."""
    return pb.ApiKey(
        key_id=str(row.key_id),
        prefix=row.key_prefix,
        role=_NUMBERS[Role(row.role)],
        display_name=row.display_name,
        device_id=str(row.device_id) if row.device_id else "",
        created_at=stamp(row.created_at),
        last_used_at=stamp(row.last_used_at),
        expires_at=stamp(row.expires_at),
        revoked_at=stamp(row.revoked_at),
        replaced_by=str(row.replaced_by) if row.replaced_by else "",
    )
