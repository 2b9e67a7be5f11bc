"""The whole cloud server in processes of its own, and a tenant of any size in its database."""

import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from billing.access.bootstrap import ensure_vendor_key
from billing.access.keys import hash_of, new_key
from billing.config import BillingConfig
from billing.main import BillingServer
from deploy.local import environment
from deploy.local.authorities import signing_pair
from deploy.local.cameras import demo_plan
from deploy.local.databases import create_cloud_database
from deploy.local.identity import TRUST_DOMAIN, ensure_identity
from deploy.local.plan import ROOT, StackPlan
from deploy.local.ports import PortPlan, free_base
from deploy.local.postgres import PostgresServer
from deploy.local.probe import grpc_serving
from deploy.local.process import Command
from deploy.local.program import Program
from deploy.local.rundir import RunDir
from mesh.clock import Clock, SystemClock
from mesh.database import Database, Role
from mesh.faults import NoFaults
from mesh.migrate import migrate
from mesh.settings import load
from mesh.spiffe import spiffe_device
from mesh.tls import KeyPair, certificate_public_key, issue_client, jwk_thumbprint
from rights.ids import render_tenant

PORTS = 16
_PREFIX = "BRINKBYTE_"
_SUBSCRIBE = """
insert into subscriptions (tenant_id, family, plan, status, anchor, changed_at)
select $1, family, plan, 'active', coalesce($3::timestamptz, now()), now()
from (values ('vision', 'base'), ('platform', 'enterprise'), ('metered', $2)) as held (family, plan)
"""


@dataclass(frozen=True, slots=True)
class BenchTenant:
    """A tenant of a size, with a paid licence for as many cameras; camera n is `cam-n`."""

    tenant_id: UUID
    admin_key: str
    device_ids: tuple[UUID, ...]

    @property
    def name(self) -> str:
        """Its id on the wire."""
        return render_tenant(self.tenant_id)


async def cloud_database(
    postgres: PostgresServer, run: RunDir, name: str = "brinkbyte"
) -> dict[Role, str]:
    """A database at the newest migration that knows the run's vendor key; one DSN a role."""
    passwords = {role: run.secret(f"database-{role.value}") for role in Role}
    dsns = await create_cloud_database(postgres, name, passwords)
    await migrate(dsns[Role.OWNER], ROOT / "billing" / "migrations")
    database = await Database.open({Role.VENDOR: dsns[Role.VENDOR]}, pool_size=1)
    await ensure_vendor_key(database, run.secret("vendor-api-key"))
    await database.close()
    return dsns


@asynccontextmanager
async def billing_process(
    run: RunDir, dsns: Mapping[Role, str], name: str = "billing", redis_url: str = ""
) -> AsyncIterator[StackPlan]:
    """A serving replica; its plan says where."""
    plan = _plan(run)
    variables = environment.billing(plan, ensure_identity(run, SystemClock()), dsns, redis_url)
    argv = (sys.executable, "-m", "deploy.cli", "billing", "serve")
    command = Command(name, argv, variables)
    program = Program(command, run, lambda: grpc_serving(plan.billing_plaintext_addr))
    await program.start()
    try:
        yield plan
    finally:
        await program.stop()


@asynccontextmanager
async def billing_parts(
    run: RunDir, dsns: Mapping[Role, str], clock: Clock
) -> AsyncIterator[BillingServer]:
    """A replica in this process that serves nobody and does its background work when told to."""
    plan = _plan(run)
    variables = environment.billing(plan, ensure_identity(run, SystemClock()), dsns, "")
    given = {name.removeprefix(_PREFIX).lower(): value for name, value in variables.items()}
    fields = {name: value for name, value in given.items() if name in BillingConfig.model_fields}
    server = await BillingServer.build(load(BillingConfig, **fields), clock, NoFaults())
    try:
        yield server
    finally:
        await server.drain()


def _plan(run: RunDir) -> StackPlan:
    return StackPlan(run, PortPlan.from_base(free_base(PORTS)), demo_plan(), run.root / "none")


async def add_tenant(
    dsns: Mapping[Role, str], size: int, *, metered: str = "free", since: datetime | None = None
) -> BenchTenant:
    """A tenant with `size` enrolled devices, each with one validated camera. Their keys are not
    known to anyone; see `device_identities`. `metered` is its plan of that family, and `since`
    (aware; None: now) the moment from which its months are counted."""
    tenant_id, key = uuid4(), new_key()
    device_ids = tuple(uuid4() for _ in range(size))
    conn = await asyncpg.connect(dsns[Role.VENDOR])
    try:
        await conn.execute(
            "insert into tenants (tenant_id, email, company_name, created_at, updated_at) "
            "values ($1, $2, 'Acme', now(), now())",
            tenant_id,
            f"{secrets.token_hex(8)}@example.com",
        )
        await conn.execute("insert into billing_accounts (tenant_id) values ($1)", tenant_id)
        await conn.execute(
            "insert into api_keys (tenant_id, key_id, role, key_sha256, created_at) "
            "values ($1, $2, 'tenant_admin', $3, now())",
            tenant_id,
            uuid4(),
            hash_of(key),
        )
        await _fill(conn, tenant_id, device_ids)
        await conn.execute(_SUBSCRIBE, tenant_id, metered, since)
    finally:
        await conn.close()
    return BenchTenant(tenant_id, key, device_ids)


async def _fill(
    conn: "asyncpg.Connection[asyncpg.Record]", tenant_id: UUID, device_ids: tuple[UUID, ...]
) -> None:
    await conn.execute(
        "insert into licenses (tenant_id, license_mode, cameras_allowed, valid_from, "
        "valid_until, cameras_used) values ($1, 'base', $2, now(), now() + interval '1 year', $2)",
        tenant_id,
        len(device_ids),
    )
    await conn.execute(
        "insert into devices (tenant_id, device_id, hardware_id, key_thumbprint, enrolled_at) "
        "select $1, device_id, device_id::text, '', now() from unnest($2::uuid[]) as d (device_id)",
        tenant_id,
        list(device_ids),
    )
    await conn.execute(
        "insert into camera_licenses (tenant_id, camera_id, device_id, fingerprint, assigned_at, "
        "last_validated_at) select $1, 'cam-' || n, device_id, 'serial-' || n, now(), now() "
        "from unnest($2::uuid[]) with ordinality as d (device_id, n)",
        tenant_id,
        list(device_ids),
    )


async def device_identities(
    run: RunDir, dsns: Mapping[Role, str], tenant: BenchTenant
) -> list[KeyPair]:
    """A key and certificate of 24 hours for each of the tenant's devices."""
    ca = signing_pair(run.keys / "device-ca")
    clock = SystemClock()
    pairs = [
        issue_client(ca, spiffe_device(TRUST_DOMAIN, tenant.tenant_id, each), clock=clock)
        for each in tenant.device_ids
    ]
    conn = await asyncpg.connect(dsns[Role.VENDOR])
    try:
        await conn.execute(
            "update devices d set key_thumbprint = given.thumbprint "
            "from unnest($2::uuid[], $3::text[]) as given (device_id, thumbprint) "
            "where d.tenant_id = $1 and d.device_id = given.device_id",
            tenant.tenant_id,
            list(tenant.device_ids),
            [jwk_thumbprint(certificate_public_key(each.cert_pem)) for each in pairs],
        )
    finally:
        await conn.close()
    return pairs
