"""Background work that keeps items at the payment provider at what is held."""

from uuid import UUID

from billing.background import for_each, repeat
from billing.payments.items import store
from billing.payments.items.sender import ItemSender
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import MeshError

_EVERY_S = 3.0
_AT_ONCE = 100


class ItemWorker:
    """Looks every few seconds. Any number of replicas may: who comes second finds it done."""

    def __init__(self, db: Database, sender: ItemSender, clock: Clock) -> None:
        """Finds tenants as the worker role."""
        self._db = db
        self._sender = sender
        self._clock = clock

    async def run(self) -> None:
        """Looks until cancelled. Failures are tried again."""
        await repeat(self.look_once, "items_not_looked_at", _EVERY_S)

    async def look_once(self) -> int:
        """Sends what differs; returns for how many tenants. What fails for one of them waits.
        Raises MeshError."""
        async with self._db.worker() as conn:
            tenants = await store.differing(conn, self._clock.now(), _AT_ONCE)
        await for_each(tenants, self._send, "items_not_sent")
        return len(tenants)

    async def _send(self, tenant_id: UUID) -> None:
        try:
            await self._sender.send(tenant_id)
        except Exception as error:
            reason = error.reason if isinstance(error, MeshError) else type(error).__name__
            await self._sender.failed(tenant_id, reason)
            raise
