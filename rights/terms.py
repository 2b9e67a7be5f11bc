"""What a tenant's subscriptions and overrides come to: limits, quotas, prices, features."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from rights.catalog.model import (
    Cap,
    Catalog,
    Limit,
    PeriodKind,
    Plan,
    Quota,
    SoftCap,
)
from rights.claims import SubscriptionStatus
from rights.errors import NoPrice, UnknownName
from rights.overrides import FeatureOverride, Overrides, PriceOf, PriceTarget, QuotaOverride
from rights.rating.scheme import PerUnit, Scheme

METERED = "metered"
"""The family whose plan holds the quotas."""

_RETENTION = "retention_days"
_API = "api"


class Origin(StrEnum):
    """Where an amount comes from."""

    PLAN = "plan"
    OVERRIDE = "override"


class Interval(StrEnum):
    """For how long a plan is paid at once."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PendingPlan:
    """The plan that follows at ``at`` (aware, UTC)."""

    plan: str
    interval: Interval
    at: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the tenant holds of one family.

    ``catalog_number`` is the version that was bought, None while the live one is followed.
    ``anchor`` begins the billing periods; ``trial_ends_at`` is None for a plan that is no trial.
    ``cancel_at`` is when it will end, ``ended_at`` when it did. ``paid_through`` is until when the
    vision licence runs and is then prolonged, None where the licence has an end of its own.
    Moments are aware, UTC.
    """

    family: str
    plan: str
    catalog_number: int | None
    status: SubscriptionStatus
    anchor: datetime
    trial_ends_at: datetime | None = None
    interval: Interval = Interval.MONTH
    cancel_at: datetime | None = None
    ended_at: datetime | None = None
    pending: PendingPlan | None = None
    paid_through: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether it ended, or is not paid for."""
        return self.status in {SubscriptionStatus.CANCELED, SubscriptionStatus.UNPAID}

    @property
    def ends(self) -> tuple[datetime, ...]:
        """When something happens to it by itself: a trial, a plan, or what was paid for ends."""
        follows = self.pending.at if self.pending is not None else None
        ends = (self.trial_ends_at, self.cancel_at, follows, self.paid_through)
        return tuple(each for each in ends if each is not None)


@dataclass(frozen=True, slots=True)
class QuotaTerms:
    """What holds for one metric.

    ``ceiling`` is an amount at which a soft quota stops once its grace is over, None when the
    ``soft_cap`` says it in percent of what is included. ``anchor`` (aware, UTC) begins the
    billing periods. ``until`` is when an override that is part of this ends. ``origin`` says who
    set the included amount.
    """

    metric: str
    unit: str
    included: Decimal
    cap: Cap
    period: PeriodKind
    rolling_days: int
    carry_over_percent: int
    soft_cap: SoftCap | None
    ceiling: Decimal | None
    anchor: datetime
    origin: Origin
    until: datetime | None = None

    @property
    def final_stop(self) -> Decimal | None:
        """Where a soft quota stops once its grace is over; None for a hard one."""
        if self.cap is Cap.HARD or self.soft_cap is None:
            return None
        if self.ceiling is not None:
            return self.ceiling
        return self.included * self.soft_cap.ceiling_percent / 100


