"""The rules of reconciling a tenant: what is compared, and what is safe to mend."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from billing.accounts.service import AccountsService
from billing.audit.actions import Action
from billing.decimals import plain
from billing.fleet.service import CommandKind, FleetService
from billing.paging import Page, PageRequest, Position, page_of
from billing.payments.meters.service import SubmissionsService
from billing.reconcile import meters, nodes, store
from billing.reconcile.findings import (
    Drift,
    Findings,
    HourPair,
    NodeCount,
    Step,
    totals,
)
from billing.reconcile.invoiced import compare_invoiced, is_closed
from billing.reconcile.meters import Submission, ToldPeriod
from billing.unit import Unit, VendorUnit
from billing.usage.service import UsageService
from mesh.errors import FailedPrecondition, InvalidArgument
from rights.periods import Period

DEFAULT_WINDOW = timedelta(days=35)
"""For as long as a node keeps what was acknowledged."""

_LONGEST = timedelta(days=400)
_HOUR = timedelta(hours=1)
_ASK_AGAIN_S = 3600


class Wire(Protocol):
    """Reads what others serialised."""

    def node_count(self, status: bytes) -> NodeCount | None:
        """What a device's status says that it counted; None when it says nothing."""
        ...

    def event_quantity(self, payload: bytes) -> tuple[str, int] | None:
        """Metric and quantity (0.00001) of a journal's event; None when it cannot be read."""
        ...


class ReconcileService:
    """Compares each step of usage with the next, within one tenant."""

    def __init__(
        self,
        accounts: AccountsService,
        usage: UsageService,
        fleet: FleetService,
        sending: SubmissionsService,
        wire: Wire,
    ) -> None:
        """`accounts` keeps ingest away while sums are rebuilt, `usage` rebuilds them, `fleet` asks
        nodes, `sending` hurries submissions."""
        self._sending = sending
        self._accounts = accounts
        self._usage = usage
        self._fleet = fleet
        self._wire = wire

    async def tenants(self, unit: VendorUnit, page: PageRequest) -> Page[tuple[UUID, datetime]]:
        """Tenants and when they were made, oldest first."""
        rows = await store.tenants(unit.conn, page)
        return page_of(page, rows, lambda row: Position(row[1], str(row[0])))

    async def reconcile(self, unit: Unit, window: Period, *, heal: bool) -> Findings:
        """Everything about the unit's tenant; with `heal` what is safe is mended and audited."""
        found = await self._nodes(unit, heal=heal)
        found.add(await self._hours(unit, window, heal=heal))
        found.add(await self._submissions(unit, window, heal=heal))
        return found

    async def told(
        self, unit: Unit, window: Period
    ) -> tuple[Sequence[ToldPeriod], Sequence[Submission]]:
        """Periods of which Stripe may be asked, and their submissions, newest first; none without
        Stripe."""
        at = (unit.conn, unit.tenant_id, window.start, window.end)
        return await store.told_periods(*at), await store.submissions(*at)

    async def look_again(self, unit: Unit, drifts: Sequence[Drift]) -> None:
        """What Stripe has beyond its submissions is looked for at the next round, before anything
        more of these periods is told."""
        for each in drifts:
            if each.healed and each.went_to is Step.STRIPE and each.window_start is not None:
                await self._sending.doubt(unit, each.metric, each.window_start)

    async def _submissions(self, unit: Unit, window: Period, *, heal: bool) -> Findings:
        made = await store.submissions(unit.conn, unit.tenant_id, window.start, window.end)
        if heal and made:
            await self._sending.hasten(unit)
        found = meters.compare_states(made, hastened=heal)
        found.drifts += meters.compare_sums(await store.submitted(unit.conn, unit.tenant_id))
        return found

    async def _nodes(self, unit: Unit, *, heal: bool) -> Findings:
        found = Findings()
        journals = await store.journals(unit.conn, unit.tenant_id)
        found.drifts += [
            nodes.forked(row.device_id, row.journal_id, row.held) for row in journals if row.held
        ]
        known = {row.journal_id: row for row in journals if not row.forked}
        forks = {row.journal_id for row in journals if row.forked}
        for device_id, status in await store.statuses(unit.conn, unit.tenant_id):
            count = self._wire.node_count(status)
            if count is None:
                found.notes.append(f"device {device_id} never said what it counted")
                continue
            found.add(nodes.compare_inference(device_id, count))
            found.sums += nodes.journal_sums(device_id, count)
            if count.journal_id not in forks:
                row = known.get(count.journal_id)
                through = row.last_seq if row is not None else 0
                found.add(await self._journal(unit, device_id, count, through, heal=heal))
        return found

    async def _journal(
        self, unit: Unit, device_id: UUID, count: NodeCount, through_seq: int, *, heal: bool
    ) -> Findings:
        if count.acked_seq > through_seq:
            asked = heal and await self._ask(unit, device_id, through_seq + 1)
            return Findings(drifts=[nodes.lost(device_id, count, through_seq, asked=asked)])
        if count.last_seq > through_seq:
            waiting = count.last_seq - through_seq
            return Findings(
                notes=[f"device {device_id}: {waiting} events are on their way and not compared"]
            )
        conn, tenant_id, last = unit.conn, unit.tenant_id, count.last_seq
        sums = await store.journal_sums(conn, tenant_id, count.journal_id, last)
        uncounted = await store.uncounted(conn, tenant_id, count.journal_id, last)
        first = min([row.first_seq for row in sums] + [row.seq for row in uncounted], default=1)
        if first > 1:
            why = f"events before {first} are no longer kept, and its sums are not compared"
            return Findings(notes=[f"device {device_id}: {why}"])
        recorded = {row.metric: row.quantity for row in sums}
        for event in uncounted:
            metric, e5 = self._wire.event_quantity(event.payload) or ("", 0)
            recorded[metric] = recorded.get(metric, Decimal(0)) + nodes.in_units(e5)
        return Findings(drifts=nodes.compare_journal(device_id, count, recorded))

    async def _ask(self, unit: Unit, device_id: UUID, from_seq: int) -> bool:
        """Asks the node to send its journal again; False where it cannot be asked."""
        try:
            await self._fleet.send_command(
                unit,
                device_id,
                f"reconcile-{from_seq}-{int(unit.now.timestamp()) // _ASK_AGAIN_S}",
                kind=CommandKind.RESYNC_USAGE,
                resync_from_seq=from_seq,
                ttl_seconds=_ASK_AGAIN_S,
            )
        except FailedPrecondition:
            return False
        return True

    async def _hours(self, unit: Unit, window: Period, *, heal: bool) -> Findings:
        pairs = await store.hours(unit.conn, unit.tenant_id, window.start, window.end)
        wrong = [pair for pair in pairs if not pair.agrees]
        mended = await self._rebuild(unit, wrong) if heal and wrong else set()
        found = Findings(
            [
                *totals(Step.LEDGER, [(p.metric, p.ledger, p.ledger_events) for p in pairs]),
                *totals(Step.AGGREGATE, [(p.metric, p.summed, p.summed_events) for p in pairs]),
            ],
            [_hour_drift(pair, healed=_key(pair) in mended) for pair in wrong],
        )
        account = await self._accounts.read(unit)
        lines = await store.invoiced(unit.conn, unit.tenant_id, window.start, window.end)
        found.add(compare_invoiced(account, pairs, lines))
        return found

    async def _rebuild(
        self, unit: Unit, wrong: Sequence[HourPair]
    ) -> set[tuple[str, datetime, int]]:
        """Rebuilds the sums of hours that no close took, from the events; which ones.

        With the account locked nothing is recorded meanwhile, and what is closed stays closed.
        """
        account = await self._accounts.lock(unit)
        keys = {_key(pair) for pair in wrong if not is_closed(account, *_key(pair)[1:])}
        if keys:
            await self._usage.rebuild(unit, sorted(keys))
            unit.audit(
                Action.USAGE_SUMS_REBUILT,
                f"billing_account/{unit.tenant_id}",
                hours=len(keys),
                first=min(hour for _, hour, _ in keys).isoformat(),
            )
        return keys


