"""What the provider's meters have summed of a customer's use."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from billing.payments.objects import names
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import Meters
from mesh.database import Database

_MINUTE = timedelta(minutes=1)


class CustomerSums:
    """Of one customer and meter. Each call raises MeshError as the provider does."""

    def __init__(self, meters: Meters, meter_id: str, customer_id: str) -> None:
        """Ids are the provider's."""
        self._meters = meters
        self._meter_id = meter_id
        self._customer_id = customer_id

    async def minute(self, minute: datetime) -> Decimal:
        """Of the one minute that begins then."""
        return await self.between(minute, minute + _MINUTE)

    async def between(self, start: datetime, end: datetime) -> Decimal:
        """From `start` up to, but without, `end`, both on full minutes."""
        return await self._meters.summed(
            meter_id=self._meter_id, customer_id=self._customer_id, start=start, end=end
        )

    async def by_hour(self, start: datetime, end: datetime) -> Mapping[datetime, Decimal]:
        """The same for each hour that has something, `start` and `end` on full hours."""
        return await self._meters.summed_by_hour(
            meter_id=self._meter_id, customer_id=self._customer_id, start=start, end=end
        )


class MeterReader:
    """Finds the meter of a metric."""

    def __init__(self, db: Database, meters: Meters, objects: ObjectsService) -> None:
        """Reads the meters' ids as the worker role, outside of every other transaction."""
        self._db = db
        self._meters = meters
        self._objects = objects

    async def of(self, metric: str, customer_id: str) -> CustomerSums:
        """Raises FailedPrecondition (PAYMENT_PROVIDER_MISSING) for a meter that is not made yet."""
        meter = names.meter(metric)
        async with self._db.worker() as conn:
            ids = await self._objects.meter_ids(conn, [meter])
        return CustomerSums(self._meters, ids[meter], customer_id)
