"""The rules of another catalogue's becoming live."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.audit.actions import Action
from billing.catalog import store
from billing.catalog.live import Catalogs
from billing.catalog.needed import problems
from billing.catalog.store import VersionRow
from billing.licenses.changes.service import ChangeKind, RightsChanges
from billing.paging import Page, PageRequest, Position, page_of
from billing.payments.objects.plan import Task
from billing.payments.objects.service import ObjectsService
from billing.unit import VendorUnit
from mesh.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, Violation
from rights.catalog.diff import Change, Subject, changes
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.errors import CatalogProblem
from rights.periods import calendar_month

_SUBJECT = "catalog/live"


@dataclass(frozen=True, slots=True)
class Touching:
    """A change, and how many tenants hold what it is about."""

    change: Change
    holders: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What applying would do. `held` says what it removes and somebody holds, `tasks` what would be
    done at the payment provider."""

    live_number: int
    changes: tuple[Touching, ...]
    held: tuple[str, ...]
    tenants: int
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: no changes and no tenants when the document was live before."""

    row: VersionRow
    catalog: Catalog
    changes: tuple[Touching, ...]
    tenants: int


class CatalogService:
    """Validates, compares and applies documents."""

    def __init__(self, catalogs: Catalogs, rights: RightsChanges, objects: ObjectsService) -> None:
        """`rights` tells every tenant, `objects` what is sold at the payment provider."""
        self._catalogs = catalogs
        self._rights = rights
        self._objects = objects

    @property
    def live(self) -> tuple[int, Catalog]:
        """The live catalogue and its number."""
        return self._catalogs.number, self._catalogs.live

    def problems(self, document: str) -> tuple[CatalogProblem, ...]:
        """What is wrong with a document, by line."""
        return problems(document)

    async def outlook(self, unit: VendorUnit, document: str) -> Outlook:
        """What applying would do. Raises InvalidArgument naming `document`."""
        catalog = _read(document)
        live = await store.live_number(unit.conn)
        former = await self._catalogs.of(unit.conn, live)
        touching = await _touching(unit, changes(former, catalog))
        tenants = await store.count_tenants(unit.conn) if touching else 0
        tasks = await self._objects.outlook(unit.conn, catalog)
        return Outlook(live, touching, _held(touching), tenants, tasks)

    async def apply(self, unit: VendorUnit, document: str, expected_number: int) -> Applied:
        """Makes the document live; one that is live already changes nothing.

        Raises InvalidArgument naming `document`, Aborted when another version than the expected
        one is live, FailedPrecondition (CATALOG_IN_USE).
        """
        catalog = _read(document)
        await store.lock(unit.conn)
        live = await store.live_number(unit.conn)
        row = await self.version(unit, live)
        if row.version == catalog.version:
            return Applied(row, catalog, (), 0)
        if live != expected_number:
            text = f"version {live} is live, not {expected_number}; look at the difference again"
            raise Aborted(_SUBJECT, text)
        former = await self._catalogs.of(unit.conn, live)
        touching = await _touching(unit, changes(former, catalog))
        if held := _held(touching):
            raise FailedPrecondition("CATALOG_IN_USE", _SUBJECT, "; ".join(held))
        new = VersionRow(live + 1, catalog.version, document, unit.now, unit.principal.subject)
        await store.add(unit.conn, new)
        tenants = await self._rights.record_for_all(unit, ChangeKind.CATALOG_CHANGED)
        unit.audit(
            Action.CATALOG_APPLIED,
            f"catalog/{new.number}",
            version=new.version,
            changes=len(touching),
            tenants=tenants,
        )
        return Applied(new, catalog, touching, tenants)

    def applied(self, done: Applied) -> None:
        """Once it is committed: this replica's next call knows it."""
        self._catalogs.learn(done.row.number, done.catalog)

    async def page(self, unit: VendorUnit, request: PageRequest) -> Page[VersionRow]:
        """Versions without their documents, oldest first."""
        rows = await store.page(unit.conn, request)
        return page_of(request, rows, lambda row: Position(row.applied_at, str(row.number)))

    async def version(self, unit: VendorUnit, number: int) -> VersionRow:
        """One version. Raises NotFound."""
        row = await store.find(unit.conn, number)
        if row is None:
            raise NotFound("catalog", str(number))
        return row


def _read(document: str) -> Catalog:
    if found := problems(document):
        raise InvalidArgument(
            [Violation("document", f"line {each.line}: {_place(each)}") for each in found]
        )
    return load_catalog(document)


def _place(problem: CatalogProblem) -> str:
    return f"{problem.path}: {problem.text}" if problem.path else problem.text


async def _touching(unit: VendorUnit, found: Iterable[Change]) -> tuple[Touching, ...]:
    found = tuple(found)
    if not found:
        return ()
    packs = await store.pack_holders(unit.conn)
    plans = await store.plan_holders(unit.conn)
    counted = {each.subject.metric for each in found if each.subject.metric is not None}
    since = _unbilled(unit.now)
    users = await store.metric_users(unit.conn, counted, since) if counted else {}

    def holders(subject: Subject) -> int:
        return max(
            packs.get(subject.pack or "", 0),
            plans.get(subject.plan or ("", ""), 0),
            users.get(subject.metric or "", 0),
        )

    return tuple(Touching(each, holders(each.subject)) for each in found)


def _held(touching: Iterable[Touching]) -> tuple[str, ...]:
    kinds = {"plan", "pack", "metric"}
    return tuple(
        f"{each.change.subject} is held by {each.holders} tenants and cannot be removed"
        for each in touching
        if each.change.sign == "-" and each.change.subject.kind in kinds and each.holders
    )


def _unbilled(now: datetime) -> datetime:
    """The start of the month before this one: what was used since may not be billed yet."""
    return calendar_month(calendar_month(now).start - timedelta(days=1)).start
