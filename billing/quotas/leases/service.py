"""Rules of leases: what a device may spend without asking."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from billing.audit.actions import Action
from billing.paging import Page, PageRequest, Position, page_of
from billing.quotas.accounts import Accounts
from billing.quotas.book import exhausted
from billing.quotas.leases import store
from billing.quotas.leases.store import LeaseRow
from billing.quotas.store import Key
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from mesh.ids import uuid7
from rights.errors import QuantityInvalid
from rights.leases import (
    Lease,
    LeaseState,
    Report,
    end,
    extend,
    forked,
    give_back,
    release,
    settle,
    slice_of,
)
from rights.quantity import parse_quantity
from rights.quotas import NOTHING, Balance
from rights.terms import Terms

LONGEST = timedelta(days=7)
"""Life of a lease, at the latest until its quota's period ends."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a device says it spent of a lease, and how far its journal holds all of it."""

    lease_id: UUID
    spent: str
    through_seq: int


@dataclass(frozen=True, slots=True)
class Lent:
    """A lease, None where the metric has no limit now, and how the metric stands."""

    row: LeaseRow | None
    balance: Balance


class LeasesService:
    """Lends slices of a quota to devices and takes them back."""

    def __init__(self, terms: TermsReader, accounts: Accounts, clock: Clock) -> None:
        """`accounts` hold what slices are cut from; `clock` dates ids."""
        self._terms = terms
        self._accounts = accounts
        self._clock = clock

    async def acquire(
        self,
        unit: Unit,
        metric: str,
        journal_id: UUID,
        *,
        wanted: str = "",
        settlement: Settlement | None = None,
    ) -> Lent:
        """A slice for the calling device, or more of the one that it has.

        Raises QuotaExhausted when it has nothing to spend and nothing is left, InvalidArgument
        naming `metric`, `journal_id`, `wanted` or `settlement.spent`, FailedPrecondition
        (JOURNAL_FORKED), PermissionDenied for a caller that is no device.
        """
        device_id = _device(unit)
        wish = _amount("wanted", wanted) if wanted else None
        report = _report(settlement) if settlement is not None else None
        terms = await self._terms.read(unit)
        if metric not in terms.catalog.metrics:
            raise InvalidArgument.field("metric", f"the catalogue has no metric {metric!r}")
        recorded = await self._recorded(unit, device_id, journal_id)
        key, balances, held = await self._open(
            unit, terms, _Asked(device_id, metric, journal_id, settlement), recorded
        )
        balance = balances[key]
        if balance.limit(unit.now) is None:
            lent = Lent(None, balance)
        else:
            spent = report.spent if report is not None else NOTHING
            lent = await self._lend(
                unit, balance, held, _Wish(device_id, journal_id, key, wish, spent)
            )
        await self._accounts.write(unit, balances)
        return lent

    async def give_back(self, unit: Unit, settlement: Settlement) -> LeaseRow:
        """Ends a lease of the calling device. Raises NotFound, InvalidArgument naming
        `settlement.spent`, PermissionDenied."""
        device_id, report = _device(unit), _report(settlement)
        row = await store.find(unit.conn, unit.tenant_id, settlement.lease_id)
        if row is None or row.device_id != device_id:
            raise NotFound("lease", str(settlement.lease_id))
        row, balances = await self._locked(unit, row)
        journal = await store.journal(unit.conn, unit.tenant_id, row.journal_id)
        lease = give_back(row.lease, report, journal.last_seq if journal is not None else 0)
        if journal is not None and journal.forked:
            lease = forked(lease)
        return await self._keep(unit, row, lease, balances)

    async def force_release(self, unit: Unit, lease_id: UUID, why: str) -> LeaseRow:
        """Frees a lease without its device. Raises NotFound."""
        row = await store.find(unit.conn, unit.tenant_id, lease_id)
        if row is None:
            raise NotFound("lease", str(lease_id))
        row, balances = await self._locked(unit, row)
        freed = release(row.lease)
        if freed != row.lease:
            unit.audit(
                Action.LEASE_RELEASED,
                f"lease/{lease_id}",
                metric=row.metric,
                device_id=str(row.device_id),
                outstanding=f"{row.lease.outstanding:f}",
                reason=why,
            )
        return await self._keep(unit, row, freed, balances)

    async def page(self, unit: Unit, request: PageRequest) -> Page[LeaseRow]:
        """Leases, newest first."""
        rows = await store.page(unit.conn, unit.tenant_id, request)
        return page_of(request, rows, lambda row: Position(row.lease.granted_at, str(row.lease_id)))

    async def _open(
        self, unit: Unit, terms: Terms, asked: "_Asked", recorded: int
    ) -> tuple[Key, dict[Key, Balance], LeaseRow | None]:
        """The locked accounts of the metric and of the device's leases, these settled and, where
        they are over, ended; and the one that goes on."""
        conn, tenant_id = unit.conn, unit.tenant_id
        before = await store.of_device(conn, tenant_id, asked.device_id, asked.metric)
        others = {(row.metric, row.period_start) for row in before}
        running, balances = await self._accounts.lock(unit, terms, [asked.metric], others)
        key, held = running[asked.metric], None
        for row in await store.of_device(conn, tenant_id, asked.device_id, asked.metric):
            lease = row.lease
            if asked.settlement is not None and row.lease_id == asked.settlement.lease_id:
                same = row.journal_id == asked.journal_id
                lease = settle(lease, _report(asked.settlement), recorded if same else 0)
            goes_on = row.period_start == key[1] and row.journal_id == asked.journal_id
            if not goes_on or unit.now >= lease.expires_at:
                lease = await self._over(unit, row, lease)
            told = replace(row, lease=lease)
            own = (row.metric, row.period_start)
            if told != row and own in balances:
                await store.keep(conn, tenant_id, told)
                balances[own] = _moved(balances[own], row.lease, lease)
            if lease.state is LeaseState.ACTIVE:
                held = told
        return key, balances, held

    async def _over(self, unit: Unit, row: LeaseRow, lease: Lease) -> Lease:
        journal = await store.journal(unit.conn, unit.tenant_id, row.journal_id)
        return forked(lease) if journal is not None and journal.forked else end(lease)

    async def _recorded(self, unit: Unit, device_id: UUID, journal_id: UUID) -> int:
        """How far the device's journal is recorded; 0 before it was opened."""
        journal = await store.journal(unit.conn, unit.tenant_id, journal_id)
        if journal is None:
            return 0
        if journal.device_id != device_id:
            raise InvalidArgument.field("journal_id", "is another device's journal")
        if journal.forked:
            raise FailedPrecondition(
                "JOURNAL_FORKED", f"journal/{journal_id}", "the journal forked; begin a new one"
            )
        return journal.last_seq

    async def _locked(self, unit: Unit, row: LeaseRow) -> tuple[LeaseRow, dict[Key, Balance]]:
        """The lease as it is once its account is locked, and that account."""
        terms = await self._terms.read(unit)
        own = (row.metric, row.period_start)
        _, balances = await self._accounts.lock(unit, terms, [], [own])
        now = await store.find(unit.conn, unit.tenant_id, row.lease_id)
        assert now is not None  # leases are never deleted
        return now, balances

    async def _keep(
        self, unit: Unit, row: LeaseRow, lease: Lease, balances: dict[Key, Balance]
    ) -> LeaseRow:
        if lease == row.lease:
            return row
        told, own = replace(row, lease=lease), (row.metric, row.period_start)
        await store.keep(unit.conn, unit.tenant_id, told)
        balances[own] = _moved(balances[own], row.lease, lease)
        await self._accounts.write(unit, balances)
        return told

    async def _lend(
        self, unit: Unit, balance: Balance, held: LeaseRow | None, wish: "_Wish"
    ) -> Lent:
        remaining = balance.remaining(unit.now)
        assert remaining is not None
        ends = min(balance.period.end, unit.now + LONGEST)
        free = wish.free_of(held.lease) if held is not None else NOTHING
        more = slice_of(wish.wanted, free, remaining)
        if free + more <= 0:
            raise exhausted(balance, Decimal(1), unit.now)
        if held is not None:
            row = replace(held, lease=extend(held.lease, more, ends))
        else:
            lease = Lease(more, NOTHING, LeaseState.ACTIVE, unit.now, ends)
            row = LeaseRow(
                uuid7(self._clock),
                wish.device_id,
                wish.journal_id,
                balance.metric,
                wish.key[1],
                lease,
            )
        await store.keep(unit.conn, unit.tenant_id, row)
        return Lent(row, replace(balance, leased=balance.leased + more))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for a lease, and what is told of the one that is held."""

    device_id: UUID
    metric: str
    journal_id: UUID
    settlement: Settlement | None


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a device wishes to be free to spend, and what it spent of what it has."""

    device_id: UUID
    journal_id: UUID
    key: Key
    wanted: Decimal | None
    spent: Decimal

    def free_of(self, lease: Lease) -> Decimal:
        """What it has left to spend."""
        return max(lease.granted - max(lease.settled, self.spent), NOTHING)


def _moved(balance: Balance, before: Lease, after: Lease) -> Balance:
    """The account once a lease of it changed."""
    return replace(
        balance,
        leased=balance.leased - before.outstanding + after.outstanding,
        over_cap=balance.over_cap + after.over_cap - before.over_cap,
    )


def _device(unit: Unit) -> UUID:
    device_id = unit.principal.device_id
    if device_id is None:
        raise PermissionDenied(["quota:lease"])
    return device_id


def _report(settlement: Settlement) -> Report:
    return Report(_amount("settlement.spent", settlement.spent), settlement.through_seq)


def _amount(field: str, text: str) -> Decimal:
    try:
        return parse_quantity(text)
    except QuantityInvalid as error:
        raise InvalidArgument.field(field, str(error)) from None
