"""The accounts that one transaction holds the locks of, and what operations do to them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from billing.quotas.operations import Commit, Held, Operation, Outcome, Release, Reserve, State
from billing.usage.admission import RejectedError, admit
from billing.usage.events import AdmittedEvent, ReportedEvent
from billing.usage.times import to_micros
from mesh.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    MeshError,
    NotFound,
    QuotaExhausted,
)
from rights.catalog.model import Metric
from rights.errors import QuantityInvalid
from rights.quantity import parse_quantity
from rights.quotas import NOTHING, ROLLING_KEY, Balance

Key = tuple[str, datetime]


@dataclass(slots=True)
class QuotaBook:
    """`metrics` are those of the catalogue. `accounts` are by metric and the start of their period,
    `running` names the period of each metric now, `held` are the operations on record that were
    asked about. `now` is aware, UTC."""

    now: datetime
    metrics: Mapping[str, Metric]
    accounts: dict[Key, Balance]
    running: Mapping[str, Key]
    held: dict[str, Held]
    changed: dict[str, None] = field(default_factory=dict)
    events: list[AdmittedEvent] = field(default_factory=list)

    def apply(self, operation: Operation) -> Outcome:
        """Does one operation; one that fails changes nothing."""
        try:
            match operation:
                case Reserve():
                    return self._reserve(operation)
                case Commit():
                    return self._commit(operation)
                case Release():
                    return self._release(operation)
        except MeshError as error:
            return Outcome(error)

    def _reserve(self, asked: Reserve) -> Outcome:
        quantity = _quantity(asked.quantity or "1")
        key = self.running.get(asked.metric)
        if "\0" in asked.operation_id:
            raise InvalidArgument.field("operation_id", "holds a NUL character")
        if key is None:
            raise InvalidArgument.field(
                "metric", f"the catalogue has no metric {asked.metric[:64]!r}"
            )
        known = self.held.get(asked.operation_id)
        if known is not None:
            if (known.metric, known.quantity) != (asked.metric, quantity):
                raise _conflict(asked.operation_id)
            if known.state is State.RELEASED:
                raise _state(asked.operation_id, "was released; take another id")
            if known.state is not State.EXPIRED:
                return Outcome(None, self.accounts[self._key(known)], known)
        balance = self.accounts[key]
        remaining = balance.remaining(self.now)
        if remaining is not None and quantity > remaining:
            return Outcome(exhausted(balance, quantity, self.now), balance)
        held = Held(
            asked.operation_id,
            asked.metric,
            key[1],
            balance.period.end,
            quantity,
            State.RESERVED,
            self.now + asked.ttl,
        )
        self.accounts[key] = balance.moved(reserved=quantity)
        return self._keep(held)

    def _commit(self, asked: Commit) -> Outcome:
        known = self._known(asked.operation_id)
        quantity = _quantity(asked.quantity) if asked.quantity else known.quantity
        if known.state is State.COMMITTED:
            if (known.used, known.resource_id) != (quantity, asked.resource_id):
                raise _conflict(asked.operation_id)
            return Outcome(None, self.accounts[self._key(known)], known)
        if known.state is State.RELEASED:
            raise _state(asked.operation_id, "was released")
        event = self._event(asked, known, quantity)
        balance = self.accounts[self._key(known)]
        freed = known.quantity if known.state is State.RESERVED else NOTHING
        free = balance.moved(reserved=-freed)
        over = _beyond(free, quantity, freed, self.now)
        self.accounts[self._key(known)] = free.moved(used=quantity, over_cap=over)
        self.events.append(event)
        return self._keep(
            Held(
                known.operation_id,
                known.metric,
                known.period_start,
                known.period_end,
                known.quantity,
                State.COMMITTED,
                known.expires_at,
                quantity,
                asked.resource_id,
                over,
            )
        )

    def _release(self, asked: Release) -> Outcome:
        known = self._known(asked.operation_id)
        if known.state is State.COMMITTED:
            raise _state(asked.operation_id, "was committed")
        key = self._key(known)
        if known.state is State.RESERVED:
            balance = self.accounts[key]
            self.accounts[key] = balance.moved(reserved=-known.quantity)
        if known.state is State.RELEASED:
            return Outcome(None, self.accounts[key], known)
        return self._keep(replace(known, state=State.RELEASED))

    def _known(self, operation_id: str) -> Held:
        known = self.held.get(operation_id)
        if known is None:
            raise NotFound("operation", operation_id)
        return known

    def _keep(self, held: Held) -> Outcome:
        self.held[held.operation_id] = held
        self.changed[held.operation_id] = None
        return Outcome(None, self.accounts[self._key(held)], held)

    @staticmethod
    def _key(held: Held) -> Key:
        return (held.metric, held.period_start)

    def _event(self, asked: Commit, known: Held, quantity: Decimal) -> AdmittedEvent:
        """Its time lies in the period that it was reserved in."""
        micros = to_micros(self.now)
        if known.period_start != ROLLING_KEY:
            micros = min(micros, to_micros(known.period_end) - 1)
        event = ReportedEvent(
            event_id=asked.operation_id,
            event_type=known.metric,
            resource_id=asked.resource_id,
            quantity=f"{quantity:f}",
            unit="",
            event_time_us=micros,
            request_id=asked.request_id,
            dimensions=asked.dimensions,
        )
        try:
            return admit(event, self.metrics)
        except RejectedError as why:
            field_name, _, problem = str(why).partition(": ")
            raise InvalidArgument.field(field_name, problem) from None


def exhausted(balance: Balance, asked: Decimal, now: datetime) -> QuotaExhausted:
    """The refusal of `asked`, saying what is exhausted, how much and when it resets."""
    limit, remaining = balance.limit(now), balance.remaining(now)
    assert limit is not None  # what has no limit is never refused
    assert remaining is not None
    text = (
        f"{asked:f} {balance.metric} are asked for and {remaining:f} of {limit:f} are left"
        f" until {balance.resets_at.isoformat()}: used {balance.used:f},"
        f" reserved {balance.reserved:f}, lent out {balance.leased:f}"
    )
    amounts = {"limit": limit, "used": balance.used, "remaining": remaining}
    known = {name: f"{amount:f}" for name, amount in amounts.items()}
    return QuotaExhausted(
        balance.metric, text, balance.resets_at, metadata={"metric": balance.metric, **known}
    )


def _beyond(free: Balance, quantity: Decimal, reserved: Decimal, now: datetime) -> Decimal:
    """What of a commit passes the limit: only what was not reserved can."""
    room = free.remaining(now)
    if room is None:
        return NOTHING
    return max(quantity - max(room, reserved), NOTHING)


def _quantity(text: str) -> Decimal:
    try:
        return parse_quantity(text)
    except QuantityInvalid as error:
        raise InvalidArgument.field("quantity", str(error)) from None


def _conflict(operation_id: str) -> AlreadyExists:
    return AlreadyExists(
        "operation_id",
        operation_id,
        "the id came before with other content; the first is kept",
        reason="OPERATION_CONFLICT",
    )


def _state(operation_id: str, what: str) -> FailedPrecondition:
    return FailedPrecondition("STATE_CONFLICT", "operation", f"the operation {operation_id} {what}")
