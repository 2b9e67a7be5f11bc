"""One use of a quota: reserve before, count after, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal

import structlog

from mesh.circuit import Circuit
from mesh.clock import Clock
from mesh.errors import InvalidArgument, MeshError, NotFound, QuotaExhausted, Unavailable
from mesh.ids import uuid7
from rights.catalog.model import WhenUnknown
from sdk.event import Quantity, Use, decimal_text, pack
from sdk.quota import PASSING, QuotaClient
from sdk.usage import UsageReporter

_REASON = "DECISION_UNAVAILABLE"
_SETTLE_S = 1.0
UNDECIDED = {"quota": "undecided"}
"""The dimensions of a use that ran open: nobody could say whether the quota allowed it."""


class Spending:
    """What a running use has spent so far; nothing yet."""

    def __init__(self) -> None:
        """Nothing is said."""
        self.said: Decimal | None = None

    def add(self, quantity: Quantity) -> None:
        """Adds to what was used. Raises InvalidArgument for what is no exact quantity."""
        self.said = (self.said or Decimal(0)) + Decimal(decimal_text(quantity))


class Meter:
    """Puts uses behind a quota. `stop` waits for what is being counted."""

    def __init__(
        self, quota: QuotaClient, usage: UsageReporter, clock: Clock, *, decide_s: float = 2.0
    ) -> None:
        """A decision may take `decide_s` seconds."""
        self._quota = quota
        self._usage = usage
        self._clock = clock
        self._decide_s = decide_s
        self._log = structlog.get_logger()
        self._circuit = Circuit("quota", clock, self._log)
        self._settling: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def use(
        self,
        metric: str,
        estimate: Quantity = 1,
        *,
        resource: str,
        when_unknown: WhenUnknown | str = WhenUnknown.CLOSED,
        ttl_s: int = 300,
    ) -> AsyncIterator[Spending]:
        """Reserves `estimate`, runs the block, and counts what it said that it spent.

        A block that says nothing spent the estimate when it ends well, and nothing when it
        raises or is cancelled. What was used is on disk here before the block's end is seen,
        and counted once. Raises QuotaExhausted, InvalidArgument, and Unavailable with the reason
        DECISION_UNAVAILABLE where the policy is closed.
        """
        policy = WhenUnknown(when_unknown)
        pack(Use(metric, resource, estimate), "", self._clock.now())
        operation_id = str(uuid7(self._clock))
        decided = await self._decide(operation_id, metric, estimate, ttl_s, policy)
        spending = Spending()
        try:
            yield spending
        except BaseException:
            await self._settle(operation_id, metric, resource, spending.said, decided=decided)
            raise
        spent = Decimal(decimal_text(estimate)) if spending.said is None else spending.said
        await self._settle(operation_id, metric, resource, spent, decided=decided)

    async def settled(self) -> None:
        """Returns when everything that ended was counted by the cloud or left to the spool."""
        while self._settling:
            await asyncio.wait(self._settling)

    async def stop(self) -> None:
        """Gives what is being counted a second; the next run sends what remains."""
        if self._settling:
            _, late = await asyncio.wait(self._settling, timeout=_SETTLE_S)
            for each in late:
                each.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _decide(
        self, operation_id: str, metric: str, estimate: Quantity, ttl_s: int, policy: WhenUnknown
    ) -> bool:
        """True when the amount is reserved, False when nobody could say and it runs open."""
        try:
            if not self._circuit.closed:
                raise Unavailable("cloud")
            await self._quota.reserve(
                metric, estimate, operation_id=operation_id, ttl_s=ttl_s, timeout_s=self._decide_s
            )
        except (QuotaExhausted, InvalidArgument):
            self._circuit.succeeded()
            raise
        except MeshError as error:
            passing = isinstance(error, PASSING)
            if passing and self._circuit.closed:
                self._circuit.failed(error)
                self._spawn(self._release(operation_id, metric))
            if passing and policy is WhenUnknown.OPEN:
                return False
            raise Unavailable("quota decision", reason=_REASON) from error
        except asyncio.CancelledError:
            self._spawn(self._release(operation_id, metric))
            raise
        self._circuit.succeeded()
        return True

    async def _settle(
        self, operation_id: str, metric: str, resource: str, spent: Decimal | None, *, decided: bool
    ) -> None:
        """Survives that its caller is cancelled: what was used is counted all the same."""
        if not spent:
            if decided:
                self._spawn(self._release(operation_id, metric))
            return
        use = Use(metric, resource, spent, dimensions=None if decided else UNDECIDED)
        await asyncio.shield(self._spawn(self._keep(operation_id, use, decided=decided)))

    async def _keep(self, operation_id: str, use: Use, *, decided: bool) -> None:
        """Returns when the use is on disk, or counted where the disk does not take it."""
        try:
            await self._usage.hold(use, operation_id)
        except MeshError:
            if not decided:
                raise
            await self._commit(operation_id, use)
            return
        self._spawn(self._count(operation_id, use, decided=decided))

    async def _count(self, operation_id: str, use: Use, *, decided: bool) -> None:
        counted = False
        try:
            if decided:
                await self._commit(operation_id, use)
                counted = True
        except MeshError as error:
            self._log.warning(
                "quota not committed; its use is reported",
                operation_id=operation_id,
                reason=error.reason,
                why=error.message,
            )
        try:
            await self._usage.unhold(operation_id, counted=counted)
        except MeshError as error:
            self._log.warning("usage stays for the next run", why=error.message)

    async def _commit(self, operation_id: str, use: Use) -> None:
        await self._quota.commit(operation_id, use.event_type, use.quantity, use.resource_id)

    async def _release(self, operation_id: str, metric: str) -> None:
        try:
            await self._quota.release(operation_id, metric)
        except NotFound:
            return
        except MeshError as error:
            self._log.warning(
                "reservation not released; it expires", reason=error.reason, why=error.message
            )

    def _spawn(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        return task
