"""What a change makes of a subscription. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from mesh.errors import FailedPrecondition, InvalidArgument
from rights.catalog.model import Catalog, Plan
from rights.claims import SubscriptionStatus
from rights.errors import UnknownName
from rights.periods import ANNUAL, Period, period_at
from rights.terms import METERED, Interval, Subscription

_NOTHING, _DEAREST = Decimal(0), Decimal("Infinity")

VISION = "vision"
PLATFORM = "platform"
FIRST_PLANS: Mapping[str, str] = {VISION: "trial", PLATFORM: "trial", METERED: "free"}
"""What a new tenant holds of each family."""


def plan_of(catalog: Catalog, family: str, plan: str) -> Plan:
    """The plan. Raises InvalidArgument naming `family` or `plan`."""
    try:
        return catalog.plan(family, plan)
    except UnknownName as error:
        field = "family" if error.kind == "family" else "plan"
        raise InvalidArgument.field(field, str(error)) from None


def held_of(held: Mapping[str, Subscription], family: str) -> Subscription:
    """What is held of the family. Raises InvalidArgument naming `family`."""
    if family not in held:
        raise InvalidArgument.field("family", f"the tenant holds nothing of {family!r}")
    return held[family]


def first(catalog: Catalog, family: str, now: datetime) -> Subscription:
    """What a new tenant holds of the family. The vision trial's end is the licence's."""
    plan = FIRST_PLANS[family]
    days = catalog.plan(family, plan).trial_days
    ends = now + timedelta(days=days) if days and family != VISION else None
    status = SubscriptionStatus.TRIALING if days else SubscriptionStatus.ACTIVE
    return Subscription(family, plan, None, status, now, ends)


def changed_to(
    held: Subscription, plan: Plan, number: int | None, interval: Interval, now: datetime
) -> Subscription:
    """The subscription on another plan, which pins `number` if it is a paid one.

    Billing periods begin anew when the first paid plan is bought or one that ended is bought
    again, and where metered leaves a paid plan, so that what was used under it is charged by it.
    They do too where another plan, or the same one, is paid by the year from now on, for its year
    begins now; they go on otherwise.
    """
    anew = _paid(plan) and (held.catalog_number is None or held.over)
    anew = anew or _leaves_paid(held, plan)
    if interval is not held.interval and held.family != METERED:
        anew = True
    if interval is Interval.YEAR and (held.plan, held.interval) != (plan.name, interval):
        anew = True
    return Subscription(
        held.family,
        plan.name,
        number if _paid(plan) else None,
        SubscriptionStatus.ACTIVE if plan.trial_days is None else SubscriptionStatus.TRIALING,
        now if anew else held.anchor,
        interval=interval,
    )


def ended(held: Subscription, at: datetime) -> Subscription:
    """The subscription once it is over: metered is free again, for nothing runs without it, and its
    paid period ends there."""
    if held.family == METERED:
        free, anchor = FIRST_PLANS[METERED], held.anchor if held.catalog_number is None else at
        return Subscription(METERED, free, None, SubscriptionStatus.ACTIVE, anchor)
    return replace(
        held,
        status=SubscriptionStatus.CANCELED,
        trial_ends_at=None,
        cancel_at=None,
        ended_at=at,
        pending=None,
        paid_through=None,
    )


def ends_by_cancelling(held: Subscription) -> bool:
    """Whether there is anything to cancel."""
    free = held.family == METERED and held.plan == FIRST_PLANS[METERED]
    return held.ended_at is None and not free


def period_of(held: Mapping[str, Subscription], family: str, now: datetime) -> Period:
    """The running period: a trial's days, a year from the plan's own begin, else the month that
    every invoice of the tenant is for."""
    each = held[family]
    if each.trial_ends_at is not None and now < each.trial_ends_at:
        return Period(each.anchor, each.trial_ends_at)
    if each.interval is Interval.YEAR:
        return period_at(each.anchor, now, ANNUAL)
    return period_at(invoiced_from(held), now)


def invoiced_from(held: Mapping[str, Subscription]) -> datetime:
    """What the months of the tenant's invoices are counted from: the metered anchor's hour."""
    return held[METERED].anchor.replace(minute=0, second=0, microsecond=0)


def check_negotiated(plan: Plan, *, agreed: bool) -> None:
    """Raises FailedPrecondition (STATE_CONFLICT) for a plan whose price is not `agreed` upon."""
    if plan.prices is None and not agreed:
        text = f"the price of {plan.title} is negotiated; ask the vendor for it"
        raise FailedPrecondition("STATE_CONFLICT", f"plan/{plan.name}", text)


def check_no_trial(plan: Plan) -> None:
    """Raises FailedPrecondition (STATE_CONFLICT) for a trial, which nobody goes back to."""
    if plan.trial_days is not None:
        raise FailedPrecondition(
            "STATE_CONFLICT", f"plan/{plan.name}", "the trial was left for good"
        )


def waits(
    held: Subscription, present: Plan, wanted: Plan, interval: Interval, currency: str
) -> bool:
    """Whether a tenant's own change has to wait for the end of what it holds: to a cheaper plan,
    and from the year to the month, for the year is the cheaper one of a plan.

    A period's use is rated by the plan at its end, and a day is the plan's that ends it: whoever
    could go down and up again at will would pay the small plan and use the large one.
    """
    if held.over or present.trial_days is not None:
        return False
    shorter = held.interval is Interval.YEAR and interval is Interval.MONTH
    return shorter or _price(wanted, currency) < _price(present, currency)


def _price(plan: Plan, currency: str) -> Decimal:
    """What is negotiated is the dearest."""
    return _DEAREST if plan.prices is None else plan.prices.get(currency, _NOTHING)


def _leaves_paid(held: Subscription, plan: Plan) -> bool:
    return held.family == METERED and held.catalog_number is not None and not _paid(plan)


def _paid(plan: Plan) -> bool:
    return plan.prices is None or any(plan.prices.values())