@dataclass(frozen=True, slots=True)
class Terms:
    """The tenant's terms.

    ``catalog`` is the effective one: what each subscription pinned, and beside it what is live.
    ``subscriptions`` are by family, one each.
    """

    catalog: Catalog
    subscriptions: Mapping[str, Subscription]
    overrides: Overrides = field(default_factory=Overrides)

    def plan(self, family: str) -> Plan:
        """The plan held in the family; of one that is over, what is left of it. Raises UnknownName
        when there is none."""
        held = self.subscriptions.get(family)
        if held is None:
            raise UnknownName("subscription", family)
        plan = self.catalog.plan(family, held.plan)
        return _left_of(plan) if held.over else plan

    def limit(self, name: str) -> Limit:
        """What the plans held say of a limit. Raises UnknownName when none of them does."""
        for family in self.subscriptions:
            limits = self.plan(family).limits
            if name in limits:
                return limits[name]
        raise UnknownName("limit", name)

    def quota(self, metric: str, now: datetime) -> QuotaTerms | None:
        """What holds for the metric at ``now`` (aware); None when it is only counted.

        Raises UnknownName when the catalogue has no such metric.
        """
        known = self.catalog.metric(metric)
        held = self.subscriptions.get(METERED)
        if held is None:
            return None
        plan = self.catalog.plan(METERED, held.plan)
        override = self.overrides.quota(metric, now)
        quota = plan.quotas.get(metric)
        if quota is None:
            if override is None or override.included is None:
                return None
            quota = Quota(metric, override.included, Cap.HARD, None)
        return _quota_terms(known.unit, plan, quota, override, held.anchor)

    def feature(self, name: str, camera_id: str | None, now: datetime) -> FeatureOverride | None:
        """The override that counts for the feature; ``camera_id`` None is the tenant itself."""
        return self.overrides.feature(name, camera_id, now)

    def metric_price(self, metric: str, currency: str, now: datetime) -> tuple[Scheme, Origin]:
        """What goes beyond what is included costs, and who says so: a price of the tenant's own is
        one for every unit. Nothing where a hard cap stops there. Raises UnknownName.
        """
        quota = self.quota(metric, now)
        if quota is not None and quota.cap is Cap.HARD:
            return PerUnit({currency: Decimal(0)}), Origin.PLAN
        own = self.overrides.price(PriceTarget(PriceOf.METRIC, "", metric), currency, now)
        if own is not None:
            return PerUnit({currency: own}), Origin.OVERRIDE
        held = self.subscriptions.get(METERED)
        plan = self.catalog.plan(METERED, held.plan) if held is not None else None
        return self.catalog.metric_price(metric, plan), Origin.PLAN

    def plan_price(self, family: str, currency: str, now: datetime) -> Decimal | None:
        """The held plan's price per month; None while it is negotiated and not agreed upon.

        Raises UnknownName, and NoPrice when it is not sold in the currency.
        """
        plan = self.plan(family)
        own = self.overrides.price(PriceTarget(PriceOf.PLAN, family, plan.name), currency, now)
        if own is not None:
            return own
        if plan.prices is None:
            return None
        if currency not in plan.prices:
            raise NoPrice(f"{family} {plan.name} has no price in {currency}")
        return plan.prices[currency]

    def next_change(self, now: datetime) -> datetime | None:
        """When an override, a trial or a plan ends next; None when nothing ends by itself."""
        ends = [end for each in self.subscriptions.values() for end in each.ends]
        override = self.overrides.next_end(now)
        if override is not None:
            ends.append(override)
        return min((each for each in ends if each > now), default=None)


def _left_of(plan: Plan) -> Plan:
    """The plan once it is over: its switches are off and nothing is added to what is there. How
    long data is kept stays, and the API, through which it is bought again."""
    kept = {_RETENTION, _API}
    limits = {
        name: limit if name in kept else (False if isinstance(limit, bool) else 0)
        for name, limit in plan.limits.items()
    }
    return replace(plan, limits=limits)


def _quota_terms(
    unit: str, plan: Plan, quota: Quota, override: QuotaOverride | None, anchor: datetime
) -> QuotaTerms:
    raised = override is not None and override.included is not None
    included = quota.included
    if override is not None and override.included is not None:
        included = override.included
    return QuotaTerms(
        metric=quota.metric,
        unit=unit,
        included=included,
        cap=quota.cap,
        period=quota.period,
        rolling_days=quota.rolling_days,
        carry_over_percent=quota.carry_over_percent,
        soft_cap=plan.soft_cap if quota.cap is Cap.SOFT else None,
        ceiling=override.ceiling if override is not None and quota.cap is Cap.SOFT else None,
        anchor=anchor,
        origin=Origin.OVERRIDE if raised else Origin.PLAN,
        until=override.until if override is not None else None,
    )


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """How a metric stands at one moment. Amounts are exact.

    ``limit`` is where it stops now and ``remaining`` what may still be taken, both None when it
    does not stop. ``resets_at`` is aware, UTC, None when it never does. ``warning`` is for a
    person, empty when nothing needs attention.
    """

    metric: str
    limit: Decimal | None
    used: Decimal
    reserved: Decimal
    leased: Decimal
    remaining: Decimal | None
    resets_at: datetime | None
    warning: str = ""

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.remaining is not None and self.remaining <= 0
