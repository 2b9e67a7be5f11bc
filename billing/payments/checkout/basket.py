"""Which of the provider's prices a plan is made of."""

from billing.payments.checkout.truth import BASE_CAMERA
from billing.payments.objects import names
from billing.payments.objects.service import ObjectsService
from billing.payments.values import WantedItem
from billing.subscriptions.rules import VISION
from billing.unit import Unit
from rights.catalog.model import Catalog, Plan
from rights.terms import METERED, Interval


class Baskets:
    """Items of plans."""

    def __init__(self, objects: ObjectsService) -> None:
        """`objects` know the provider's ids."""
        self._objects = objects

    async def of(
        self, unit: Unit, catalog: Catalog, plan: Plan, interval: Interval, cameras: int
    ) -> tuple[WantedItem, ...]:
        """A plan, or for vision its cameras; with a metered plan what it meters.

        Raises FailedPrecondition (PAYMENT_PROVIDER_MISSING) while the provider does not know one.
        """
        currency = catalog.currencies[0]
        if plan.family == VISION:
            wanted = {names.item_price(VISION, BASE_CAMERA, currency): cameras}
        else:
            wanted = {names.plan_price(plan.family, plan.name, interval, currency): 1}
        metered = metered_keys(plan, currency)
        ids = await self._objects.price_ids(unit.conn, [*wanted, *metered])
        return (
            *(WantedItem(ids[name], count) for name, count in wanted.items()),
            *(WantedItem(ids[name]) for name in metered),
        )


def metered_keys(plan: Plan, currency: str) -> tuple[str, ...]:
    """The lookup keys of what a plan meters."""
    if plan.family != METERED:
        return ()
    return tuple(names.metered_price(metric, plan.name, currency) for metric in plan.quotas)
