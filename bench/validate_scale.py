"""What one validation costs a tenant with 10,000 devices, against one with 100.

    python -m bench.validate_scale [--quick]

Two whole cloud servers, each in a process of its own on a database of its own, which holds one
tenant: 100 devices with a camera each, or 10,000. The same number of cameras is asked about at
both, one a call, so that every call is answered from PostgreSQL (a batch is never cached) and
neither has warmer rows. The servers take turns; the figure is the median over the rounds of the
large one's seconds a call over the small one's.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg
import grpc
import uvloop
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from bench.billing_process import add_tenant, billing_process, cloud_database
from deploy.local.postgres import PostgresServer
from deploy.local.rundir import RunDir
from deploy.local.testing import postgres_server

PROMISE = 1.25
SMALL, LARGE = 100, 10_000
LANES = 8


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one server about cameras spread over its tenant."""

    stub: rpc.LicenseServiceStub
    metadata: tuple[tuple[str, str], ...]
    cameras: Sequence[str]

    async def seconds_a_call(self, calls: int) -> float:
        """Of `calls` calls, LANES at once."""
        waiting = iter(self.cameras[n % len(self.cameras)] for n in range(calls))

        async def lane() -> None:
            for camera in waiting:
                answer = await self.stub.BatchValidateCameras(
                    pb.BatchValidateCamerasRequest(camera_ids=[camera]), metadata=self.metadata
                )
                assert answer.validations[0].validation.is_valid, camera

        began = perf_counter()
        await asyncio.gather(*(lane() for _ in range(LANES)))
        return (perf_counter() - began) / calls


async def measure(calls: int, rounds: int) -> tuple[float, float, float]:
    """Median seconds a call with 100 devices and with 10,000, and the median ratio."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = RunDir(folder / "run").create()
        postgres = await stack.enter_async_context(postgres_server(folder, durable=True))
        small, large = [
            await stack.enter_async_context(_asker(postgres, run, size)) for size in (SMALL, LARGE)
        ]
        for asker in (small, large):
            await asker.seconds_a_call(calls // 2)
        times = [
            (await small.seconds_a_call(calls), await large.seconds_a_call(calls))
            for _ in range(rounds)
        ]
    ratio = median(late / early for early, late in times)
    return median(early for early, _ in times), median(late for _, late in times), ratio


@asynccontextmanager
async def _asker(postgres: PostgresServer, run: RunDir, size: int) -> AsyncIterator[Asker]:
    dsns = await cloud_database(postgres, run, f"with_{size}")
    tenant = await add_tenant(dsns, size)
    conn = await asyncpg.connect(postgres.dsn(f"with_{size}"))
    await conn.execute("vacuum analyze")
    await conn.close()
    cameras = [f"cam-{n}" for n in range(1, size + 1, size // SMALL)]
    async with (
        billing_process(run, dsns, f"billing-{size}") as plan,
        grpc.aio.insecure_channel(plan.billing_plaintext_addr) as link,
    ):
        metadata = (("authorization", f"Bearer {tenant.admin_key}"),)
        yield Asker(rpc.LicenseServiceStub(link), metadata, cameras)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status is 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.validate_scale")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    small, large, ratio = uvloop.run(measure(200, 1) if quick else measure(1500, 9))
    print(f"validation, {SMALL:6} devices   {small * 1e6:8.0f} µs a call, {LANES} at once")
    print(f"validation, {LARGE:6} devices   {large * 1e6:8.0f} µs a call, {LANES} at once")
    print(f"ratio                         {ratio:8.2f}   (promised <= {PROMISE:.2f})")
    return 0 if quick or ratio <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
