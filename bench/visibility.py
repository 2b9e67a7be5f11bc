"""From an acked event until quota status, a feature's answer and the invoice preview show it.

    python -m bench.visibility [--quick]

A whole cloud server with Redis in a process of its own. A device streams its journal by mutual TLS
in batches of one event; once that is acked, the vendor asks for the quota's status, for the
feature's amount left and for the preview, all at once and each again and again until the event is
in the answer. Seconds count from the ack. Meanwhile another device of the same tenant streams a
fifth of the events that the server was just measured to take. The pauses between the samples let
them fall on every phase of the server's background work.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as quota_pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as quota_rpc
from brinkbyte.invoice.v1 import invoice_service_pb2 as invoice_pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as invoice_rpc

from bench.billing_process import (
    BenchTenant,
    add_tenant,
    billing_process,
    cloud_database,
    device_identities,
)
from bench.ingest import GROWTH_STREAMS, Journal, Stream, our_rate, quantity_of
from bench.ingest_raw import BATCH
from bench.percentiles import percentile
from deploy.local.rundir import RunDir
from deploy.local.testing import postgres_server, redis_server
from mesh.channel import MeshChannel, channel

PROMISED_S = {"quota status": 1.0, "feature": 1.0, "preview": 2.0}
LOAD = 0.2
METRIC = "llm_token"
FEATURE = "scene_summary"
PAUSE_S = 0.07

Asks = Mapping[str, Callable[[], Awaitable[Decimal]]]


@dataclass(frozen=True, slots=True)
class VisibilityFigures:
    """Seconds from the ack by what was asked; events a second that the server takes, and that
    streamed meanwhile; how many asks did not show the event at once."""

    seen: Mapping[str, list[float]]
    capacity: float
    load: float
    asked_again: int

    def p99(self, name: str) -> float:
        """Seconds."""
        return percentile(self.seen[name], 0.99)

    @property
    def kept(self) -> bool:
        """Whether the promises are, under the load that they were promised for."""
        seen = all(self.p99(name) <= promised for name, promised in PROMISED_S.items())
        return seen and self.load >= 0.9 * LOAD * self.capacity


class Load:
    """Streams whole batches at a steady rate, as long as the server keeps up."""

    def __init__(self, link: MeshChannel, rate: float) -> None:
        """`rate` is in events a second."""
        self._stream = Stream(link, journal := Journal())
        self._journal = journal
        self._every = BATCH / rate
        self._sent = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Callable[[], float]]:
        """Until the block ends; tells the events a second that were acked so far."""
        await self._stream.open()
        began = perf_counter()
        task = asyncio.create_task(self._run(began))
        try:
            yield lambda: self._sent * BATCH / (perf_counter() - began)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, began: float) -> None:
        while True:
            await asyncio.sleep(max(0, began + self._sent * self._every - perf_counter()))
            await self._stream.send(self._journal.batches(1))
            self._sent += 1


async def measure(samples: int, capacity_events: int) -> VisibilityFigures:
    """Takes so many samples, after so many events that tell the server's capacity."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-visible-")))
        run = RunDir(folder / "run").create()
        postgres = await stack.enter_async_context(postgres_server(folder, durable=True))
        redis = await stack.enter_async_context(redis_server(folder))
        dsns = await cloud_database(postgres, run)
        tenant = await add_tenant(dsns, 2, metered="standard")
        plan = await stack.enter_async_context(billing_process(run, dsns, redis_url=redis.url()))
        ca = (run.certs / "ca.pem").read_bytes()
        probe, loaded = [
            await stack.enter_async_context(
                channel(plan.billing_addr, root_ca=ca, cert=each.cert_pem, key=each.key_pem)
            )
            for each in await device_identities(run, dsns, tenant)
        ]
        vendor = await stack.enter_async_context(
            channel(
                plan.billing_plaintext_addr, bearer=run.secret("vendor-api-key"), plaintext=True
            )
        )
        owner_dsn = postgres.dsn("brinkbyte")
        await our_rate(owner_dsn, loaded, GROWTH_STREAMS, capacity_events)
        capacity = await our_rate(owner_dsn, loaded, GROWTH_STREAMS, capacity_events)
        async with Load(loaded, LOAD * capacity).running() as load:
            seen, again = await _sampled(probe, _asks(vendor, tenant), samples)
            return VisibilityFigures(seen, capacity, load(), again)


def _asks(vendor: MeshChannel, tenant: BenchTenant) -> Asks:
    """How much of the metric each answer says is used."""
    quotas = quota_rpc.EntitlementServiceStub(vendor)
    invoices = invoice_rpc.InvoiceServiceStub(vendor)

    async def status() -> Decimal:
        asked = quota_pb.GetQuotaStatusRequest(tenant_id=tenant.name, metric=METRIC)
        return Decimal((await quotas.GetQuotaStatus(asked)).quotas[0].used)

    async def feature() -> Decimal:
        asked = quota_pb.CheckEntitlementRequest(tenant_id=tenant.name, feature=FEATURE)
        return Decimal((await quotas.CheckEntitlement(asked)).used)

    async def preview() -> Decimal:
        asked = invoice_pb.PreviewInvoiceRequest(tenant_id=tenant.name)
        lines = (await invoices.PreviewInvoice(asked)).lines
        return next((Decimal(each.quantity) for each in lines if each.name == METRIC), Decimal(0))

    return {"quota status": status, "feature": feature, "preview": preview}


async def _sampled(
    link: MeshChannel, asks: Asks, samples: int
) -> tuple[dict[str, list[float]], int]:
    journal = Journal(METRIC, batch=1)
    stream = Stream(link, journal)
    await stream.open()
    seen: dict[str, list[float]] = {name: [] for name in asks}
    expected, again = 0, 0

    async def until_seen(name: str, acked: float) -> int:
        asked = 1
        while await asks[name]() < expected:
            asked += 1
        seen[name].append(perf_counter() - acked)
        return asked - 1

    for number in range(1, samples + 1):
        await asyncio.sleep(PAUSE_S)
        await stream.send(journal.batches(1))
        acked, expected = perf_counter(), expected + quantity_of(number)
        again += sum(await asyncio.gather(*(until_seen(name, acked) for name in asks)))
    await stream.close()
    return seen, again


def report(found: VisibilityFigures) -> str:
    """The figures for people."""
    samples = len(next(iter(found.seen.values())))
    lines = [
        f"{samples} events, seconds from the ack, with {found.load:,.0f} events a second of "
        f"{found.capacity:,.0f} that the server takes"
    ]
    lines += [
        f"{name:14} p50 {median(seconds):7.3f} s   p99 {found.p99(name):7.3f} s   "
        f"(promised p99 <= {PROMISED_S[name]:.0f} s)"
        for name, seconds in found.seen.items()
    ]
    lines.append(f"answers without the event    {found.asked_again}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; 1 when a promise is not kept. A quick run promises nothing."""
    parser = argparse.ArgumentParser(prog="python -m bench.visibility")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    found = uvloop.run(measure(20, 4_000) if quick else measure(500, 96_000))
    print(report(found))
    return 0 if quick or found.kept else 1


if __name__ == "__main__":
    sys.exit(main())
