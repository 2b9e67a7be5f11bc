"""A cloud in memory that keeps the accounts by the very rules that the server runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from rights.catalog.model import Cap, PeriodKind
from rights.leases import Lease, LeaseState, Report, Wish, give_back, lend, release, renewed
from rights.quotas import NOTHING, Balance, period_of
from rights.terms import Origin, QuotaTerms

LIFE = timedelta(days=2)


@dataclass
class Row:
    """A lease, whose it is, and the period that it counts against."""

    device: int
    journal: int
    period: datetime
    lease: Lease


@dataclass
class JournalRow:
    """The events recorded; none more once it forked."""

    events: list[tuple[int, Decimal, datetime]] = field(default_factory=list)
    forked: bool = False


@dataclass
class Operation:
    """A reservation of the API."""

    quantity: Decimal
    period: datetime
    expires_at: datetime
    state: str = "reserved"


class Cloud:
    """One tenant, one metric with a hard cap."""

    def __init__(self, cap: Decimal, start: datetime) -> None:
        self.terms = QuotaTerms(
            metric="frame",
            unit="frames",
            included=cap,
            cap=Cap.HARD,
            overage={},
            period=PeriodKind.CALENDAR,
            rolling_days=0,
            carry_over_percent=0,
            soft_cap=None,
            ceiling=None,
            anchor=start,
            origin=Origin.PLAN,
        )
        self.leases: dict[int, Row] = {}
        self.journals: dict[int, JournalRow] = {}
        self.operations: dict[int, Operation] = {}
        self.commits: dict[int, tuple[datetime, Decimal, Decimal]] = {}
        self.used: defaultdict[datetime, Decimal] = defaultdict(Decimal)
        self.refusals = 0

    def balance(self, now: datetime) -> Balance:
        return self.balance_of(period_of(self.terms, now).start, now)

    def balance_of(self, start: datetime, now: datetime) -> Balance:
        """Use is what was recorded, with a time in the period."""
        period = period_of(self.terms, start)
        used = self.used[start]
        used += sum((q for at, q, _ in self.commits.values() if at == start), NOTHING)
        reserved = sum(
            (
                each.quantity
                for each in self.operations.values()
                if each.state == "reserved" and each.period == start and now < each.expires_at
            ),
            NOTHING,
        )
        leased = sum(
            (
                row.lease.outstanding
                for row in self.leases.values()
                if row.period == start and not self.forked(row.journal)
            ),
            NOTHING,
        )
        return Balance(
            "frame", "frames", self.terms, period, NOTHING, used, reserved, leased, NOTHING, None
        )

    def acquire(
        self,
        device: int,
        journal: int,
        wanted: Decimal | None,
        told: tuple[int, Report] | None,
        now: datetime,
    ) -> tuple[int, Lease] | None:
        """As AcquireLease; None when nothing is left, or the journal forked."""
        if self.forked(journal):
            return None
        start = period_of(self.terms, now).start
        held = None
        for number, row in self.leases.items():
            if row.device != device or row.lease.state is LeaseState.CLOSED:
                continue
            own = row.journal == journal
            row.lease = renewed(
                row.lease,
                told[1] if told is not None and told[0] == number else None,
                self.recorded(row.journal) if own else 0,
                goes_on=own and row.period == start,
                journal_forked=self.forked(row.journal),
                now=now,
            )
            if row.lease.state is LeaseState.ACTIVE:
                held = number
        remaining = self.balance(now).remaining(now)
        assert remaining is not None
        spent = told[1].spent if told is not None else NOTHING
        ends = min(period_of(self.terms, now).end, now + LIFE)
        before = self.leases[held].lease if held is not None else None
        lease = lend(before, Wish(wanted, spent), remaining, now, ends)
        if lease is None:
            self.refusals += 1
            return None
        if held is None:
            held = len(self.leases)
            self.leases[held] = Row(device, journal, start, lease)
        self.leases[held].lease = lease
        return held, lease

    def give_back(self, number: int, report: Report) -> None:
        """As ReturnLease."""
        row = self.leases[number]
        row.lease = give_back(row.lease, report, self.recorded(row.journal))

    def force_release(self, number: int) -> None:
        row = self.leases[number]
        row.lease = release(row.lease)

    def record(self, journal: int, events: list[tuple[int, Decimal, datetime]]) -> str:
        """Takes a whole journal: `ok`, or `fork` when it is not the one on record."""
        known = self.journals.setdefault(journal, JournalRow())
        same = len(events) >= len(known.events)
        same = same and events[: len(known.events)] == known.events
        if known.forked or not same:
            known.forked = True
            return "fork"
        for _, quantity, at in events[len(known.events) :]:
            self.used[period_of(self.terms, at).start] += quantity
        known.events = list(events)
        return "ok"

    def reserve(self, number: int, quantity: Decimal, ttl: timedelta, now: datetime) -> bool:
        balance = self.balance(now)
        remaining = balance.remaining(now)
        assert remaining is not None
        if quantity > remaining:
            self.refusals += 1
            return False
        self.operations[number] = Operation(quantity, balance.period.start, now + ttl)
        return True

    def commit(self, number: int, now: datetime) -> None:
        """A late one is recorded too, and what passes the cap so is flagged."""
        operation = self.operations[number]
        if operation.state != "reserved":
            return
        over = NOTHING
        if now >= operation.expires_at:
            remaining = self.balance_of(operation.period, now).remaining(now)
            assert remaining is not None
            over = max(operation.quantity - remaining, NOTHING)
        operation.state = "committed"
        self.commits[number] = (operation.period, operation.quantity, over)

    def release(self, number: int) -> None:
        if self.operations[number].state == "reserved":
            self.operations[number] = replace(self.operations[number], state="released")

    def recorded(self, journal: int) -> int:
        known = self.journals.get(journal)
        return len(known.events) if known is not None else 0

    def forked(self, journal: int) -> bool:
        known = self.journals.get(journal)
        return known is not None and known.forked
