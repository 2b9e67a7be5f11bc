"""One decision in memory, and 33 features for 100 cameras in one call.

    python -m bench.decisions [--quick]

A decision is one feature with a quota, decided from what a server keeps of a camera. The call is
CheckEntitlements of the whole cloud server in a process of its own, without TLS: its round trip,
and beside it that of a bare echo which carries the answer's bytes both ways, one call at a time.
What the cloud takes beyond the echo is its server time.
"""

import argparse
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns

import grpc
import uvloop
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc

from bench.billing_process import add_tenant, billing_process, cloud_database
from bench.echo import echo_call
from deploy.local.rundir import RunDir
from deploy.local.testing import postgres_server
from rights.catalog.load import load_catalog
from rights.claims import SubscriptionStatus
from rights.licenses import LicenseMode
from rights.rulings import Holder, rulings
from rights.steps import Rule, Step
from rights.terms import QuotaStanding, Subscription, Terms

DECISION_US = 5.0
SERVER_MS = 5.0
CAMERAS = 100
FEATURE = "scene_summary"
NOW = datetime(2025, 5, 14, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """Medians: microseconds of a decision, milliseconds of the echo and of the call."""

    decision_us: float
    echo_ms: float
    call_ms: float
    answers: int

    @property
    def server_ms(self) -> float:
        """What the cloud takes beyond the echo."""
        return self.call_ms - self.echo_ms

    @property
    def kept(self) -> bool:
        """Whether the promises are."""
        return self.decision_us <= DECISION_US and self.server_ms <= SERVER_MS


def decision_us(rounds: int) -> float:
    """The median of single decisions, each with its look at the quota."""
    catalog = load_catalog((files("rights.catalog") / "catalog.yaml").read_text("utf-8"))
    held = Subscription("metered", "standard", None, SubscriptionStatus.ACTIVE, NOW)
    terms = Terms(catalog, {"metered": held})
    holder = Holder(LicenseMode.BASE, frozenset({"intelligence"}), "cam-1")
    ruling = rulings(terms, holder, [Step(Rule.DATES, None, "base licence")], NOW)[FEATURE]
    quota = QuotaStanding(
        "llm_token",
        Decimal(1000),
        Decimal(10),
        Decimal(0),
        Decimal(0),
        Decimal(990),
        NOW + timedelta(days=1),
    )
    spent = []
    for _ in range(rounds):
        began = perf_counter_ns()
        allowed = ruling.decide(quota).allowed
        spent.append(perf_counter_ns() - began)
        assert allowed
    return median(spent) / 1000


async def measure(rounds: int) -> DecisionFigures:
    """Times `rounds` calls to each server, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        run = RunDir(Path(folder) / "run").create()
        async with postgres_server(Path(folder), durable=True) as postgres:
            dsns = await cloud_database(postgres, run)
            tenant = await add_tenant(dsns, CAMERAS)
            async with (
                billing_process(run, dsns) as plan,
                grpc.aio.insecure_channel(plan.billing_plaintext_addr) as link,
            ):
                stub = entitlement_service_pb2_grpc.EntitlementServiceStub(link)
                metadata = (("authorization", f"Bearer {tenant.admin_key}"),)
                request = pb.CheckEntitlementsRequest(
                    camera_ids=[f"cam-{number}" for number in range(1, CAMERAS + 1)]
                )
                answer = await stub.CheckEntitlements(request, metadata=metadata)
                decided = sum(len(g.camera_ids) * len(g.entitlements) for g in answer.groups)

                async def call() -> object:
                    return await stub.CheckEntitlements(request, metadata=metadata)

                echo, cloud = await _alternate(answer.SerializeToString(), call, rounds)
    return DecisionFigures(decision_us(100_000), echo, cloud, decided)


async def _alternate(
    payload: bytes, call: Callable[[], Awaitable[object]], rounds: int
) -> tuple[float, float]:
    spent: tuple[list[float], list[float]] = ([], [])
    async with echo_call() as echo:
        for _ in range(rounds):
            for at, ask in enumerate((lambda: echo(payload), call)):
                began = perf_counter()
                await ask()
                spent[at].append((perf_counter() - began) * 1000)
    return median(spent[0]), median(spent[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status is 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.decisions")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    found = uvloop.run(measure(50 if quick else 1000))
    print(f"decision in memory     {found.decision_us:8.2f} us (promised <= {DECISION_US:.0f})")
    print(
        f"{found.answers} answers in one call {found.call_ms:5.2f} ms, echo {found.echo_ms:.2f} ms"
    )
    print(f"server time            {found.server_ms:8.2f} ms (promised <= {SERVER_MS:.0f})")
    return 0 if found.kept else 1


if __name__ == "__main__":
    sys.exit(main())