def window_of(start: datetime | None, end: datetime | None, now: datetime) -> Period:
    """The full hours compared: by default the last 35 days and the running hour.

    Raises InvalidArgument naming `end_time`.
    """
    last = now.replace(minute=0, second=0, microsecond=0) + _HOUR
    if end is not None:
        last = end.replace(minute=0, second=0, microsecond=0)
        last += _HOUR if last < end else timedelta(0)
    first = (start or last - DEFAULT_WINDOW).replace(minute=0, second=0, microsecond=0)
    if not first < last <= first + _LONGEST:
        raise InvalidArgument.field("end_time", "must be after start_time, by 400 days at most")
    return Period(first, last)


def _key(pair: HourPair) -> tuple[str, datetime, int]:
    return pair.metric, pair.hour, pair.revision


def _hour_drift(pair: HourPair, *, healed: bool) -> Drift:
    late = f", late after close {pair.revision}" if pair.revision else ""
    done = "the sum was rebuilt" if healed else "an open hour's sum can be rebuilt with --heal"
    return Drift(
        Step.LEDGER,
        Step.AGGREGATE,
        pair.metric,
        pair.ledger,
        pair.summed,
        f"{pair.ledger_events} events add up to {plain(pair.ledger)}, their sum says "
        f"{plain(pair.summed)} of "
        f"{pair.summed_events}{late}; {done}",
        window_start=pair.hour,
        healed=healed,
    )
