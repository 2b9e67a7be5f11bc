"""How many devices a tenant has."""

from billing.devices import store
from billing.unit import Unit


async def in_service(unit: Unit) -> int:
    """Devices that are not retired."""
    return await store.count_in_service(unit.conn, unit.tenant_id)
