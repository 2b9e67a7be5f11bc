"""How billing periods follow each other."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from billing.invoices.periods.period import BillingPeriod, PeriodState
from rights.periods import period_at


def first(tenant_id: UUID, anchor: datetime) -> BillingPeriod:
    """A tenant's first period, which begins at the anchor, a full hour (aware, UTC)."""
    return _begun(tenant_id, 1, anchor, anchor)


def follow(last: BillingPeriod, anchor: datetime, now: datetime) -> list[BillingPeriod]:
    """The last known period as it stands at `now`, and those that followed it.

    They are the months counted from the anchor (a full hour). Where that moved within a period, the
    period ends there and the next begins; moved to a period's first hour, it counts from there. The
    last one returned runs, the others are drafts. Moments are aware, UTC.
    """
    found, current = list[BillingPeriod](), _moved(last, anchor)
    while current.end <= now:
        found.append(replace(current, state=PeriodState.DRAFT))
        begins = anchor if anchor <= current.end else current.anchor
        following = _begun(current.tenant_id, current.number + 1, begins, current.end)
        current = _moved(replace(following, issuer=current.issuer), anchor)
    return [*found, current]


def _moved(period: BillingPeriod, anchor: datetime) -> BillingPeriod:
    if anchor == period.anchor or not period.start <= anchor < period.end:
        return period
    if anchor > period.start:
        return replace(period, end=anchor)
    return replace(_begun(period.tenant_id, period.number, anchor, anchor), issuer=period.issuer)


def _begun(tenant_id: UUID, number: int, anchor: datetime, start: datetime) -> BillingPeriod:
    end = period_at(anchor, start).end
    return BillingPeriod(tenant_id, number, anchor, start, end, end)
