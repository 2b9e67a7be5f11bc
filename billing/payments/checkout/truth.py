"""What the provider says of a customer, in our words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from billing.dunning.late import OpenInvoice, Source
from billing.payments.objects import names
from billing.payments.values import Invoice, SubscriptionItem
from billing.payments.values import Subscription as Sold
from billing.subscriptions.rules import VISION, changed_to
from rights.catalog.model import Catalog
from rights.claims import SubscriptionStatus
from rights.dunning import DunningStage
from rights.terms import Interval, Subscription

BASE_CAMERA = "base_camera"
_STATUS = {
    "trialing": SubscriptionStatus.TRIALING,
    "active": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.UNPAID,
    "paused": SubscriptionStatus.UNPAID,
}
_OWING = {
    DunningStage.PAST_DUE: SubscriptionStatus.PAST_DUE,
    DunningStage.GRACE: SubscriptionStatus.PAST_DUE,
    DunningStage.SUSPENDED: SubscriptionStatus.UNPAID,
    DunningStage.CANCELED: SubscriptionStatus.UNPAID,
}


@dataclass(frozen=True, slots=True)
class Truth:
    """`sold` is the subscription that runs, None when none does; `late` the oldest invoice that is
    owed; `failed` those that could not be collected; `deleted` that the provider knows the customer
    no more; `invoices` all of them."""

    sold: Sold | None
    late: OpenInvoice | None
    failed: tuple[Invoice, ...] = ()
    deleted: bool = False
    invoices: tuple[Invoice, ...] = ()


@dataclass(frozen=True, slots=True)
class SoldPlan:
    """A plan among a subscription's items."""

    family: str
    plan: str
    interval: Interval
    item: SubscriptionItem


def truth_of(subscriptions: Sequence[Sold], invoices: Sequence[Invoice], now: datetime) -> Truth:
    """From all of a customer's, newest first. One that was never paid for is none."""
    running = [each for each in subscriptions if each.status in _STATUS]
    owed = [each for each in invoices if _is_owed(each, now)]
    oldest = min(owed, key=_due_since, default=None)
    late = None
    if oldest is not None:
        late = OpenInvoice(
            Source.STRIPE,
            oldest.number or oldest.invoice_id,
            _due_since(oldest),
            oldest.attempt_count,
            oldest.next_attempt_at,
        )
    failed = tuple(each for each in owed if each.attempt_count > 0)
    return Truth(running[0] if running else None, late, failed, invoices=tuple(invoices))


def plans_of(sold: Sold, catalog: Catalog) -> dict[str, SoldPlan]:
    """The plans among the items, by family; the catalogue says what they are called."""
    known = _lookup_keys(catalog)
    found = {}
    for item in sold.items:
        if item.lookup_key in known:
            family, plan, interval = known[item.lookup_key]
            found[family] = SoldPlan(family, plan, interval, item)
    return found


def followed(
    held: Subscription,
    plan: SoldPlan,
    truth: Sold,
    *,
    stage: DunningStage | None,
    catalog: Catalog,
    number: int,
    alone: bool,
) -> Subscription:
    """What is held once it follows what was sold. `alone` says that nothing else was, so that its
    end is the subscription's; with others an end of its own stays."""
    changed = held
    if (held.plan, held.interval) != (plan.plan, plan.interval) or held.ended_at is not None:
        target = catalog.plan(plan.family, plan.plan)
        changed = changed_to(held, target, number, plan.interval, truth.anchor)
    ends = truth.cancel_at
    if ends is None and truth.cancel_at_period_end:
        ends = plan.item.period_end
    if ends is None and not alone:
        ends = changed.cancel_at
    trial = truth.trial_end if truth.status == "trialing" else None
    return replace(
        changed,
        status=_harder(_STATUS[truth.status], stage),
        cancel_at=ends,
        trial_ends_at=trial if plan.family != VISION else None,
    )


def _harder(status: SubscriptionStatus, stage: DunningStage | None) -> SubscriptionStatus:
    if stage is None:
        return status
    owing = _OWING[stage]
    if status is SubscriptionStatus.UNPAID or owing is SubscriptionStatus.UNPAID:
        return SubscriptionStatus.UNPAID
    return owing


def _is_owed(invoice: Invoice, now: datetime) -> bool:
    if invoice.amount_due <= 0:
        return False
    if invoice.status == "uncollectible":
        return True
    tried = invoice.attempt_count > 0
    passed = invoice.due_at is not None and invoice.due_at <= now
    return invoice.status == "open" and (tried or passed)


def _due_since(invoice: Invoice) -> datetime:
    return invoice.due_at or invoice.created


def _lookup_keys(catalog: Catalog) -> Mapping[str, tuple[str, str, Interval]]:
    found: dict[str, tuple[str, str, Interval]] = {}
    for currency in catalog.currencies:
        for family in catalog.families.values():
            for plan in family.plans:
                for interval in Interval:
                    key = names.plan_price(family.name, plan, interval, currency)
                    found[key] = (family.name, plan, interval)
        camera = names.item_price(VISION, BASE_CAMERA, currency)
        found[camera] = (VISION, "base", Interval.MONTH)
    return found
