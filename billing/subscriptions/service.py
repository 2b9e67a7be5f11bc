"""Rules of subscriptions: one per family, from a tenant's first day on."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from billing.subscriptions import store
from billing.subscriptions.terms import CatalogVersions
from billing.unit import Unit, VendorUnit
from rights.catalog.model import Catalog
from rights.claims import SubscriptionStatus
from rights.licenses import LicenseMode
from rights.terms import METERED, Subscription

VISION = "vision"
PLATFORM = "platform"
_FIRST = {VISION: "trial", PLATFORM: "trial", METERED: "free"}


class SubscriptionsService:
    """Begins subscriptions, and keeps the vision plan with the licence."""

    def __init__(self, catalogs: CatalogVersions) -> None:
        """`catalogs` holds the plans."""
        self._catalogs = catalogs

    async def begin(self, unit: VendorUnit, tenant_id: UUID) -> None:
        """Gives a new tenant its first plans. They follow the live catalogue, for nothing was
        bought. The vision trial's end is the licence's."""
        catalog = self._catalogs.live
        first = [_first(catalog, family, unit) for family in _FIRST]
        await store.put(unit.conn, tenant_id, first, unit.now)

    async def follow_license(self, unit: Unit, mode: LicenseMode) -> None:
        """The vision plan is the licence's mode. Billing periods begin when it changes."""
        held = await store.lock(unit.conn, unit.tenant_id, VISION)
        if held is None or held.plan == mode.value:
            return
        trial = mode is LicenseMode.TRIAL
        changed = replace(
            held,
            plan=mode.value,
            status=SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE,
            anchor=unit.now,
        )
        await store.put(unit.conn, unit.tenant_id, [changed], unit.now)


def _first(catalog: Catalog, family: str, unit: VendorUnit) -> Subscription:
    days = catalog.plan(family, _FIRST[family]).trial_days
    ends = unit.now + timedelta(days=days) if days and family != VISION else None
    status = SubscriptionStatus.TRIALING if days else SubscriptionStatus.ACTIVE
    return Subscription(family, _FIRST[family], None, status, unit.now, ends)
