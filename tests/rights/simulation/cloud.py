"""The cloud: the rules of leases and of reservations around tables in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from billing.quotas.book import QuotaBook
from billing.quotas.operations import Held, Operation, Outcome, State
from rights.catalog.model import Cap, Metric, PeriodKind
from rights.leases import (
    NOTHING,
    Lease,
    LeaseState,
    Report,
    Wish,
    forked,
    give_back,
    lend,
    release,
    renewed,
    settle,
)
from rights.periods import Period
from rights.quotas import Balance
from rights.rating.scheme import PerUnit
from rights.terms import Origin, QuotaTerms
from tests.rights.simulation.restored import adopt, heard, possible_slice, unclaimed

METRIC = "api_call"
METRICS = {METRIC: Metric(METRIC, "Calls", "call", PerUnit({}))}
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
PERIOD = timedelta(hours=1)
LEASE_LIFE = timedelta(minutes=20)


class Forked(Exception):
    """The journal's chain differs from what is recorded."""


class Event(NamedTuple):
    """`uid` stands for the hash: another history has another one."""

    uid: int
    lease_id: UUID
    moment: datetime
    uses: tuple[int, ...]


class Told(NamedTuple):
    """A lease as its device holds it, and what it spent of it; `over` when it spends no more."""

    lease_id: UUID
    lease: Lease
    spent: Decimal
    over: bool


class Message(NamedTuple):
    """Every lease that a device holds, told at once."""

    device: str
    journal_id: UUID
    told: tuple[Told, ...]
    through_seq: int
    wanted: Decimal | None


class Row(NamedTuple):
    lease_id: UUID
    device: str
    journal_id: UUID
    period: datetime
    lease: Lease


def period_start(moment: datetime) -> datetime:
    return EPOCH + (moment - EPOCH) // PERIOD * PERIOD


