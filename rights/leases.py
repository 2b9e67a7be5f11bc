"""Slices of a quota lent to devices, as the cloud keeps them. Pure.

A slice stays reserved until its device has told what it spent and the journal in which that is
written has arrived: what is then counted as used is settled, and only the rest stays reserved.
A device that does not come back keeps its slice reserved until the vendor releases it by force.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

NOTHING = Decimal(0)
FLOOR = Decimal(10)
"""A slice is not smaller where so much is left."""

SHARE = Decimal("0.25")
"""At most this part of what is left goes into one slice, so that other devices find some."""

PART = Decimal("0.01")
"""At least this part of what is left, so that a node has something to be offline with."""

_WHOLE = Decimal(1)


class LeaseState(StrEnum):
    """``active`` may be spent until its end; ``ended`` may not, and stays reserved as far as it
    is not settled; ``closed`` is settled wholly; ``released`` was freed without its device."""

    ACTIVE = "active"
    ENDED = "ended"
    CLOSED = "closed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Lease:
    """A slice. ``granted`` grows while it is active, ``settled`` of it is counted as used.

    ``over_cap`` was reported beyond what was granted, or after nothing of it was reserved any more:
    after a release by force, or by a device whose disk forgot that it gave it back. Moments are
    aware, UTC; nothing spent of it has a time before ``granted_at`` or from ``expires_at`` on.
    """

    granted: Decimal
    settled: Decimal
    state: LeaseState
    granted_at: datetime
    expires_at: datetime
    over_cap: Decimal = NOTHING

    @property
    def outstanding(self) -> Decimal:
        """What stays reserved."""
        if self.state in (LeaseState.CLOSED, LeaseState.RELEASED):
            return NOTHING
        return max(self.granted - self.settled, NOTHING)


@dataclass(frozen=True, slots=True)
class Report:
    """What a device spent since its lease began, all of it in its journal up to ``through_seq``."""

    spent: Decimal
    through_seq: int


def settle(lease: Lease, report: Report, recorded_seq: int) -> Lease:
    """The lease once the report is believed: when the journal is recorded that far.

    An older report, or one that the journal has not caught up with, changes nothing.
    """
    if report.through_seq > recorded_seq or report.spent <= lease.settled + lease.over_cap:
        return lease
    if lease.state in (LeaseState.CLOSED, LeaseState.RELEASED):
        return replace(lease, over_cap=report.spent - lease.settled)
    within = min(report.spent, lease.granted)
    return replace(lease, settled=within, over_cap=report.spent - within)


def give_back(lease: Lease, report: Report, recorded_seq: int) -> Lease:
    """The lease whose device spends no more of it; closed once its report is believed."""
    told = settle(lease, report, recorded_seq)
    if told.state in (LeaseState.CLOSED, LeaseState.RELEASED):
        return told
    believed = report.through_seq <= recorded_seq
    return replace(told, state=LeaseState.CLOSED if believed else LeaseState.ENDED)


def end(lease: Lease) -> Lease:
    """The lease that may be spent no more and was not reported yet."""
    return replace(lease, state=LeaseState.ENDED) if lease.state is LeaseState.ACTIVE else lease


def release(lease: Lease) -> Lease:
    """Freed by force: what is still reported of it is beyond the cap."""
    if lease.state is LeaseState.CLOSED:
        return lease
    return replace(lease, state=LeaseState.RELEASED)


def forked(lease: Lease) -> Lease:
    """Its journal forked: nothing more of it is ever counted, so that nothing stays reserved."""
    return lease if lease.state is LeaseState.RELEASED else replace(lease, state=LeaseState.CLOSED)


def extend(lease: Lease, more: Decimal, expires_at: datetime) -> Lease:
    """The active lease, larger and longer; a promised end is never taken back."""
    return replace(
        lease, granted=lease.granted + more, expires_at=max(lease.expires_at, expires_at)
    )


def renewed(
    lease: Lease,
    report: Report | None,
    recorded_seq: int,
    *,
    goes_on: bool,
    journal_forked: bool,
    now: datetime,
) -> Lease:
    """The lease when its device asks for one again.

    ``report`` is what it told of this lease. It is over unless it ``goes_on``: asked for by its
    own journal, in its own period, before its end.
    """
    told = settle(lease, report, recorded_seq) if report is not None else lease
    if journal_forked:
        return forked(told)
    return told if goes_on and now < told.expires_at else end(told)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a device wishes to be free to spend (None leaves it to the cloud), and what it spent of
    the lease that it has."""

    wanted: Decimal | None
    spent: Decimal = NOTHING


def lend(
    held: Lease | None, wish: Wish, remaining: Decimal, now: datetime, ends: datetime
) -> Lease | None:
    """The lease that the device gets, ``held`` being the one that goes on; None when there is
    nothing to spend."""
    free = NOTHING
    if held is not None:
        free = max(held.granted - max(held.settled, wish.spent), NOTHING)
    more = slice_of(wish.wanted, free, remaining)
    if free + more <= 0:
        return None
    if held is None:
        return Lease(more, NOTHING, LeaseState.ACTIVE, now, ends)
    return extend(held, more, ends)


def slice_of(wanted: Decimal | None, free: Decimal, remaining: Decimal) -> Decimal:
    """How much more to lend a device that wishes ``wanted`` to spend and has ``free`` of it.

    Never more than is left; as a rule at most a share of it, in whole units where there are any.
    """
    need = max(wanted if wanted is not None else FLOOR, FLOOR, remaining * PART) - free
    most = max(remaining * SHARE, FLOOR)
    more = min(need, most, remaining)
    if more <= 0:
        return NOTHING
    return more.quantize(_WHOLE, ROUND_DOWN) if more >= 1 else more
