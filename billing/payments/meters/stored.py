"""The billing periods that Stripe issues, as the database has them."""

from billing.invoices.periods.period import Issuer
from billing.invoices.periods.service import PeriodsService
from billing.payments.meters import store
from billing.payments.meters.periods import IssuedPeriod
from mesh.database import Database


class StoredPeriods:
    """`IssuedPeriods` of every tenant that Stripe knows."""

    def __init__(self, db: Database, periods: PeriodsService) -> None:
        """Reads as the worker role."""
        self._db = db
        self._periods = periods

    async def open(self) -> tuple[IssuedPeriod, ...]:
        """See the protocol. Raises Unavailable."""
        async with self._db.worker() as conn:
            found = await self._periods.open_of_issuer(conn, Issuer.STRIPE)
            known = await store.known(conn, [each.tenant_id for each in found])
        return tuple(
            IssuedPeriod(each.tenant_id, each.number, each.span, *known[each.tenant_id])
            for each in found
            if each.tenant_id in known
        )
