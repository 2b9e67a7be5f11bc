"""The catalogue as messages."""

from brinkbyte.catalog.v1 import catalog_service_pb2 as pb

from billing.catalog.offer import CatalogView, PackOffer
from billing.catalog.schemes import price_scheme, unit_price
from billing.catalog.service import Touching
from billing.catalog.store import VersionRow
from billing.payments.objects.plan import Step, Task
from billing.wire import stamp
from rights.catalog.model import FeatureKind, Item, Limit, Per, Plan, Quota

_SIGNS = {Step.MAKE: "+", Step.CHANGE: "~", Step.ARCHIVE: "-"}
_KINDS = {
    FeatureKind.MODEL: pb.FEATURE_KIND_MODEL,
    FeatureKind.ANALYTIC: pb.FEATURE_KIND_ANALYTIC,
    FeatureKind.OUTPUT: pb.FEATURE_KIND_OUTPUT,
}
_SOLD_PER = {
    Per.CAMERA: pb.SOLD_PER_CAMERA,
    Per.TENANT: pb.SOLD_PER_TENANT,
    Per.DEVICE: pb.SOLD_PER_DEVICE,
}


def pack_view(number: int, view: CatalogView) -> pb.GetCatalogResponse:
    """Everything that is for sale."""
    return pb.GetCatalogResponse(
        version=view.version,
        number=number,
        growth_packs=[_pack(pack) for pack in view.packs],
        metrics=[
            pb.Metric(
                name=metric.name,
                unit=metric.unit,
                unit_price=unit_price(metric.price, view.currency),
                currency=view.currency,
                price_scheme=price_scheme(metric.price, view.currency),
            )
            for metric in view.metrics
        ],
        plans=[_plan(plan, view.currency) for plan in view.plans],
        items=[_item(item, view.currency) for item in view.items],
    )


def pack_changes(touching: tuple[Touching, ...]) -> list[pb.CatalogChange]:
    """Changes with their holders."""
    return [
        pb.CatalogChange(
            sign=each.change.sign,
            subject=str(each.change.subject),
            text=each.change.text,
            holders=each.holders,
        )
        for each in touching
    ]


def pack_tasks(tasks: tuple[Task, ...]) -> list[str]:
    """What would be done at the payment provider, a line each."""
    return [f"{_SIGNS[each.step]} {each.kind} {each.name}" for each in tasks]


def pack_version(row: VersionRow) -> pb.CatalogVersion:
    """A version without its document."""
    return pb.CatalogVersion(
        number=row.number,
        version=row.version,
        applied_at=stamp(row.applied_at),
        applied_by=row.applied_by,
    )


def _pack(pack: PackOffer) -> pb.GrowthPack:
    return pb.GrowthPack(
        name=pack.name,
        sold_per=_SOLD_PER[pack.per],
        unit_price=pack.unit_price,
        currency=pack.currency,
        features=[
            pb.Feature(name=each.name, kind=_KINDS[each.kind], metric=each.metric or "")
            for each in pack.features
        ],
    )


def _plan(plan: Plan, currency: str) -> pb.Plan:
    return pb.Plan(
        family=plan.family,
        name=plan.name,
        title=plan.title,
        price="" if plan.prices is None else f"{plan.price(currency):f}",
        currency=currency,
        trial_days=plan.trial_days or 0,
        limits=[_limit(name, value) for name, value in plan.limits.items()],
        quotas=[_quota(quota, currency) for quota in plan.quotas.values()],
    )


def _limit(name: str, value: Limit) -> pb.PlanLimit:
    if value is None:
        return pb.PlanLimit(name=name, unlimited=True)
    if isinstance(value, bool):
        return pb.PlanLimit(name=name, enabled=value)
    return pb.PlanLimit(name=name, count=value)


def _quota(quota: Quota, currency: str) -> pb.PlanQuota:
    overage = quota.overage
    return pb.PlanQuota(
        metric=quota.metric,
        included=f"{quota.included:f}",
        cap=quota.cap.value,
        overage_price="" if overage is None else unit_price(overage, currency),
        overage_scheme=None if overage is None else price_scheme(overage, currency),
        period=quota.period.value,
        rolling_days=quota.rolling_days,
        carry_over_percent=quota.carry_over_percent,
    )


def _item(item: Item, currency: str) -> pb.Item:
    return pb.Item(
        family=item.family,
        name=item.name,
        title=item.title,
        sold_per=_SOLD_PER[item.per],
        growth_pack=item.pack or "",
        unit_price=f"{item.price(currency):f}",
        currency=currency,
    )
