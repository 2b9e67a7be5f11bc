"""Takes deliveries and sends them; any number of replicas may at the same time."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

import structlog
from prometheus_client import Counter

from billing.notifications.channels.channel import Channel, Delivery, Outcome
from billing.notifications.delivery import store
from billing.notifications.rows import ChannelKind
from billing.notifications.texts import message
from billing.topics import NOTIFICATIONS_TOPIC
from mesh.clock import Clock
from mesh.database import Connection, Database
from mesh.errors import MeshError
from mesh.faults import Faults
from mesh.retry import Backoff, delay_after
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups

LEASE = timedelta(minutes=2)
"""For so long a delivery is its taker's; longer than any attempt."""

AFTER_SEND = "notifications.after_send_before_record"

_ATTEMPT_S = 45.0
_POLL_S = 1.0
_AT_ONCE = 32
_OF_A_TENANT = 4
_FIRST_DELAY = timedelta(seconds=15)
_LAST_DELAY = timedelta(hours=3)
_TIMED_OUT = Outcome(False, "the receiver took too long")


class DeliveryWorker:
    """A delivery is leased, sent and recorded. Who dies in between leaves it to the next one after
    the lease, who sends it again under the same id: a receiver may get it twice, never not at all.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        channels: Mapping[ChannelKind, Channel],
        *,
        wakeups: Wakeups,
        metrics: Metrics,
        faults: Faults,
        public_url: str,
        rng: Random | None = None,
    ) -> None:
        """`channels` are those that can send; what is for another waits. `public_url` is where
        people find the dashboard, or empty."""
        self._db = db
        self._clock = clock
        self._channels = dict(channels)
        self._wakeups = wakeups
        self._faults = faults
        self._public_url = public_url
        self._rng = rng
        self._running: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger()
        self._told = Counter(
            "brinkbyte_notifications",
            "Attempts to deliver notifications, by channel and outcome (sent, failed, dead).",
            ["channel", "outcome"],
            registry=metrics.registry,
        )

    async def run(self) -> None:
        """Sends until cancelled. A receiver that is slow holds up nobody else."""
        try:
            with self._wakeups.subscribe(NOTIFICATIONS_TOPIC) as stir:
                while True:
                    await self._start()
                    await stir.wait(_POLL_S)
        finally:
            for each in self._running:
                each.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await asyncio.gather(*(each.close() for each in self._channels.values()))

    async def deliver_once(self) -> int:
        """Sends what is due now and waits for it; returns how many. Raises MeshError."""
        taken = await self._take(_AT_ONCE)
        await asyncio.gather(*(self._deliver(each) for each in taken))
        return len(taken)

    async def _start(self) -> None:
        free = _AT_ONCE - len(self._running)
        try:
            taken = await self._take(free) if free else []
        except MeshError as error:
            self._log.warning("notifications_not_delivered", reason=error.reason)
            return
        except Exception:
            self._log.exception("notifications_not_delivered")
            return
        for each in taken:
            task = asyncio.create_task(self._guarded(each))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _take(self, limit: int) -> list[Delivery]:
        now = self._clock.now()
        async with self._db.worker() as conn:
            for channel in await store.give_up(conn, now):
                self._told.labels(channel.value, "dead").inc()
            return await store.take(
                conn,
                self._channels.keys(),
                now=now,
                lease_until=now + LEASE,
                limit=limit,
                each_tenant=_OF_A_TENANT,
            )

    async def _guarded(self, delivery: Delivery) -> None:
        try:
            await self._deliver(delivery)
        except MeshError as error:
            self._log.warning("notification_not_recorded", reason=error.reason)
        except Exception:
            self._log.exception("notification_not_recorded")

    async def _deliver(self, delivery: Delivery) -> None:
        words = message(delivery.kind, delivery.facts, delivery.company_name, self._public_url)
        try:
            async with asyncio.timeout(_ATTEMPT_S):
                outcome = await self._channels[delivery.channel].send(delivery, words)
        except TimeoutError:
            outcome = _TIMED_OUT
        self._faults.hit(AFTER_SEND)
        async with self._db.worker() as conn:
            said = await self._record(conn, delivery, outcome)
        if said:
            self._told.labels(delivery.channel.value, said).inc()

    async def _record(self, conn: Connection, delivery: Delivery, outcome: Outcome) -> str | None:
        now = self._clock.now()
        if outcome.delivered:
            return "sent" if await store.sent(conn, delivery, now) else None
        next_at = None if outcome.final else self._next(delivery, now)
        state = await store.failed(conn, delivery, outcome.detail, now=now, next_at=next_at)
        return "failed" if state == "pending" else state

    def _next(self, delivery: Delivery, now: datetime) -> datetime:
        half = delay_after(delivery.attempt - 1, _FIRST_DELAY, _LAST_DELAY) / 2
        seconds = half.total_seconds()
        return now + half + timedelta(seconds=next(Backoff(seconds, cap=seconds, rng=self._rng)))
