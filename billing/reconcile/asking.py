"""Asks Stripe what its meters have summed, outside of every transaction."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from billing.payments.objects import names
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from billing.reconcile import meters
from billing.reconcile.findings import Findings
from billing.reconcile.meters import Submission
from mesh.database import Database
from mesh.errors import MeshError


class MeterSums:
    """Compares submissions with the sums of their minutes, one call each."""

    def __init__(
        self, db: Database, provider: PaymentProvider | None, objects: ObjectsService
    ) -> None:
        """Without a `provider` nothing is compared."""
        self._db = db
        self._provider = provider
        self._objects = objects

    async def compare(self, submissions: Sequence[Submission]) -> Findings:
        """What differs; a note where Stripe does not answer, or has no such meter."""
        landed: dict[tuple[str, datetime], Decimal] = {}
        if self._provider is None or not submissions:
            return Findings()
        wanted = sorted({names.meter(each.metric) for each in submissions})
        try:
            async with self._db.worker() as conn:
                ids = await self._objects.meter_ids(conn, wanted)
            for each in submissions:
                landed[each.metric, each.minute] = await self._provider.meters.landed(
                    meter_id=ids[names.meter(each.metric)],
                    customer_id=each.customer_id,
                    minute=each.minute,
                )
        except MeshError as error:
            note = f"not every submission is compared with Stripe's meters: {error.message}"
            return Findings(drifts=meters.compare_landed(submissions, landed), notes=[note])
        return Findings(drifts=meters.compare_landed(submissions, landed))