@dataclass(slots=True)
class Cloud:
    """What is in its database, and so in its backups."""

    limit: Decimal
    rows: dict[UUID, Row] = field(default_factory=dict)
    journals: dict[UUID, list[Event]] = field(default_factory=dict)
    forks: set[UUID] = field(default_factory=set)
    held: dict[str, Held] = field(default_factory=dict)
    used: dict[datetime, Decimal] = field(default_factory=dict)
    over: dict[datetime, Decimal] = field(default_factory=dict)
    recorded: set[int] = field(default_factory=set)
    unheard: set[str] = field(default_factory=set)

    def backup(self) -> "Cloud":
        return Cloud(
            self.limit,
            dict(self.rows),
            {name: list(events) for name, events in self.journals.items()},
            set(self.forks),
            dict(self.held),
            dict(self.used),
            dict(self.over),
            set(self.recorded),
            set(self.unheard),
        )

    def leased(self, period: datetime) -> Decimal:
        return sum((r.lease.outstanding for r in self.rows.values() if r.period == period), NOTHING)

    def reserved(self, period: datetime) -> Decimal:
        open_ = (each for each in self.held.values() if each.state is State.RESERVED)
        return sum((each.quantity for each in open_ if each.period_start == period), NOTHING)

    def over_cap(self, period: datetime) -> Decimal:
        leases = (row.lease.over_cap for row in self.rows.values() if row.period == period)
        return sum(leases, self.over.get(period, NOTHING))

    def balance(self, period: datetime, now: datetime) -> Balance:
        balance = Balance(
            METRIC,
            "call",
            _terms(self.limit),
            Period(period, period + PERIOD),
            NOTHING,
            self.used.get(period, NOTHING),
            self.reserved(period),
            self.leased(period),
            self.over_cap(period),
            None,
        )
        remaining = balance.remaining(now)
        assert remaining is not None
        doubt = possible_slice(remaining, len(self.unheard))
        return replace(balance, leased=balance.leased + doubt)

    def operate(self, operation: Operation, now: datetime, use: int) -> Outcome:
        """Reserves, commits or releases; a commit records `use`."""
        self.expire(now)
        key = (METRIC, period_start(now))
        known = self.held.get(operation.operation_id)
        keys = {key} | ({(METRIC, known.period_start)} if known is not None else set())
        accounts = {each: self.balance(each[1], now) for each in keys}
        book = QuotaBook(now, METRICS, accounts, {METRIC: key}, dict(self.held))
        outcome = book.apply(operation)
        if outcome.error is None:
            self.held = book.held
            if book.events:
                assert outcome.held is not None
                assert outcome.held.used is not None
                self._record(outcome.held.period_start, outcome.held.used, use)
                self._over(outcome.held.period_start, outcome.held.over_cap)
        return outcome

    def expire(self, now: datetime) -> None:
        for name, each in self.held.items():
            if each.state is State.RESERVED and each.expires_at <= now:
                self.held[name] = replace(each, state=State.EXPIRED)

    def sync(self, device: str, journal_id: UUID, events: Sequence[Event]) -> None:
        """Records a journal's events. Raises Forked."""
        known = self.journals.setdefault(journal_id, [])
        if journal_id in self.forks or known[-1:] != list(events[: len(known)])[-1:]:
            self._fork(journal_id)
        if len(events) < len(known):
            self._fork(journal_id)
        for event in events[len(known) :]:
            for use in event.uses:
                self._record(period_start(event.moment), Decimal(1), use)
            known.append(event)

    def hear(self, message: Message) -> set[UUID]:
        """Settles what a device tells; the leases that are over for good. Raises Forked."""
        if message.journal_id in self.forks:
            raise Forked
        recorded = len(self.journals.get(message.journal_id, []))
        done = set()
        for told in message.told:
            row = self.rows.get(told.lease_id)
            if message.device in self.unheard:
                lease = adopt(row.lease if row is not None else None, told.lease)
                period = period_start(told.lease.granted_at)
                row = Row(told.lease_id, message.device, message.journal_id, period, lease)
            if row is None:
                done.add(told.lease_id)
                continue
            step = give_back if told.over else settle
            lease = step(row.lease, Report(told.spent, message.through_seq), recorded)
            self.rows[row.lease_id] = row._replace(lease=lease)
            counted = lease.settled + lease.over_cap >= told.spent
            if told.over and counted and lease.state in (LeaseState.CLOSED, LeaseState.RELEASED):
                done.add(row.lease_id)
        if message.device in self.unheard:
            self._end_unclaimed(message, recorded)
        if heard(message.through_seq, recorded):
            self.unheard.discard(message.device)
        return done

    def acquire(self, message: Message, now: datetime, new_id: UUID) -> Row | None:
        """A slice, or more of it; None when nothing is left. Raises Forked."""
        self.expire(now)
        self.hear(message)
        period, held = period_start(now), None
        for row in [each for each in self.rows.values() if each.device == message.device]:
            goes_on = row.period == period and row.journal_id == message.journal_id
            lease = renewed(row.lease, None, 0, goes_on=goes_on, journal_forked=False, now=now)
            self.rows[row.lease_id] = row._replace(lease=lease)
            if lease.state is LeaseState.ACTIVE:
                held = self.rows[row.lease_id]
        spent = {each.lease_id: each.spent for each in message.told}
        remaining = self.balance(period, now).remaining(now)
        assert remaining is not None
        ends = min(period + PERIOD, now + LEASE_LIFE)
        known = spent.get(held.lease_id, NOTHING) if held is not None else NOTHING
        before = held.lease if held is not None else None
        lent = lend(before, Wish(message.wanted, known), remaining, now, ends)
        if lent is None:
            return None
        row = held or Row(new_id, message.device, message.journal_id, period, lent)
        self.rows[row.lease_id] = row = row._replace(lease=lent)
        return row

    def release(self, lease_id: UUID) -> None:
        row = self.rows[lease_id]
        self.rows[lease_id] = row._replace(lease=release(row.lease))

    def _end_unclaimed(self, message: Message, recorded: int) -> None:
        told = {each.lease_id for each in message.told}
        for row in [each for each in self.rows.values() if each.device == message.device]:
            if row.lease_id not in told:
                lease = unclaimed(row.lease, message.through_seq, recorded)
                self.rows[row.lease_id] = row._replace(lease=lease)

    def _fork(self, journal_id: UUID) -> None:
        self.forks.add(journal_id)
        for row in [each for each in self.rows.values() if each.journal_id == journal_id]:
            self.rows[row.lease_id] = row._replace(lease=forked(row.lease))
        raise Forked

    def _record(self, period: datetime, quantity: Decimal, use: int) -> None:
        assert use not in self.recorded, "a use is recorded once"
        self.recorded.add(use)
        self.used[period] = self.used.get(period, NOTHING) + quantity

    def _over(self, period: datetime, quantity: Decimal) -> None:
        self.over[period] = self.over.get(period, NOTHING) + quantity


def _terms(limit: Decimal) -> QuotaTerms:
    return QuotaTerms(
        METRIC,
        "call",
        limit,
        Cap.HARD,
        PeriodKind.BILLING,
        0,
        0,
        None,
        None,
        EPOCH,
        Origin.PLAN,
    )
