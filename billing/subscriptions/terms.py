"""Reads what a tenant's subscriptions and overrides come to."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from billing.catalog.live import Catalogs
from billing.overrides import store as overrides
from billing.subscriptions import store
from billing.unit import Unit
from mesh.errors import NotFound
from rights.catalog.model import Catalog
from rights.catalog.overlay import bought_catalog, effective
from rights.overrides import Overrides
from rights.terms import QuotaStanding, Subscription, Terms

_KNOWN = 64


class QuotaStandings(Protocol):
    """How metrics stand now."""

    async def standings(
        self, unit: Unit, terms: Terms, metrics: Collection[str]
    ) -> Mapping[str, QuotaStanding]:
        """By metric, those that the terms limit."""
        ...


class TermsReader:
    """The one place where a tenant's terms are read, in three statements."""

    def __init__(self, catalogs: Catalogs) -> None:
        """`catalogs` holds the versions that subscriptions pinned."""
        self._catalogs = catalogs
        self._effective_known: dict[tuple[object, ...], Catalog] = {}

    async def read(self, unit: Unit) -> Terms:
        """The terms of the unit's tenant as they stand in its transaction. Raises NotFound."""
        held = await store.held(unit.conn, unit.tenant_id)
        if not held:
            raise NotFound("tenant", str(unit.tenant_id))
        rows = await overrides.held(unit.conn, unit.tenant_id, unit.now)
        return Terms(await self._effective(unit, held), held, Overrides.of(rows))

    async def with_subscription(self, unit: Unit, terms: Terms, changed: Subscription) -> Terms:
        """The terms if the tenant held `changed` in its family."""
        held = {**terms.subscriptions, changed.family: changed}
        return Terms(await self._effective(unit, held), held, terms.overrides)

    async def with_former(self, unit: Unit, terms: Terms, start: datetime) -> Terms:
        """The terms with what was sold at any time since `start` (aware) and is no longer: it was
        held, and has its price."""
        catalog = terms.catalog
        for former in await self._catalogs.since(unit.conn, start):
            catalog = effective(catalog, former)
        return replace(terms, catalog=catalog)

    async def _effective(self, unit: Unit, held: Mapping[str, Subscription]) -> Catalog:
        live = await self._catalogs.current(unit.conn)
        pinned = {
            family: await self._catalogs.of(unit.conn, each.catalog_number)
            for family, each in held.items()
            if each.catalog_number is not None
        }
        key = (live.version, *sorted((family, each.version) for family, each in pinned.items()))
        known = self._effective_known.get(key)
        if known is None:
            if len(self._effective_known) >= _KNOWN:
                self._effective_known.clear()
            known = self._effective_known[key] = bought_catalog(live, pinned)
        return known
