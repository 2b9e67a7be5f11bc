"""Closing a period, and previewing it, with 1,000 to 1,000,000 events in the same sums.

    python -m bench.closing [--quick]

Tenants with as many sums of a metric and hour (1,000) and 1,000, 100,000 or 1,000,000 events
behind them lie in one database. The vendor previews the running period of each in turn at a whole
cloud server in a process of its own. Then the closer of a second one, whose clock is turned to the
end of each tenant's draft, closes one period after the other; the sizes take turns. Seconds are
those of everything that a close takes, from finding what is due to the commit. PostgreSQL counts
what is read meanwhile of the partitions of events, and of the sums.
"""

import argparse
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg
import uvloop
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as rpc

from bench.billing_process import (
    BenchTenant,
    add_tenant,
    billing_parts,
    billing_process,
    cloud_database,
)
from bench.ledger import HOURS, SUMS, fill
from bench.percentiles import percentile
from billing.invoices.closer import InvoiceCloser
from billing.usage.aggregates.worker import AggregationWorker
from deploy.local.postgres import PostgresServer
from deploy.local.rundir import RunDir
from deploy.local.testing import postgres_server
from mesh.channel import channel
from mesh.clock import ManualClock, SystemClock
from mesh.database import Role
from rights.periods import period_at

PROMISED_RATIO = 1.25
PROMISED_PREVIEW_S = 2.0
DATABASE = "brinkbyte"
_DRAFT = timedelta(hours=72)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of events, how many tenants have each, and how often each of these is previewed."""

    sizes: tuple[int, ...]
    tenants: int
    previews: int


FULL = Plan((1_000, 100_000, 1_000_000), tenants=5, previews=40)
QUICK = Plan((1_000, 2_000, 4_000), tenants=1, previews=3)


@dataclass(frozen=True, slots=True)
class Filled:
    """A tenant, its number of events, and the hour (aware, UTC) in which its period begins."""

    tenant: BenchTenant
    events: int
    start: datetime


@dataclass(frozen=True, slots=True)
class Reads:
    """What PostgreSQL counted: scans and rows of the events' partitions, and of the sums."""

    event_scans: int
    event_rows: int
    sum_rows: int


@dataclass(frozen=True, slots=True)
class ClosingFigures:
    """Seconds by number of events; what was folded and how long it took; the closes' reads."""

    previews: Mapping[int, list[float]]
    closes: Mapping[int, list[float]]
    deltas: int
    folded_s: float
    reads: Reads

    @property
    def close_ratio(self) -> float:
        """The most events to the fewest, median over the rounds."""
        return _ratio(self.closes)

    @property
    def preview_ratio(self) -> float:
        """As `close_ratio`."""
        return _ratio(self.previews)

    @property
    def preview_p99(self) -> float:
        """With the most events."""
        return percentile(self.previews[max(self.previews)], 0.99)

    @property
    def sums_alone(self) -> bool:
        """Whether closing read sums, and no event."""
        return self.reads.event_scans == self.reads.event_rows == 0 < self.reads.sum_rows

    @property
    def kept(self) -> bool:
        """Whether the promises are."""
        flat = max(self.close_ratio, self.preview_ratio) <= PROMISED_RATIO
        return self.sums_alone and flat and self.preview_p99 <= PROMISED_PREVIEW_S


def _ratio(spent: Mapping[int, Sequence[float]]) -> float:
    rounds = zip(spent[max(spent)], spent[min(spent)], strict=True)
    return median(most / least for most, least in rounds)


