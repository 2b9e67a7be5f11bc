"""Background work on webhooks: what an event hints at is asked for and followed."""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

import structlog

from billing.background import repeat
from billing.payments.webhooks import store
from billing.payments.webhooks.metrics import WebhookMetrics
from billing.payments.webhooks.row import WebhookRow, WebhookState
from billing.topics import WEBHOOKS_TOPIC
from mesh.clock import Clock
from mesh.database import Connection, Database
from mesh.errors import MeshError, Unavailable
from mesh.faults import Faults
from mesh.retry import delay_after
from mesh.wakeup import Wakeups

ATTEMPTS = 8
"""After so many failures of ours a person has to look; while Stripe is away none is counted."""

_EVERY_S = 1.0
_FIRST_RETRY = timedelta(seconds=2)
_LONGEST_RETRY = timedelta(minutes=10)

Follow = Callable[[str], Awaitable[bool]]


class WebhookWorker:
    """Works at a wake-up, and each second. Any number of replicas may.

    An event is done with once its customer was asked for after it had come, so one question
    answers all that wait of a customer. What was done is done again, to no effect, when this dies
    before it says so.
    """

    def __init__(
        self,
        db: Database,
        wakeups: Wakeups,
        follow: Follow,
        metrics: WebhookMetrics,
        *,
        clock: Clock,
        faults: Faults,
    ) -> None:
        """`follow` brings a customer of the provider's up to date; False when it is nobody's."""
        self._db = db
        self._wakeups = wakeups
        self._follow = follow
        self._metrics = metrics
        self._clock = clock
        self._faults = faults
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Works until cancelled. Failures are tried again."""
        with self._wakeups.subscribe(WEBHOOKS_TOPIC) as hints:
            await repeat(self._drain, "webhooks_not_worked_on", _EVERY_S, pause=hints.wait)

    async def _drain(self) -> None:
        while await self.work_once():
            pass

    async def work_once(self) -> bool:
        """Works on one event, and on what else waits of its customer; False when none is due.
        Raises MeshError."""
        async with self._db.worker() as conn:
            event = await store.next_due(conn, self._clock.now())
            if event is None:
                return False
            others = await store.lock_waiting(conn, event.customer)
            events = {each.event_id: each for each in (event, *others)}
            self._faults.hit("webhooks.after_answer_before_follow")
            try:
                known = await self._follow(event.customer)
            except Exception as error:
                await self._failed(conn, event, events, error)
            else:
                self._faults.hit("webhooks.after_follow_before_record")
                await self._done(conn, events, known)
        return True

    async def _done(self, conn: Connection, events: dict[str, WebhookRow], known: bool) -> None:
        state = WebhookState.DONE if known else WebhookState.IGNORED
        now = self._clock.now()
        await store.settle(conn, sorted(events), state, now)
        self._metrics.count(state.value, len(events))
        for each in events.values():
            self._metrics.delayed((now - each.created_at).total_seconds())

    async def _failed(
        self, conn: Connection, event: WebhookRow, events: Collection[str], error: Exception
    ) -> None:
        """All that waits of the customer is put behind the others: asked again for each, the
        answer would be the same."""
        wait = delay_after(event.attempts, _FIRST_RETRY, _LONGEST_RETRY)
        reason = error.reason if isinstance(error, MeshError) else type(error).__name__
        dead = await store.failed(
            conn,
            sorted(events),
            reason,
            next_try_at=self._clock.now() + wait,
            ours=not isinstance(error, Unavailable),
            most=ATTEMPTS,
        )
        self._metrics.count("dead", dead)
        self._metrics.count("retried", len(events) - dead)
        self._log.warning(
            "webhook_failed",
            event_id=event.event_id,
            events=len(events),
            reason=reason,
            dead=dead,
            exc_info=None if isinstance(error, MeshError) else error,
        )
