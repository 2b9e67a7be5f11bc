"""SQL of edge_devices: the node's identity for readers of its database."""

from datetime import datetime
from uuid import UUID

from edge.uplink.identity import Identity
from mesh.database import Database, Role

_SAVE = """
insert into edge_devices
    (device_id, tenant_id, hardware_id, key_thumbprint, certificate_not_after, enrolled_at)
values ($1, $2, coalesce($3, ''), $4, $5, $6)
on conflict (device_id) do update set
    tenant_id = excluded.tenant_id,
    hardware_id = coalesce($3, edge_devices.hardware_id),
    key_thumbprint = excluded.key_thumbprint,
    certificate_not_after = excluded.certificate_not_after
"""


async def save_device(
    database: Database, identity: Identity, hardware_id: str | None, now: datetime
) -> None:
    """Keeps the identity; None leaves the hardware id as it is. Raises Unavailable."""
    async with database.transaction(Role.APP) as conn:
        await conn.execute(
            _SAVE,
            identity.device_id,
            identity.tenant_id,
            hardware_id,
            identity.key_thumbprint,
            identity.not_after,
            now,
        )


async def enrolled_hardware(database: Database, device_id: UUID) -> str | None:
    """The hardware that the device was enrolled on, None when it is not on record.

    Raises Unavailable.
    """
    async with database.transaction(Role.APP) as conn:
        found: str | None = await conn.fetchval(
            "select hardware_id from edge_devices where device_id = $1", device_id
        )
    return found
