"""The catalogue of this replica: the live one, and the older ones that subscriptions pin."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from importlib.resources import files

import structlog

from billing.catalog import store
from billing.catalog.store import VersionRow
from billing.topics import CATALOG_TOPIC
from mesh.clock import Clock
from mesh.database import Connection, Database
from mesh.errors import MeshError, NotFound
from mesh.wakeup import Wakeups
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.errors import CatalogError

_POLL_S = 1.0
_SHIPPED = "product"


def shipped_document() -> str:
    """The document that comes with the product."""
    return (files("rights.catalog") / "catalog.yaml").read_text(encoding="utf-8")


class Catalogs:
    """Follows the versions in the database: at a wake-up, and every second.

    `live` costs nothing and may be a second behind. A transaction that must not be takes
    `current`, one that writes a name of the catalogue down takes `held`.
    """

    def __init__(self, db: Database, wakeups: Wakeups) -> None:
        """Has no catalogue before `open`."""
        self._db = db
        self._wakeups = wakeups
        self._known: dict[int, Catalog] = {}
        self._number = 0
        self._complaint = ""
        self._log = structlog.get_logger()

    @classmethod
    async def open(cls, db: Database, clock: Clock, wakeups: Wakeups) -> "Catalogs":
        """Reads the live version; where there is none yet, the product's own becomes it.

        Raises CatalogError, MeshError.
        """
        catalogs = cls(db, wakeups)
        async with db.worker() as conn:
            found = await store.live_number(conn)
        if not found:
            await catalogs._begin(clock)
        await catalogs.refresh()
        return catalogs

    @property
    def live(self) -> Catalog:
        """The live catalogue as this replica knows it."""
        return self._known[self._number]

    @property
    def number(self) -> int:
        """The number of `live`."""
        return self._number

    async def of(self, conn: Connection, number: int) -> Catalog:
        """A version by its number, for ever the same. Raises NotFound, CatalogError."""
        known = self._known.get(number)
        if known is None:
            row = await store.find(conn, number)
            if row is None:
                raise NotFound("catalog", str(number))
            known = self._known[number] = load_catalog(row.document)
        return known

    async def current(self, conn: Connection) -> Catalog:
        """What the database has live at this statement. Read after a tenant's epoch it is never
        older than that. Raises CatalogError."""
        return await self.of(conn, await store.live_number(conn))

    async def knowing(self, conn: Connection, knows: Callable[[Catalog], bool]) -> Catalog:
        """`live` when it knows what is asked for, else `current`, which may."""
        live = self.live
        return live if knows(live) else await self.current(conn)

    async def since(self, conn: Connection, start: datetime) -> list[Catalog]:
        """What was live at any time since `start` (aware), newest first. Raises CatalogError."""
        numbers = await store.numbers_since(conn, start)
        return [await self.of(conn, number) for number in numbers]

    async def held(self, conn: Connection) -> Catalog:
        """`current`, and it stays live until the transaction ends: so that what a tenant is given
        by it is seen by whoever would take that out. Take it before any lock on a tenant's row."""
        await store.share(conn)
        return await self.current(conn)

    async def bought(self, conn: Connection) -> tuple[int, Catalog]:
        """`held`, with the number that a subscription pins."""
        await store.share(conn)
        number = await store.live_number(conn)
        return number, await self.of(conn, number)

    async def refresh(self) -> None:
        """Reads the database now. Raises CatalogError, MeshError."""
        async with self._db.worker() as conn:
            number = await store.live_number(conn)
            await self.of(conn, number)
        self._number = number

    def learn(self, number: int, catalog: Catalog) -> None:
        """What this replica itself has just made live, so that its next call knows it."""
        self._known[number] = catalog
        self._number = max(self._number, number)

    async def run(self) -> None:
        """Follows until cancelled; what fails is logged once and tried again, the catalogue known
        so far being used."""
        with self._wakeups.subscribe(CATALOG_TOPIC) as hints:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_S):
                        await hints.wait()
                try:
                    await self.refresh()
                except (MeshError, CatalogError) as error:
                    self._complain(str(error))
                else:
                    self._complaint = ""

    async def _begin(self, clock: Clock) -> None:
        document = shipped_document()
        catalog = load_catalog(document)
        async with self._db.vendor() as conn:
            await store.lock(conn)
            if await store.live_number(conn):
                return
            row = VersionRow(1, catalog.version, document, clock.now(), _SHIPPED)
            await store.add(conn, row)
        self.learn(row.number, catalog)

    def _complain(self, complaint: str) -> None:
        if complaint != self._complaint:
            self._log.error("catalog", problem=complaint)
        self._complaint = complaint
