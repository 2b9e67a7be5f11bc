"""Chains of a test: written, waited for, read."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from brinkbyte.audit.v1 import audit_service_pb2 as pb
from brinkbyte.audit.v1.audit_service_pb2_grpc import AuditServiceStub
from prometheus_client import CollectorRegistry

from billing.audit import store
from billing.audit.sealer import Sealer
from billing.audit.verification import Verification, verify_chain
from mesh.clock import Clock, ManualClock
from mesh.database import Database, Role
from mesh.faults import Faults, NoFaults
from mesh.ids import uuid7
from mesh.telemetry import Metrics
from rights.audit_chain import AuditRow
from tests.billing.cloud_harness import Cloud

NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)


async def open_database(dsns: Mapping[Role, str], pool_size: int = 3) -> Database:
    served = {role: dsn for role, dsn in dsns.items() if role is not Role.OWNER}
    return await Database.open(served, pool_size=pool_size)


def sealer(db: Database, clock: Clock | None = None, faults: Faults | None = None) -> Sealer:
    metrics = Metrics(CollectorRegistry())
    return Sealer(db, clock or ManualClock(NOON), metrics, faults or NoFaults())


async def write(db: Database, tenant_id: UUID, count: int, name: str = "act") -> None:
    """Rows as a unit writes them."""
    clock = ManualClock(NOON)
    rows = []
    for number in range(count):
        clock.advance(timedelta(milliseconds=1))
        rows.append(
            AuditRow(
                tenant_id,
                uuid7(clock),
                clock.now(),
                "vendor",
                "key",
                "request",
                "license.issued",
                f"license/{name}-{number}",
                {"number": str(number)},
            )
        )
    async with db.tenant(tenant_id) as conn:
        await store.add(conn, rows)


async def verify(db: Database, tenant_id: UUID) -> Verification:
    async with db.worker() as conn:
        return await verify_chain(conn, tenant_id)


async def rows(cloud: Cloud, tenant_id: UUID) -> list[dict[str, Any]]:
    """The chain's rows, oldest first."""
    async with cloud.superuser() as connection:
        found = await connection.fetch(
            "select * from audit_log where tenant_id = $1 order by recorded_at, entry_id", tenant_id
        )
    return [dict(row) | {"details": json.loads(row["details"])} for row in found]


async def sealed(channel: Any, tenant_id: str = "") -> pb.VerifyAuditChainResponse:
    """What verification says of a chain once all of it is sealed or a row of it is bad."""
    request = pb.VerifyAuditChainRequest(tenant_id=tenant_id)
    async with asyncio.timeout(60):
        while True:
            found = await AuditServiceStub(channel).VerifyAuditChain(request)
            if not found.valid or (found.rows and not found.unsealed):
                return found
            await asyncio.sleep(0.02)
