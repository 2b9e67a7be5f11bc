"""Rules of quotas: reserve before a use, commit after it, release what was not used."""

from collections.abc import Collection, Mapping, Sequence

from billing.paging import Page, PageRequest, Position, page_of
from billing.quotas import store
from billing.quotas.accounts import Accounts
from billing.quotas.alerts import AlertRow
from billing.quotas.book import QuotaBook
from billing.quotas.operations import Operation, Outcome, Reserve
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from billing.usage.service import UsageService
from mesh.errors import InvalidArgument
from rights.quotas import Balance
from rights.terms import QuotaStanding, Terms

_REPORTER = "quota"


class QuotasService:
    """Keeps quotas, and tells how they stand. It implements QuotaStandings."""

    def __init__(self, terms: TermsReader, accounts: Accounts, usage: UsageService) -> None:
        """`terms` say what is included, `usage` records what is committed."""
        self._terms = terms
        self._accounts = accounts
        self._usage = usage

    async def apply(self, unit: Unit, operations: Sequence[Operation]) -> list[Outcome]:
        """Does operations in their order; each succeeds or fails by itself.

        A commit records a usage event of the operation's id; one that is on record under that id
        already, because its caller reported it, counts once.
        Everything that is taken from is locked first and read afterwards, so that whoever comes
        later, here or at another replica, sees it. Raises NotFound without a tenant.
        """
        conn, tenant_id = unit.conn, unit.tenant_id
        terms = await self._terms.read(unit)
        ids = {each.operation_id for each in operations}
        seen = await store.operations(conn, tenant_id, ids)
        named = {each.metric for each in operations if isinstance(each, Reserve)}
        metrics = named & terms.catalog.metrics.keys()
        others = {(each.metric, each.period_start) for each in seen.values()}
        running, balances = await self._accounts.lock(unit, terms, metrics, others)
        held = await store.operations(conn, tenant_id, ids)
        book = QuotaBook(unit.now, terms.catalog.metrics, balances, running, held)
        outcomes = [book.apply(each) for each in operations]
        if book.events:
            await self._usage.record(unit, _REPORTER, book.events)
        if book.changed:
            changed = [book.held[each] for each in book.changed]
            await store.keep_operations(conn, tenant_id, changed, unit.now)
        if balances:
            await self._accounts.write(unit, balances)
        return outcomes

    async def status(self, unit: Unit, metric: str = "") -> list[Balance]:
        """How metrics stand, by name: one, or with "" each that has a quota.

        Raises InvalidArgument naming `metric` that the catalogue does not have.
        """
        terms = await self._terms.read(unit)
        known = terms.catalog.metrics
        if metric and metric not in known:
            raise InvalidArgument.field("metric", f"the catalogue has no metric {metric!r}")
        limited = [name for name in known if terms.quota(name, unit.now) is not None]
        found = await self._accounts.read(unit, terms, [metric] if metric else limited)
        return [found[name] for name in sorted(found)]

    async def standings(
        self, unit: Unit, terms: Terms, metrics: Collection[str]
    ) -> Mapping[str, QuotaStanding]:
        """How those of the metrics stand that the terms limit."""
        limited = [name for name in metrics if terms.quota(name, unit.now) is not None]
        found = await self._accounts.read(unit, terms, limited)
        return {name: balance.standing(unit.now) for name, balance in found.items()}

    async def notice(self, unit: Unit, metrics: Collection[str]) -> None:
        """Raises the thresholds that use crossed which came without a reservation.

        Nothing is locked for those that were raised before.
        """
        terms = await self._terms.read(unit)
        known = [
            name
            for name in metrics
            if name in terms.catalog.metrics and terms.quota(name, unit.now) is not None
        ]
        found = await self._accounts.read(unit, terms, known)
        news = await self._accounts.news(unit, found)
        if news:
            _, balances = await self._accounts.lock(unit, terms, news)
            await self._accounts.write(unit, balances)

    async def alerts(self, unit: Unit, request: PageRequest) -> Page[AlertRow]:
        """Thresholds that were crossed, newest first."""
        rows = await store.alerts(unit.conn, unit.tenant_id, request)
        return page_of(
            request, rows, lambda row: Position(row.raised_at, f"{row.metric} {row.percent}")
        )
