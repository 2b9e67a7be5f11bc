"""The usage service alone on a real PostgreSQL, with the identities that call it.

It is what the whole cloud server does with usage: mutual TLS, the mesh's interceptor, real
device certificates and API keys, row-level security.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import psutil
import uvloop
from prometheus_client import CollectorRegistry

from billing.access.authenticator import BillingAuthenticator
from billing.access.keys import hash_of, new_key
from billing.audit.tallies import TallyLog
from billing.catalog.live import Catalogs
from billing.fleet.hub import FleetHub
from billing.keys.ring import KeyRing
from billing.notifications.service import NotificationsService
from billing.subscriptions.terms import TermsReader
from billing.tenants.resolver import TenantResolver
from billing.unit import Units
from billing.usage.aggregates.worker import AggregationWorker, UsageUpkeep
from billing.usage.service import UsageService
from billing.usage.serving import usage_bindings
from billing.watch import RightsWatch
from deploy.local.databases import create_cloud_database
from deploy.local.postgres import PostgresServer
from mesh.cache import MemoryCache
from mesh.certificate import authority_key_id
from mesh.channel import MeshChannel, channel
from mesh.clock import Clock, SystemClock
from mesh.database import Database, Role
from mesh.faults import Faults, NoFaults, load_faults
from mesh.interceptor import MeshInterceptor
from mesh.migrate import migrate
from mesh.server import MeshServer, TlsMaterial
from mesh.spiffe import spiffe_device
from mesh.telemetry import Metrics
from mesh.tls import (
    KeyPair,
    certificate_public_key,
    create_ca,
    issue_client,
    issue_server,
    jwk_thumbprint,
)
from mesh.wakeup import Wakeups

TRUST_DOMAIN = "usage.test"
SERVICE = "brinkbyte.usage.v1.UsageService"


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device and its certificate."""

    tenant_id: UUID
    device_id: UUID
    identity: KeyPair


@dataclass(slots=True)
class UsageServer:
    """The server, in this process. `worker` and `upkeep` do not run by themselves."""

    db: Database
    server: MeshServer
    worker: AggregationWorker
    upkeep: UsageUpkeep
    registry: CollectorRegistry
    mtls_port: int
    plaintext_port: int


@asynccontextmanager
async def usage_server(
    dsns: Mapping[Role, str],
    ca: KeyPair,
    clock: Clock,
    faults: Faults | None = None,
    *,
    pool_size: int = 10,
) -> AsyncIterator[UsageServer]:
    """A running server on free ports of 127.0.0.1."""
    db = await Database.open(
        {role: dsn for role, dsn in dsns.items() if role is not Role.OWNER}, pool_size=pool_size
    )
    metrics = Metrics(CollectorRegistry())
    tenants = TenantResolver(db, MemoryCache(10_000, timedelta(minutes=1), clock))
    wakeups = Wakeups(None)
    catalogs = await Catalogs.open(db, clock, wakeups)
    units = Units(db, tenants, clock, wakeups, TallyLog(db, clock))
    ring = KeyRing(db, Path(), clock, wakeups)
    hub = FleetHub(db, wakeups, RightsWatch(wakeups), ring, clock, revocation_lists=_no_list)
    bindings = usage_bindings(
        units,
        UsageService(catalogs),
        catalogs,
        TermsReader(catalogs),
        hub,
        notifications=NotificationsService(clock, {}),
        faults=faults or NoFaults(),
        metrics=metrics,
    )
    authenticator = BillingAuthenticator(
        db, lambda key_id: key_id == authority_key_id(ca.cert_pem), TRUST_DOMAIN, clock
    )
    server = MeshServer(bindings, MeshInterceptor(authenticator, clock, metrics))
    own = issue_server(ca, clock=SystemClock())
    mtls = server.add_mtls(
        "127.0.0.1:0", lambda: TlsMaterial(own.cert_pem, own.key_pem, ca.cert_pem)
    )
    plaintext = server.add_plaintext("127.0.0.1:0")
    await server.start()
    worker = AggregationWorker(db, metrics)
    upkeep = UsageUpkeep(db, clock)
    try:
        yield UsageServer(db, server, worker, upkeep, metrics.registry, mtls, plaintext)
    finally:
        await server.drain(0)
        await db.close()


async def _no_list(_: UUID) -> str:
    return ""