async def measure(plan: Plan) -> ClosingFigures:
    """Fills, folds, previews and closes. Raises RuntimeError when an invoice lacks events."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-closing-")))
        run = RunDir(folder / "run").create()
        postgres = await stack.enter_async_context(postgres_server(folder, durable=True))
        dsns = await cloud_database(postgres, run, DATABASE)
        filled = await _filled(postgres, dsns, plan)
        clock = ManualClock(SystemClock().now())
        async with billing_parts(run, dsns, clock) as parts:
            closer = parts.background_of(InvoiceCloser)
            await closer.run_once()
            began = perf_counter()
            deltas = await parts.background_of(AggregationWorker).fold_once()
            folded_s = perf_counter() - began
            async with _superuser(postgres) as conn:
                await conn.execute("vacuum analyze")
            previews = await _previewed(run, dsns, filled, plan.previews)
            before = await _reads(postgres)
            closes = await _closed(closer, clock, filled)
        after = await _reads(postgres)
        await _check_whole(postgres, filled)
    return ClosingFigures(previews, closes, deltas, folded_s, _between(before, after))


async def _filled(postgres: PostgresServer, dsns: Mapping[Role, str], plan: Plan) -> list[Filled]:
    """The tenants, the sizes in turn, after one that warms the server up; the period of each begins
    an hour after the one before. Automatic vacuum is off, as it would read the events too."""
    sizes = (min(plan.sizes), *plan.sizes * plan.tenants)
    hour = SystemClock().now().replace(minute=0, second=0, microsecond=0)
    first = hour - (HOURS + len(sizes)) * _HOUR
    found = []
    async with _superuser(postgres) as conn:
        await conn.execute("alter system set autovacuum = off")
        await conn.execute("select pg_reload_conf()")
        await conn.execute("select make_usage_partitions(current_date, 3)")
        for at, events in enumerate(sizes):
            start = first + at * _HOUR
            tenant = await add_tenant(dsns, 1, metered="standard", since=start)
            await fill(conn, tenant.tenant_id, start, events)
            found.append(Filled(tenant, events, start))
    return found


async def _previewed(
    run: RunDir, dsns: Mapping[Role, str], filled: Sequence[Filled], rounds: int
) -> dict[int, list[float]]:
    spent: dict[int, list[float]] = {each.events: [] for each in filled}
    async with (
        billing_process(run, dsns) as plan,
        channel(
            plan.billing_plaintext_addr, bearer=run.secret("vendor-api-key"), plaintext=True
        ) as vendor,
    ):
        stub = rpc.InvoiceServiceStub(vendor)
        for round_ in range(rounds + 1):
            for at, each in enumerate(filled):
                began = perf_counter()
                answer = await stub.PreviewInvoice(
                    pb.PreviewInvoiceRequest(tenant_id=each.tenant.name)
                )
                if round_ and at:
                    spent[each.events].append(perf_counter() - began)
                counted = sum(line.events for line in answer.lines)
                if counted != each.events:
                    raise RuntimeError(f"the preview has {counted} of {each.events} events")
    return spent


async def _closed(
    closer: InvoiceCloser, clock: ManualClock, filled: Sequence[Filled]
) -> dict[int, list[float]]:
    spent: dict[int, list[float]] = {each.events: [] for each in filled}
    for at, each in enumerate(filled):
        clock.turn_to(period_at(each.start, each.start).end + _DRAFT)
        began = perf_counter()
        invoices = (await closer.run_once()).invoices
        seconds = perf_counter() - began
        if at:
            spent[each.events].append(seconds)
        if [one.tenant_id for one in invoices] != [each.tenant.tenant_id]:
            raise RuntimeError(f"{len(invoices)} periods were closed in place of one")
    return spent


async def _check_whole(postgres: PostgresServer, filled: Sequence[Filled]) -> None:
    async with _superuser(postgres) as conn:
        for each in filled:
            row = await conn.fetchrow(
                "select count(*) as sums, sum(events) as events from invoice_line_windows "
                "where tenant_id = $1",
                each.tenant.tenant_id,
            )
            if row is None or (row["sums"], row["events"]) != (SUMS, each.events):
                raise RuntimeError(f"an invoice lacks some of {each.events} events: {row}")


async def _reads(postgres: PostgresServer) -> Reads:
    async with _superuser(postgres) as conn:
        row = await conn.fetchrow(
            """
            select sum(scans) filter (where events)::bigint as event_scans,
                sum(rows) filter (where events)::bigint as event_rows,
                sum(rows) filter (where not events)::bigint as sum_rows
            from (
                select relname like 'usage\\_events%' as events,
                    seq_scan + coalesce(idx_scan, 0) as scans,
                    seq_tup_read + coalesce(idx_tup_fetch, 0) as rows
                from pg_stat_user_tables
                where relname like 'usage\\_events%'
                    or relname in ('usage_aggregates', 'usage_deltas')
            ) as counted
            """
        )
    assert row is not None
    return Reads(**row)


def _between(before: Reads, after: Reads) -> Reads:
    return Reads(
        after.event_scans - before.event_scans,
        after.event_rows - before.event_rows,
        after.sum_rows - before.sum_rows,
    )


@asynccontextmanager
async def _superuser(
    postgres: PostgresServer,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    conn = await asyncpg.connect(postgres.dsn(DATABASE))
    try:
        yield conn
    finally:
        await conn.close()


def report(plan: Plan, found: ClosingFigures) -> str:
    """The figures for people."""
    lines = [f"{SUMS} sums a period, medians of {plan.tenants} closes and {plan.previews} previews"]
    lines += [
        f"{events:9,} events   close {median(found.closes[events]) * 1000:7.1f} ms   "
        f"preview {median(seconds) * 1000:7.1f} ms"
        for events, seconds in found.previews.items()
    ]
    least, most = min(plan.sizes), max(plan.sizes)
    ratio = f"{most:,} events to {least:,}"
    lines += [
        f"close, {ratio:27} {found.close_ratio:8.2f}   (promised <= {PROMISED_RATIO})",
        f"preview, {ratio:25} {found.preview_ratio:8.2f}   (promised <= {PROMISED_RATIO})",
        f"preview of {most:,} events, p99 {found.preview_p99:9.3f} s "
        f"(promised <= {PROMISED_PREVIEW_S:.0f} s)",
        f"read by all closes: {found.reads.event_scans} scans, {found.reads.event_rows} rows of "
        f"events (promised 0), {found.reads.sum_rows:,} rows of sums",
        f"folding {found.deltas:,} deltas first {found.folded_s:9.2f} s",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; 1 when a promise is not kept. A quick run promises no times."""
    parser = argparse.ArgumentParser(prog="python -m bench.closing")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    plan = QUICK if quick else FULL
    found = uvloop.run(measure(plan))
    print(report(plan, found))
    return 0 if found.kept or (quick and found.sums_alone) else 1


if __name__ == "__main__":
    sys.exit(main())
