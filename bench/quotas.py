"""Reserve and commit for one hot tenant on one replica, over gRPC.

    python -m bench.quotas [--quick]

The cloud and a bare echo run in processes of their own, without TLS, on uvloop; one client sends
calls to each in turn, as many at once. A call carries ten operations: ten reservations of one
metric with a hard cap, or the ten commits of these, each of which records a usage event. The
echo returns the bytes of the same requests. The figure is pairs a second, and beside it their
ratio to the pairs that the echo carries.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

import grpc
import uvloop
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import (
    entitlement_service_pb2_grpc,
    override_service_pb2,
    override_service_pb2_grpc,
)

from bench.billing_process import billing_process, cloud_database
from bench.echo import echo_call
from deploy.local.rundir import RunDir
from deploy.local.tenant import TenantSetup
from deploy.local.testing import postgres_server
from mesh.channel import channel
from mesh.clock import SystemClock

PROMISE = 3_000
AT_ONCE = 64
PAIRS_A_CALL = 10
METRIC = "llm_token"
CAP = "999999999"

Send = Callable[[pb.ApplyQuotaOperationsRequest], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class QuotaFigures:
    """Median pairs a second; `used` of the quota is what was committed."""

    echo: float
    pairs: float
    sent: int
    used: str

    @property
    def ratio(self) -> float:
        """The cloud to the echo."""
        return self.pairs / self.echo

    @property
    def exact(self) -> bool:
        """Whether every pair is in the balance once."""
        return self.used == str(self.sent)


async def measure(pairs: int, rounds: int) -> QuotaFigures:
    """Sends `pairs` pairs to each server in each round, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        async with echo_call() as answer, _cloud(Path(folder)) as (cloud, used):

            async def echo(request: pb.ApplyQuotaOperationsRequest) -> object:
                return await answer(request.SerializeToString())

            sent = 0
            for send in (echo, cloud):
                await _rate(send, pairs // 4)
            sent += _rounded(pairs // 4)
            rates = []
            for _ in range(rounds):
                rates.append((await _rate(echo, pairs), await _rate(cloud, pairs)))
                sent += _rounded(pairs)
            return QuotaFigures(
                median(rate for rate, _ in rates),
                median(rate for _, rate in rates),
                sent,
                await used(),
            )


async def _rate(send: Send, pairs: int) -> float:
    async def lane() -> None:
        for _ in range(pairs // (AT_ONCE * PAIRS_A_CALL)):
            ids = [uuid4().hex for _ in range(PAIRS_A_CALL)]
            await send(_request(_reserve(each) for each in ids))
            await send(_request(_commit(each) for each in ids))

    began = perf_counter()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return _rounded(pairs) / (perf_counter() - began)


def _rounded(pairs: int) -> int:
    return pairs // (AT_ONCE * PAIRS_A_CALL) * AT_ONCE * PAIRS_A_CALL


def _request(operations: Iterable[pb.QuotaOperation]) -> pb.ApplyQuotaOperationsRequest:
    return pb.ApplyQuotaOperationsRequest(operations=operations)


def _reserve(operation_id: str) -> pb.QuotaOperation:
    return pb.QuotaOperation(reserve=pb.Reservation(operation_id=operation_id, metric=METRIC))


def _commit(operation_id: str) -> pb.QuotaOperation:
    return pb.QuotaOperation(commit=pb.Commitment(operation_id=operation_id, resource_id="chat"))


@asynccontextmanager
async def _cloud(
    folder: Path,
) -> AsyncIterator[tuple[Send, Callable[[], Awaitable[str]]]]:
    """How to send to the cloud, and how to ask for what is used."""
    run = RunDir(folder / "run").create()
    async with postgres_server(folder, durable=True) as postgres:
        dsns = await cloud_database(postgres, run)
        async with billing_process(run, dsns) as plan:
            address, vendor_key = plan.billing_plaintext_addr, run.secret("vendor-api-key")
            async with channel(address, bearer=vendor_key, plaintext=True) as vendor:
                tenant = await TenantSetup(vendor, run, SystemClock()).ensure(plan.tenant)
                await override_service_pb2_grpc.OverrideServiceStub(vendor).SetOverride(
                    override_service_pb2.SetOverrideRequest(
                        tenant_id=tenant.tenant_id,
                        quota=override_service_pb2.QuotaOverride(metric=METRIC, included=CAP),
                        reason="measured",
                    )
                )
            metadata = (("authorization", f"Bearer {tenant.api_key}"),)
            async with grpc.aio.insecure_channel(address) as link:
                stub = entitlement_service_pb2_grpc.EntitlementServiceStub(link)

                async def send(request: pb.ApplyQuotaOperationsRequest) -> None:
                    answer = await stub.ApplyQuotaOperations(request, metadata=metadata)
                    assert all(each.done for each in answer.results), answer.results[0].message

                async def used() -> str:
                    asked = pb.GetQuotaStatusRequest(metric=METRIC)
                    answer = await stub.GetQuotaStatus(asked, metadata=metadata)
                    return answer.quotas[0].used

                yield send, used


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status is 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.quotas")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    figures = uvloop.run(measure(2_560, 1) if quick else measure(12_800, 5))
    print(f"bare grpc.aio echo   {figures.echo:8.0f} pairs a second")
    print(f"reserve and commit   {figures.pairs:8.0f} pairs a second (promised >= {PROMISE})")
    print(f"ratio                {figures.ratio:8.2f}")
    print(f"sum                  {figures.used:>8} used of {figures.sent} committed")
    return 0 if figures.pairs >= PROMISE and figures.exact else 1


if __name__ == "__main__":
    sys.exit(main())
