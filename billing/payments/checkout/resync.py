"""Background work that heals what no event told of: now and then Stripe is asked all the same."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from billing.background import for_each, repeat
from billing.payments.checkout import store
from mesh.clock import Clock
from mesh.database import Database

AGE = timedelta(hours=6)
"""After so long without an event Stripe is asked all the same."""

_EVERY_S = 60.0
_AT_ONCE = 100


class Resync:
    """Looks each minute. Any number of replicas may; asked twice, an answer changes nothing."""

    def __init__(
        self, db: Database, follow: Callable[[str], Awaitable[bool]], clock: Clock
    ) -> None:
        """`follow` brings a customer up to date."""
        self._db = db
        self._follow = follow
        self._clock = clock

    async def run(self) -> None:
        """Looks until cancelled. Failures are tried again."""
        await repeat(self.look_once, "customers_not_synced", _EVERY_S)

    async def look_once(self) -> int:
        """Asks about those that were not asked about for long; returns how many. What fails for
        one of them is logged. Raises MeshError."""
        async with self._db.worker() as conn:
            customers = await store.stale(conn, self._clock.now() - AGE, _AT_ONCE)
        await for_each(customers, self._follow, "customer_not_synced")
        return len(customers)
