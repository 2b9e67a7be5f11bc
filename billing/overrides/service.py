"""Rules of overrides: each is checked against the tenant's catalogue, and felt at once."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from billing.audit.actions import Action
from billing.invoices.periods.service import PeriodsService
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.overrides import store
from billing.overrides.values import OverrideRow, camera_of, kind_of, name_of, value_of
from billing.paging import Page, PageRequest, Position, page_of
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import InvalidArgument
from mesh.ids import uuid7
from rights.catalog.model import Catalog
from rights.claims import Epoch
from rights.errors import UnknownName
from rights.overrides import FeatureOverride, Override, PriceOf, PriceOverride, QuotaOverride
from rights.terms import Terms


class OverridesService:
    """Sets, removes and lists what the vendor gives or takes beside a tenant's plans."""

    def __init__(
        self, terms: TermsReader, changes: RightsChanges, periods: PeriodsService, clock: Clock
    ) -> None:
        """`periods` are rated by the prices they ended with; `clock` dates ids."""
        self._terms = terms
        self._changes = changes
        self._periods = periods
        self._clock = clock

    async def set(self, unit: Unit, override: Override) -> tuple[OverrideRow, Epoch]:
        """Puts the override in place of the one about the same thing.

        Raises InvalidArgument naming the field of the request.
        """
        if override.until is not None and override.until <= unit.now:
            raise InvalidArgument.field("expires_at", "must be in the future")
        _check(await self._terms.read(unit), override, unit.now)
        await self._periods.settle_carried(unit)
        await self._periods.before_change(unit)
        epoch = await self._changes.record(unit, ChangeKind.OVERRIDE_CHANGED, _cameras(override))
        override_id = uuid7(self._clock)
        await store.replace(unit.conn, unit.tenant_id, override_id, override, unit.now)
        self._audit(unit, Action.OVERRIDE_SET, override_id, override)
        return OverrideRow(override_id, override, unit.now), epoch

    async def remove(self, unit: Unit, override_id: UUID) -> tuple[bool, Epoch]:
        """Takes the override away; False when the tenant holds none of that id."""
        await self._periods.settle_carried(unit)
        await self._periods.before_change(unit)
        await store.lock(unit.conn, unit.tenant_id)
        removed = await store.remove(unit.conn, unit.tenant_id, override_id, unit.now)
        if removed is None:
            return False, await self._changes.epoch(unit)
        cameras = _cameras(removed.override)
        epoch = await self._changes.record(unit, ChangeKind.OVERRIDE_CHANGED, cameras)
        self._audit(unit, Action.OVERRIDE_REMOVED, override_id, removed.override)
        return True, epoch

    async def page(self, unit: Unit, request: PageRequest) -> Page[OverrideRow]:
        """Those that were not removed, oldest first."""
        rows = await store.page(unit.conn, unit.tenant_id, request)
        return page_of(request, rows, lambda row: Position(row.created_at, str(row.override_id)))

    def _audit(self, unit: Unit, action: Action, override_id: UUID, override: Override) -> None:
        unit.audit(
            action,
            f"override/{override_id}",
            kind=kind_of(override).value,
            name=name_of(override),
            camera_id=camera_of(override) or "",
            value=value_of(override),
            reason=override.reason,
            expires_at=override.until.isoformat() if override.until else "",
        )


def _cameras(override: Override) -> list[str]:
    camera_id = camera_of(override)
    return [camera_id] if camera_id is not None else []


def _check(terms: Terms, override: Override, now: datetime) -> None:
    match override:
        case FeatureOverride():
            if override.feature not in terms.catalog.features:
                raise _unknown("feature.feature", "feature", override.feature)
        case QuotaOverride():
            _check_quota(terms, override, now)
        case PriceOverride():
            _check_price(terms.catalog, override)


def _check_quota(terms: Terms, override: QuotaOverride, now: datetime) -> None:
    if override.metric not in terms.catalog.metrics:
        raise _unknown("quota.metric", "metric", override.metric)
    if override.included is None and override.ceiling is None:
        raise InvalidArgument.field("quota.included", "name what is included, a ceiling, or both")
    overrides = replace(
        terms.overrides, quotas={**terms.overrides.quotas, override.metric: override}
    )
    changed = replace(terms, overrides=overrides).quota(override.metric, now)
    if override.ceiling is None:
        return
    if changed is None or changed.final_stop is None:
        raise InvalidArgument.field("quota.ceiling", "the quota is no soft one: it has no ceiling")
    if override.ceiling < changed.included:
        raise InvalidArgument.field("quota.ceiling", f"below the {changed.included:f} included")


def _check_price(catalog: Catalog, override: PriceOverride) -> None:
    target = override.target
    if (target.of is PriceOf.METRIC) != (not target.family):
        raise InvalidArgument.field("price.family", "for items and plans, and for them alone")
    try:
        match target.of:
            case PriceOf.METRIC:
                catalog.metric(target.name)
            case PriceOf.ITEM:
                catalog.item(target.family, target.name)
            case PriceOf.PLAN:
                catalog.plan(target.family, target.name)
    except UnknownName as error:
        field = "price.family" if error.kind == "family" else "price.name"
        raise InvalidArgument.field(field, str(error)) from None
    for currency in override.prices:
        if currency not in catalog.currencies:
            raise InvalidArgument.field("price.prices", f"nothing is sold in {currency!r}")


def _unknown(field: str, kind: str, name: str) -> InvalidArgument:
    return InvalidArgument.field(field, f"the catalogue has no {kind} {name!r}")
