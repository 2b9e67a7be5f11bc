"""Reads what a tenant's subscriptions and overrides come to."""

from collections.abc import Collection, Mapping
from typing import Protocol

from billing.overrides import store as overrides
from billing.subscriptions import store
from billing.unit import Unit
from mesh.database import Connection
from mesh.errors import NotFound
from rights.catalog.model import Catalog
from rights.overrides import Overrides
from rights.terms import QuotaStanding, Subscription, Terms


class CatalogVersions(Protocol):
    """Every version of the catalogue that was ever applied."""

    @property
    def live(self) -> Catalog:
        """What is sold now."""
        ...

    @property
    def number(self) -> int | None:
        """Its number; None while versions are not counted."""
        ...

    async def of(self, conn: Connection, number: int, /) -> Catalog:
        """A version that was sold once."""
        ...


class QuotaStandings(Protocol):
    """How metrics stand now."""

    async def standings(
        self, unit: Unit, terms: Terms, metrics: Collection[str]
    ) -> Mapping[str, QuotaStanding]:
        """By metric, those that the terms limit."""
        ...


class TermsReader:
    """The one place where a tenant's terms are read, in two statements."""

    def __init__(self, catalogs: CatalogVersions) -> None:
        """`catalogs` holds the versions that subscriptions pinned."""
        self._catalogs = catalogs

    async def read(self, unit: Unit) -> Terms:
        """The terms of the unit's tenant as they stand in its transaction. Raises NotFound."""
        held = await store.held(unit.conn, unit.tenant_id)
        if not held:
            raise NotFound("tenant", str(unit.tenant_id))
        rows = await overrides.held(unit.conn, unit.tenant_id, unit.now)
        return Terms(self._catalogs.live, held, Overrides.of(rows))

    def with_subscription(self, terms: Terms, changed: Subscription) -> Terms:
        """The terms if the tenant held `changed` in its family."""
        held = {**terms.subscriptions, changed.family: changed}
        return Terms(self._catalogs.live, held, terms.overrides)
