"""From a change of a licence to every one of 1,000 devices that hold a stream.

    python -m bench.revocation [--quick]

Two whole cloud servers in processes of their own, on one PostgreSQL and one Redis; half of the
devices connect to each by mutual TLS. The vendor suspends and resumes the licence in turn at one
of them (a revocation takes the same way, but can be made only once); a device has heard when its
stream delivers the epoch that the call made. Then the link to Redis is black-holed (connections
stay open, nothing arrives) and the same is done again. Seconds count from before the call.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import grpc
import uvloop
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as heartbeat
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as heartbeat_rpc
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from bench.billing_process import (
    BenchTenant,
    add_tenant,
    billing_process,
    cloud_database,
    device_identities,
)
from deploy.local.proxy import Target, TcpProxy
from deploy.local.rundir import RunDir
from deploy.local.testing import postgres_server, redis_server
from mesh.channel import channel
from mesh.limits import ChannelLimits
from mesh.tls import KeyPair

PROMISED_S = 1.0
PROMISED_BLACKHOLED_S = 2.0
AT_ONCE = 50
_HELLO = heartbeat.Hello(status=heartbeat.DeviceStatus(software_version="bench"))
_PATIENT = ChannelLimits(min_reconnect_s=20, max_reconnect_s=20)
PAUSE_S = 0.37
"""Between changes, so that they fall on every phase of the replicas' polling."""


@dataclass(slots=True)
class Listeners:
    """The devices' streams and when each heard of an epoch (seconds of perf_counter)."""

    expected: int
    heard: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def open(self, address: str, ca: bytes, identity: KeyPair) -> asyncio.Task[None]:
        """Connects a device; returns the task that listens."""
        link = channel(
            address, root_ca=ca, cert=identity.cert_pem, key=identity.key_pem, limits=_PATIENT
        )
        call: Any = heartbeat_rpc.HeartbeatServiceStub(link).Connect(wait_for_ready=True)
        await call.write(heartbeat.ConnectRequest(sequence=1, hello=_HELLO))
        welcome = await call.read()
        assert welcome.WhichOneof("message") == "welcome", welcome
        return asyncio.create_task(self._listen(link, call))

    async def _listen(self, link: grpc.aio.Channel, call: Any) -> None:
        try:
            while (message := await call.read()) is not grpc.aio.EOF:
                if message.WhichOneof("message") == "rights_changed":
                    times = self.heard[message.rights_changed.epoch.number]
                    times.append(perf_counter())
                    if len(times) == self.expected:
                        async with self.arrived:
                            self.arrived.notify_all()
        finally:
            await link.close()

    async def all_heard(self, epoch: int) -> list[float]:
        """When each device heard of the epoch. Raises RuntimeError when one has not after 30 s."""
        try:
            async with asyncio.timeout(30), self.arrived:
                await self.arrived.wait_for(lambda: len(self.heard[epoch]) >= self.expected)
        except TimeoutError:
            heard = len(self.heard[epoch])
            raise RuntimeError(f"{heard} of {self.expected} devices heard of a change") from None
        return self.heard[epoch]


async def measure(devices: int, changes: int) -> dict[str, list[float]]:
    """Seconds by device and change: `redis`, and `blackholed`."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = RunDir(folder / "run").create()
        postgres = await stack.enter_async_context(postgres_server(folder, durable=True))
        redis = await stack.enter_async_context(redis_server(folder))
        proxy = TcpProxy(0, Target(redis.host, redis.port))
        await proxy.start()
        stack.push_async_callback(proxy.stop)
        url = redis.url().replace(f":{redis.port}/", f":{proxy.port}/")
        dsns = await cloud_database(postgres, run)
        tenant = await add_tenant(dsns, devices)
        plans = [
            await stack.enter_async_context(billing_process(run, dsns, f"billing-{n}", url))
            for n in (1, 2)
        ]
        identities = await device_identities(run, dsns, tenant)
        addresses = [plan.billing_addr for plan in plans]
        ca = (run.certs / "ca.pem").read_bytes()
        listeners = await stack.enter_async_context(_connected(addresses, ca, identities))
        vendor = channel(
            plans[0].billing_plaintext_addr, bearer=run.secret("vendor-api-key"), plaintext=True
        )
        stub = rpc.LicenseServiceStub(await stack.enter_async_context(vendor))
        await _changes(stub, tenant, listeners, 2)
        found = {"redis": await _changes(stub, tenant, listeners, changes)}
        await proxy.blackhole()
        found["blackholed"] = await _changes(stub, tenant, listeners, changes)
    return found


@asynccontextmanager
async def _connected(
    addresses: Sequence[str], ca: bytes, identities: Sequence[KeyPair]
) -> AsyncIterator[Listeners]:
    listeners = Listeners(len(identities))
    tasks: list[asyncio.Task[None]] = []
    try:
        for first in range(0, len(identities), AT_ONCE):
            group = enumerate(identities[first : first + AT_ONCE])
            tasks += await asyncio.gather(
                *(listeners.open(addresses[n % len(addresses)], ca, each) for n, each in group)
            )
        yield listeners
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _changes(
    stub: rpc.LicenseServiceStub, tenant: BenchTenant, listeners: Listeners, count: int
) -> list[float]:
    seconds: list[float] = []
    for number in range(count):
        began = perf_counter()
        if number % 2 == 0:
            request = pb.SuspendLicenseRequest(tenant_id=tenant.name)
            epoch = (await stub.SuspendLicense(request)).epoch
        else:
            epoch = (await stub.ResumeLicense(pb.ResumeLicenseRequest(tenant_id=tenant.name))).epoch
        seconds += [at - began for at in await listeners.all_heard(epoch.number)]
        await asyncio.sleep(PAUSE_S)
    return seconds


def percentile(seconds: Sequence[float], share: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status is 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.revocation")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    devices, changes = (20, 2) if quick else (1000, 10)
    found = uvloop.run(measure(devices, changes))
    kept = True
    print(f"{changes} changes, {devices} devices at two replicas; seconds from the call")
    for name, promised in (("redis", PROMISED_S), ("blackholed", PROMISED_BLACKHOLED_S)):
        p50, p99 = percentile(found[name], 0.5), percentile(found[name], 0.99)
        kept = kept and p99 <= promised
        print(f"{name:12} p50 {p50:6.3f} s   p99 {p99:6.3f} s   (promised p99 <= {promised:.0f} s)")
    return 0 if quick or kept else 1


if __name__ == "__main__":
    sys.exit(main())