async def migrated_database(server: PostgresServer, name: str) -> dict[Role, str]:
    """A cloud database of that name at the newest migration; one DSN a role."""
    dsns = await create_cloud_database(server, name, dict.fromkeys(Role, "usage"))
    await migrate(dsns[Role.OWNER], files("billing") / "migrations")
    return dsns


def new_authority() -> KeyPair:
    """An authority for servers and devices."""
    return create_ca("usage", SystemClock())


async def add_tenant(dsns: Mapping[Role, str]) -> UUID:
    """A tenant without licence."""
    tenant_id = uuid4()
    conn = await asyncpg.connect(dsns[Role.VENDOR])
    try:
        await conn.execute(
            "insert into tenants (tenant_id, email, company_name, created_at, updated_at) "
            "values ($1, $2, 'Acme', now(), now())",
            tenant_id,
            f"{secrets.token_hex(8)}@example.com",
        )
        await conn.execute("insert into billing_accounts (tenant_id) values ($1)", tenant_id)
    finally:
        await conn.close()
    return tenant_id


async def add_key(dsns: Mapping[Role, str], tenant_id: UUID, role: str = "tenant_admin") -> str:
    """An API key of the tenant."""
    key = new_key()
    conn = await asyncpg.connect(dsns[Role.VENDOR])
    try:
        await conn.execute(
            "insert into api_keys (tenant_id, key_id, role, key_sha256, created_at) "
            "values ($1, $2, $3, $4, now())",
            tenant_id,
            uuid4(),
            role,
            hash_of(key),
        )
    finally:
        await conn.close()
    return key


async def add_device(dsns: Mapping[Role, str], ca: KeyPair, tenant_id: UUID) -> Device:
    """An enrolled device with a certificate of 24 hours."""
    device_id = uuid4()
    identity = issue_client(
        ca, spiffe_device(TRUST_DOMAIN, tenant_id, device_id), clock=SystemClock()
    )
    conn = await asyncpg.connect(dsns[Role.VENDOR])
    try:
        await conn.execute(
            "insert into devices (tenant_id, device_id, hardware_id, key_thumbprint, enrolled_at) "
            "values ($1, $2, $3, $4, now())",
            tenant_id,
            device_id,
            str(device_id),
            jwk_thumbprint(certificate_public_key(identity.cert_pem)),
        )
    finally:
        await conn.close()
    return Device(tenant_id, device_id, identity)


def device_channel(port: int, ca: KeyPair, device: Device) -> MeshChannel:
    """A channel with the device's certificate."""
    return channel(
        f"127.0.0.1:{port}",
        root_ca=ca.cert_pem,
        cert=device.identity.cert_pem,
        key=device.identity.key_pem,
    )


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A usage server in a process of its own; `ended` waits for its exit status."""

    pid: int
    mtls_port: int
    ended: Callable[[], Awaitable[int]]


@asynccontextmanager
async def serving(
    dsns: Mapping[Role, str], ca: KeyPair, environ: Mapping[str, str] | None = None
) -> AsyncIterator[ServerProcess]:
    """Runs `serve` in a process of its own, with `environ` added to its environment."""
    settings = {
        "dsns": {role.value: dsn for role, dsn in dsns.items()},
        "cert": ca.cert_pem.decode(),
        "key": ca.key_pem.decode(),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.usage_cloud"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **(environ or {})},
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(settings).encode() + b"\n")
        port = int(await process.stdout.readline())
        yield ServerProcess(process.pid, port, process.wait)
    finally:
        process.stdin.close()
        await process.wait()


async def serve() -> None:
    """Serves until standard input ends; settings come as its first line, faults by variable."""
    settings = json.loads(await asyncio.to_thread(sys.stdin.readline))
    dsns = {Role(role): dsn for role, dsn in settings["dsns"].items()}
    ca = KeyPair(settings["cert"].encode(), settings["key"].encode())
    async with usage_server(dsns, ca, SystemClock(), load_faults(os.environ)) as server:
        await server.upkeep.run_once()
        folding = asyncio.create_task(server.worker.run())
        print(server.mtls_port, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        folding.cancel()


def resident_mib(pid: int) -> float:
    """Resident memory of a process, MiB."""
    return float(psutil.Process(pid).memory_info().rss) / 2**20


if __name__ == "__main__":
    uvloop.run(serve())
