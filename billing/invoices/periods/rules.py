"""How billing periods follow each other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from billing.invoices.periods.period import BillingPeriod, Issuer, PeriodState
from rights.periods import period_at

_HOUR = timedelta(hours=1)


def first(tenant_id: UUID, anchor: datetime, issuer: Issuer) -> BillingPeriod:
    """A tenant's first period, which begins at the anchor, a full hour (aware, UTC)."""
    return _begun(tenant_id, 1, anchor, anchor, issuer)


def follow(
    last: BillingPeriod, anchor: datetime, now: datetime, issuer: Issuer
) -> list[BillingPeriod]:
    """The last known period as it stands at `now`, and those that followed it.

    They are the months counted from the anchor (a full hour). Where that moved within a period, the
    period ends there and the next begins; moved to a period's first hour, it counts from there. The
    last one returned runs, the others are drafts. Those that begin now are `issuer`'s, whatever the
    ones before were; one that began in the anchor's hour is Stripe's if it sells since then, and
    anyone's who issues while that hour lasts. Moments are aware, UTC.
    """
    found, current = list[BillingPeriod](), _moved(last, anchor, issuer)
    in_that_hour = current.start == anchor and (issuer is Issuer.STRIPE or now < anchor + _HOUR)
    if in_that_hour and current.state is PeriodState.RUNNING:
        current = replace(current, issuer=issuer)
    while current.end <= now:
        found.append(replace(current, state=PeriodState.DRAFT))
        begins = anchor if anchor <= current.end else current.anchor
        following = _begun(current.tenant_id, current.number + 1, begins, current.end, issuer)
        current = _moved(following, anchor, issuer)
    return [*found, current]


def passing_on(periods: Sequence[BillingPeriod]) -> list[BillingPeriod]:
    """Consecutive periods: Stripe makes no invoice of one in which its subscription ended, so what
    is late there goes on to the local one that follows."""
    found = list(periods)
    for at, (each, after) in enumerate(pairwise(periods)):
        if each.issuer is Issuer.STRIPE and after.issuer is Issuer.LOCAL:
            found[at] = replace(each, passes_on=True)
    return found


def _moved(period: BillingPeriod, anchor: datetime, issuer: Issuer) -> BillingPeriod:
    if anchor == period.anchor or not period.start <= anchor < period.end:
        return period
    if anchor > period.start:
        return replace(period, end=anchor)
    return _begun(period.tenant_id, period.number, anchor, anchor, issuer)


def _begun(
    tenant_id: UUID, number: int, anchor: datetime, start: datetime, issuer: Issuer
) -> BillingPeriod:
    end = period_at(anchor, start).end
    return BillingPeriod(tenant_id, number, anchor, start, end, end, issuer=issuer)
