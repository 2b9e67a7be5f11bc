"""A cached licence validation against a bare grpc.aio echo.

    python -m bench.validate [--quick]

Both servers run in processes of their own, without TLS, on uvloop; one client sends unary calls
to each in turn, as many at once. The echo returns bytes; the validation is the whole cloud
server: API key, scopes, field rules, error map, metrics, and an answer from its cache, which is
read again from PostgreSQL each second. The figure is the ratio of the medians of calls a second.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import grpc
import uvloop
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc

from bench.billing_process import billing_process, cloud_database
from bench.echo import echo_call
from deploy.local.rundir import RunDir
from deploy.local.tenant import TenantSetup
from deploy.local.testing import postgres_server
from mesh.channel import channel
from mesh.clock import SystemClock

PROMISE = 0.5
AT_ONCE = 64
CAMERA = "cam-north"
Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class ValidateFigures:
    """Median calls a second."""

    echo: float
    validate: float

    @property
    def ratio(self) -> float:
        """Validation to echo."""
        return self.validate / self.echo


async def measure(calls: int, rounds: int) -> ValidateFigures:
    """Sends `calls` calls to each server in each round, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        async with echo_call() as send, _validation(Path(folder)) as validation:
            request = license_service_pb2.ValidateCameraRequest(camera_id=CAMERA)
            payload = request.SerializeToString()

            async def echo() -> object:
                return await send(payload)

            for call in (echo, validation):
                await _rate(call, calls // 4)
            rates = [
                (await _rate(echo, calls), await _rate(validation, calls)) for _ in range(rounds)
            ]
    return ValidateFigures(median(rate for rate, _ in rates), median(rate for _, rate in rates))


async def _rate(call: Call, calls: int) -> float:
    async def lane() -> None:
        for _ in range(calls // AT_ONCE):
            await call()

    began = perf_counter()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return calls // AT_ONCE * AT_ONCE / (perf_counter() - began)


@asynccontextmanager
async def _validation(folder: Path) -> AsyncIterator[Call]:
    run = RunDir(folder / "run").create()
    async with postgres_server(folder, durable=True) as postgres:
        dsns = await cloud_database(postgres, run)
        async with billing_process(run, dsns) as plan:
            vendor_key, clock = run.secret("vendor-api-key"), SystemClock()
            async with channel(
                plan.billing_plaintext_addr, bearer=vendor_key, plaintext=True
            ) as vendor:
                tenant = await TenantSetup(vendor, run, clock).ensure(plan.tenant)
            async with _call(plan.billing_plaintext_addr, tenant.api_key) as call:
                yield call


@asynccontextmanager
async def _call(address: str, key: str) -> AsyncIterator[Call]:
    request = license_service_pb2.ValidateCameraRequest(camera_id=CAMERA)
    metadata = (("authorization", f"Bearer {key}"),)
    async with grpc.aio.insecure_channel(address) as link:
        stub = license_service_pb2_grpc.LicenseServiceStub(link)
        answer = await stub.ValidateCamera(request, metadata=metadata)
        assert answer.is_valid, answer.message
        yield lambda: stub.ValidateCamera(request, metadata=metadata)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status is 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.validate")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    figures = uvloop.run(measure(1280, 1) if quick else measure(12_800, 5))
    print(f"bare grpc.aio echo   {figures.echo:8.0f} calls a second")
    print(f"cached validation    {figures.validate:8.0f} calls a second")
    print(f"ratio                {figures.ratio:8.2f}   (promised >= {PROMISE:.2f})")
    return 0 if figures.ratio >= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
