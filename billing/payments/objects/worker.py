"""Brings the payment provider to what the live catalogue says.

Every step can be repeated: what is there is looked for before it is made, what was made is noted
before what it replaces is archived, and each call has an idempotency key of its own content.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from billing.background import repeat
from billing.catalog.live import Catalogs
from billing.payments import store as leases
from billing.payments.goods import Good, MeterGood, PriceGood, ProductGood, StoredGood, fingerprint
from billing.payments.objects import store
from billing.payments.objects.plan import Task, tasks
from billing.payments.objects.row import ObjectRow, ObjectState
from billing.payments.objects.wanted import wanted
from billing.payments.provider import PaymentProvider
from billing.topics import CATALOG_TOPIC
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import MeshError, Unavailable
from mesh.faults import Faults
from mesh.ids import uuid7_batch
from mesh.wakeup import Wakeups

_WORK = "objects"
_LEASE = timedelta(minutes=2)
_EVERY_S = 60.0


class ObjectsWorker:
    """Works at a change of the catalogue, and every minute. Any number of replicas may run one."""

    def __init__(
        self,
        db: Database,
        provider: PaymentProvider,
        catalogs: Catalogs,
        wakeups: Wakeups,
        *,
        clock: Clock,
        faults: Faults,
    ) -> None:
        """Writes as the worker role."""
        self._db = db
        self._provider = provider
        self._catalogs = catalogs
        self._wakeups = wakeups
        self._clock = clock
        self._faults = faults
        self._holder: UUID = uuid7_batch(clock, 1)[0]
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Works until cancelled; what fails is kept with its reason and tried again."""
        with self._wakeups.subscribe(CATALOG_TOPIC) as hints:
            await repeat(self.run_once, "stripe_objects_failed", _EVERY_S, pause=hints.wait)

    async def run_once(self) -> int:
        """Does all that is to be done; returns how many things were. Another replica's work is left
        to it, and what the provider refuses for the next time. Raises Unavailable."""
        await self._catalogs.refresh()
        if not await self._lease():
            return 0
        done = 0
        try:
            async with self._db.worker() as conn:
                todo = tasks(wanted(self._catalogs.live), await store.rows(conn))
            for task in todo:
                if not await self._lease():
                    break
                done += await self._do(task)
        finally:
            async with self._db.worker() as conn:
                await leases.give_back(conn, _WORK, self._holder)
        return done

    async def _lease(self) -> bool:
        async with self._db.worker() as conn:
            return await leases.take(conn, _WORK, self._holder, self._clock.now(), _LEASE)

    async def _do(self, task: Task) -> bool:
        """Whether it is done. Raises Unavailable, after which the rest can wait as well."""
        try:
            if task.good is not None:
                await self._bring(task.good, task.row)
            elif task.row is not None:
                await self._withdraw(task.row)
        except MeshError as error:
            reason = error.metadata.get("code", error.reason)
            async with self._db.worker() as conn:
                await store.failed(conn, task.kind, task.name, reason, self._clock.now())
            if isinstance(error, Unavailable):
                raise
            self._log.warning("stripe_object_refused", name=task.name, reason=reason)
            return False
        return True

    async def _bring(self, good: Good, row: ObjectRow | None) -> None:
        content = fingerprint(good)
        held = row or self._unknown(good)
        found = await self._provider.goods.find(good)
        if found is not None and found.fingerprint != content and not held.stripe_id:
            held = await self._save(replace(held, stripe_id=found.stripe_id))
        if found is None or found.fingerprint != content:
            self._faults.hit("stripe.before_object")
            found = await self._tell(
                good, found, f"{good.kind}-{good.name}-{held.changes}-{content[:16]}"
            )
            self._faults.hit("stripe.after_object_before_record")
        former = held.stripe_id
        retired = held.retired
        if former and former != found.stripe_id and former not in retired:
            retired = (*retired, former)
        held = await self._save(
            replace(
                held,
                stripe_id=found.stripe_id,
                fingerprint=content,
                state=ObjectState.CURRENT,
                changes=held.changes + (held.fingerprint != content),
                retired=retired,
                attempts=0,
                last_error="",
            )
        )
        for stripe_id in retired:
            await self._archive(good, stripe_id, held)
        if retired:
            await self._save(replace(held, retired=()))

    async def _tell(self, good: Good, found: StoredGood | None, key: str) -> StoredGood:
        goods = self._provider.goods
        if found is None or isinstance(good, PriceGood):
            return await goods.make(good, key=key)
        return await goods.amend(found.stripe_id, good, key=key)

    async def _withdraw(self, row: ObjectRow) -> None:
        """What the catalogue no longer has; a meter stays, since it holds what was used."""
        if row.kind == "price":
            good: ProductGood | PriceGood = PriceGood(row.name, "", "", "")
        else:
            good = ProductGood(row.name, "")
        if row.kind != "meter" and row.stripe_id:
            await self._archive(good, row.stripe_id, row)
        await self._save(
            replace(row, state=ObjectState.ARCHIVED, fingerprint="", changes=row.changes + 1)
        )

    async def _archive(self, good: Good, stripe_id: str, row: ObjectRow) -> None:
        if isinstance(good, MeterGood):
            return
        key = f"archive-{stripe_id}-{row.changes}"
        await self._provider.goods.archive(stripe_id, good, key=key)

    def _unknown(self, good: Good) -> ObjectRow:
        return ObjectRow(
            good.kind, good.name, "", "", ObjectState.WANTED, 0, (), 0, "", self._clock.now()
        )

    async def _save(self, row: ObjectRow) -> ObjectRow:
        row = replace(row, changed_at=self._clock.now())
        async with self._db.worker() as conn:
            await store.save(conn, row)
        return row
