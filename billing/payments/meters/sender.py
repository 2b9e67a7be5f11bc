"""Sends submissions: one call in flight for each customer and meter, until each is known to have
landed or is refused."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import structlog

from billing.background import for_each
from billing.payments import store as leases
from billing.payments.meters import store
from billing.payments.meters.row import SubmissionRow, SubmissionState
from billing.payments.meters.sums import MeterReader
from billing.payments.objects import names
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import FailedPrecondition, NotFound, Unavailable
from mesh.faults import Faults
from mesh.ids import uuid7
from mesh.retry import delay_after

IDENTIFIERS_KEPT = timedelta(hours=23)
"""For so long the same identifier counts once at the provider, with an hour to spare."""

_LEASE = timedelta(minutes=3)
_LONGEST_WAIT = timedelta(minutes=30)
_FIRST_WAIT = timedelta(seconds=30)
_REFUSALS = 5
_TOO_OLD = "timestamp_too_far_in_past"

Outcome = Callable[[str], None]


class SubmissionSender:
    """Works through what is due. Any number of replicas may run one."""

    def __init__(
        self,
        db: Database,
        provider: PaymentProvider,
        objects: ObjectsService,
        *,
        clock: Clock,
        faults: Faults,
        outcome: Outcome,
    ) -> None:
        """`outcome` counts what became of each try: sent, confirmed, lost, refused or failed."""
        self._db = db
        self._provider = provider
        self._sums = MeterReader(db, provider.meters, objects)
        self._clock = clock
        self._faults = faults
        self._outcome = outcome
        self._holder: UUID = uuid7(clock)
        self._log = structlog.get_logger()

    async def send_due(self) -> int:
        """Sends what is due; returns how many landed. A meter for which another replica sends, or
        that is not made yet, is left. Raises Unavailable when the database is away."""
        landed = 0
        async with self._db.worker() as conn:
            meters = await store.due_meters(conn, self._clock.now())

        async def send(meter: tuple[UUID, str]) -> None:
            nonlocal landed
            landed += await self._of_meter(*meter)

        await for_each(
            meters, send, "stripe_submissions_not_sent", lambda each: f"{each[0]}/{each[1]}"
        )
        return landed

    async def _of_meter(self, tenant_id: UUID, metric: str) -> int:
        work = f"submit/{tenant_id}/{metric}"
        if not await self._take(work):
            return 0
        landed = 0
        try:
            async with self._db.worker() as conn:
                rows = await store.due(conn, tenant_id, metric, self._clock.now())
            for row in rows:
                if not await self._take(work) or not await self._begin(row, work):
                    break
                landed += await self._try(row)
        except Unavailable as error:
            self._log.warning("stripe_submission_waits", metric=metric, reason=error.reason)
        finally:
            async with self._db.worker() as conn:
                await leases.give_back(conn, work, self._holder)
        return landed

    async def _take(self, work: str) -> bool:
        async with self._db.worker() as conn:
            return await leases.take(conn, work, self._holder, self._clock.now(), _LEASE)

    async def _begin(self, row: SubmissionRow, work: str) -> bool:
        async with self._db.worker() as conn:
            return await store.begin(conn, row, self._clock.now(), work, self._holder)

    async def _try(self, row: SubmissionRow) -> bool:
        """Whether it landed. Raises Unavailable: then it is tried again, as is what follows."""
        try:
            if self._forgotten(row):
                return await self._ask(row)
            return await self._send(row)
        except Unavailable as error:
            self._outcome("lost")
            await self._postpone(row, error.reason)
            raise

    def _forgotten(self, row: SubmissionRow) -> bool:
        """Whether the provider may take the identifier for a new one."""
        sent = row.first_sent_at
        return sent is not None and self._clock.now() - sent > IDENTIFIERS_KEPT

    async def _send(self, row: SubmissionRow) -> bool:
        self._faults.hit("stripe.before_submit")
        try:
            await self._provider.meters.send(
                meter=names.meter(row.metric),
                customer_id=row.customer_id,
                value=row.value,
                minute=row.minute,
                identifier=row.identifier,
            )
        except (FailedPrecondition, NotFound) as error:
            return await self._refused(row, error.metadata.get("code", error.reason))
        self._faults.hit("stripe.after_submit_before_record")
        await self._settle(row, SubmissionState.SENT)
        self._faults.hit("stripe.after_record")
        return True

    async def _refused(self, row: SubmissionRow, code: str) -> bool:
        """Tried again for a while, since it may be for a meter that is only being made; then the
        provider's sum decides, for it may be refused because it landed."""
        self._outcome("refused")
        if row.attempts + 1 < _REFUSALS and code != _TOO_OLD:
            await self._postpone(row, code)
            return False
        if await self._sum(row) == row.value:
            await self._settle(row, SubmissionState.CONFIRMED)
            return True
        self._log.error("stripe_submission_failed", metric=row.metric, code=code)
        await self._settle(row, SubmissionState.FAILED, code)
        return False

    async def _ask(self, row: SubmissionRow) -> bool:
        """Whether the minute's sum says that it landed; if nothing did, it goes under a new
        identifier."""
        found = await self._sum(row)
        if found == row.value:
            await self._settle(row, SubmissionState.CONFIRMED)
            return True
        if found:
            await self._settle(row, SubmissionState.FAILED, "MINUTE_HOLDS_ANOTHER_SUM")
            return False
        async with self._db.worker() as conn:
            now = self._clock.now()
            await store.rename(conn, row, uuid7(self._clock).hex, now)
        return False

    async def _sum(self, row: SubmissionRow) -> Decimal:
        return await (await self._sums.of(row.metric, row.customer_id)).minute(row.minute)

    async def _settle(self, row: SubmissionRow, state: SubmissionState, error: str = "") -> None:
        self._outcome(state.value)
        async with self._db.worker() as conn:
            await store.settle(conn, row, state, error, self._clock.now())

    async def _postpone(self, row: SubmissionRow, error: str) -> None:
        wait = delay_after(row.attempts, _FIRST_WAIT, _LONGEST_WAIT)
        async with self._db.worker() as conn:
            await store.postpone(conn, row, error, self._clock.now() + wait)
