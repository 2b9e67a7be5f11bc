"""Submissions against what was made into them and what Stripe's meters say, as pure rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.reconcile.findings import Drift, Findings, Step, StepSum

LOOKED_AT = 100
"""Of a period whose sum differs Stripe is asked for the newest submissions: a call each."""

_TOLD = ("sent", "confirmed", "found")


@dataclass(frozen=True, slots=True)
class Submission:
    """What was told to a meter, in the meter's unit; `minute` is the one that it owns there."""

    metric: str
    minute: datetime
    customer_id: str
    value: int
    state: str
    last_error: str


@dataclass(frozen=True, slots=True)
class ToldPeriod:
    """What of a metric's period Stripe was told. `settled_at` is when it was told last, None where
    it never was; `waiting` counts what is still to be sent. Times: aware, UTC."""

    metric: str
    start: datetime
    end: datetime
    customer_id: str
    told: int
    waiting: int
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A metric's period: `made` of its use was made into submissions that add up to `added`."""

    metric: str
    period_start: datetime
    made: int
    added: int


def compare_sums(periods: Sequence[Submitted]) -> list[Drift]:
    """What was made of each period against the submissions that exist of it."""
    return [
        Drift(
            Step.AGGREGATE,
            Step.STRIPE,
            each.metric,
            Decimal(each.made),
            Decimal(each.added),
            "the period's submissions do not add up to what was made into them",
            window_start=each.period_start,
        )
        for each in periods
        if each.made != each.added
    ]


def compare_states(submissions: Sequence[Submission], *, hastened: bool) -> Findings:
    """What was refused, and what waits."""
    found = Findings(
        [StepSum(Step.STRIPE, metric, value) for metric, value in _told(submissions).items()],
        [
            _missing(each, Decimal(0), f"Stripe refuses it ({each.last_error}); a person looks")
            for each in submissions
            if each.state == "failed"
        ],
    )
    waiting = sum(each.state == "pending" for each in submissions)
    if waiting:
        now = " and are sent now" if hastened else ""
        found.notes.append(f"{waiting} submissions to Stripe's meters wait{now}")
    return found


def compare_period(period: ToldPeriod, found: Decimal, *, heal: bool) -> Drift | None:
    """What Stripe was told of a period against what it has of it. More than that was told before
    the database was restored: it can be looked for, minute by minute."""
    if found == period.told:
        return None
    mended = heal and found > period.told
    done = "; it is looked for now, and what is found is not told again" if mended else ""
    return Drift(
        Step.AGGREGATE,
        Step.STRIPE,
        period.metric,
        Decimal(period.told),
        found,
        f"Stripe's meter has another sum of the period than its submissions{done}",
        window_start=period.start,
        healed=mended,
    )


def compare_landed(
    submissions: Sequence[Submission], landed: Mapping[tuple[str, datetime], Decimal]
) -> list[Drift]:
    """What was sent against what Stripe has summed of the minutes that were asked for."""
    return [
        _missing(each, found, "Stripe's meter has another sum of the minute that it owns")
        for each in submissions
        if each.state in _TOLD
        and (found := landed.get((each.metric, each.minute))) is not None
        and found != each.value
    ]


def _told(submissions: Sequence[Submission]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for each in submissions:
        if each.state in _TOLD:
            sums[each.metric] = sums.get(each.metric, Decimal(0)) + each.value
    return sums


def _missing(each: Submission, found: Decimal, message: str) -> Drift:
    return Drift(
        Step.AGGREGATE,
        Step.STRIPE,
        each.metric,
        Decimal(each.value),
        found,
        f"submission of {each.minute.isoformat()}: {message}",
        window_start=each.minute,
    )
