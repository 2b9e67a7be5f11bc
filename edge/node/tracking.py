"""What applications on the node used: each event once, against the quota where they ask for it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from edge.entitlements.keeper import LeaseKeeper
from edge.entitlements.wallet import Hold, Wallet
from edge.node.metering import refusal
from edge.usage.counts import TRACKED
from edge.usage.uses import Taken, Use
from mesh.clock import Clock
from mesh.errors import InvalidArgument, MeshError
from rights.errors import QuantityInvalid
from rights.quantity import quantity_units

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_US = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_END_US = (datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


class Journal(Protocol):
    """What takes uses; edge.usage.meter.Meter is one."""

    def track(self, use: Use) -> "asyncio.Future[Taken]":
        """Hands one use over; the future ends once it is durable."""
        ...

    async def is_known(self, event_id: str) -> bool:
        """Whether the id was recorded before. Raises MeshError."""
        ...


@dataclass(frozen=True, slots=True)
class AskedUse:
    """A use as an application states it; `event_time_us` counts from 1970, None means now."""

    event_id: str
    event_type: str
    resource_id: str
    quantity: str
    event_time_us: int | None
    request_id: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tracked:
    """What became of a use: recorded or known before, or `error` says why not."""

    event_id: str
    taken: Taken | None = None
    error: MeshError | None = None


@dataclass(slots=True)
class _Pending:
    index: int
    hold: Hold
    future: "asyncio.Future[Taken]"


class UsageTracker:
    """Takes uses from their quota and hands them to the journal."""

    def __init__(self, journal: Journal, keeper: LeaseKeeper, clock: Clock) -> None:
        """`clock` is the machine's."""
        self._journal = journal
        self._keeper = keeper
        self._clock = clock

    async def track(self, asked: Sequence[AskedUse], *, within_quota: bool) -> list[Tracked]:
        """One answer for each use, once all that are recorded are durable.

        Raises StorageFull, Unavailable: some may be recorded then; all may be sent again.
        """
        answers = [Tracked(each.event_id) for each in asked]
        pending: list[_Pending] = []
        try:
            for index, each in enumerate(asked):
                try:
                    pending.append(await self._hand_over(index, each, within_quota=within_quota))
                except _Answered as answer:
                    answers[index] = Tracked(each.event_id, error=answer.error)
        finally:
            await _settle(pending, answers)
        return answers

    async def _hand_over(self, index: int, asked: AskedUse, *, within_quota: bool) -> _Pending:
        """Raises _Answered for one that is not recorded, StorageFull, Unavailable."""
        try:
            use = _use(asked, self._clock.now())
        except InvalidArgument as error:
            raise _Answered(error) from None
        wallet = self._keeper.wallets[use.event_type]
        if within_quota:
            hold = await self._take(wallet, use)
        else:
            hold = wallet.spend(use.quantity_e5)
        try:
            future = self._journal.track(replace(use, lease=hold.lease))
        except MeshError as error:
            hold.close()
            if isinstance(error, InvalidArgument):
                raise _Answered(error) from None
            raise
        hold.counted = True
        return _Pending(index, hold, future)

    async def _take(self, wallet: Wallet, use: Use) -> Hold:
        await self._keeper.want(wallet.metric, use.quantity_e5)
        hold = wallet.take(use.quantity_e5)
        if hold is not None:
            return hold
        if await self._journal.is_known(use.event_id):
            return Hold(wallet, None, use.quantity_e5)
        raise _Answered(refusal(wallet, use.quantity_e5))


class _Answered(Exception):
    """The use is not recorded; `error` says why."""

    def __init__(self, error: MeshError) -> None:
        super().__init__(error.message)
        self.error = error


async def _settle(pending: Sequence[_Pending], answers: list[Tracked]) -> None:
    """Waits for the commits; what was not recorded now goes back to its quota.

    Raises the first error of a commit. When the call is given up the uses may still be recorded,
    and count as spent.
    """
    try:
        ends = await asyncio.gather(*(each.future for each in pending), return_exceptions=True)
        for each, end in zip(pending, ends, strict=True):
            each.hold.counted = end is Taken.ACCEPTED
            if isinstance(end, Taken):
                answers[each.index] = Tracked(answers[each.index].event_id, end)
    finally:
        for each in pending:
            each.hold.close()
    for end in ends:
        if isinstance(end, BaseException):
            raise end


def _use(asked: AskedUse, now: datetime) -> Use:
    """Raises InvalidArgument naming the field."""
    if not asked.event_id:
        raise InvalidArgument.field("event_id", "1 to 128 bytes are needed")
    if asked.event_type not in TRACKED:
        raise InvalidArgument.field("event_type", f"is one of {', '.join(TRACKED)}")
    try:
        quantity_e5 = quantity_units(asked.quantity or "1")
    except QuantityInvalid as error:
        raise InvalidArgument.field("quantity", str(error)) from None
    micros = asked.event_time_us
    if micros is not None and not _FIRST_US <= micros < _END_US:
        raise InvalidArgument.field("event_time", "is no moment of the years 1900 to 2199")
    return Use(
        asked.event_type,
        asked.resource_id,
        quantity_e5,
        now if micros is None else _EPOCH + timedelta(microseconds=micros),
        asked.event_id,
        asked.request_id,
        asked.dimensions,
        stamped=micros is None,
    )
