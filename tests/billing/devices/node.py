"""A node made of the edge's own parts: its identity, its journal and its upload."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc

import edge
from deploy.local.databases import create_edge_database
from deploy.local.postgres import PostgresServer
from edge.telemetry import store as telemetry
from edge.uplink.enrollment import Enrollment, EnrollmentSettings
from edge.uplink.identity import StateDirectory
from edge.uplink.link import CloudLink
from edge.uplink.renewal import Renewal, RenewalSettings
from edge.uplink.sync import UsageSync
from edge.usage import store
from edge.usage.budget import Budget
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.faults import NoFaults
from mesh.migrate import migrate
from tests.billing.cloud_harness import Cloud, Tenant

NOON = datetime(2026, 5, 15, 12, tzinfo=UTC)


@dataclass
class Node:
    """What stays of a node between two starts: its disk. `minute` is the next one to count."""

    cloud: Cloud
    tenant: Tenant
    database: Database
    state: StateDirectory
    hardware_id: str = field(default_factory=lambda: str(uuid4()))
    token: str | None = None
    revoked: int = 0
    _minute: int = 0
    _sync: UsageSync | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def made(
        cls, cloud: Cloud, tenant: Tenant, postgres: PostgresServer, folder: Path
    ) -> AsyncIterator[Node]:
        dsn = await create_edge_database(postgres, f"node_{uuid4().hex}", "node-tests")
        await migrate(dsn, Path(edge.__path__[0]) / "migrations")
        database = await Database.open({Role.APP: dsn}, pool_size=4)
        async with database.transaction(Role.APP) as conn:
            await store.begin_journal(conn, uuid4())
        try:
            yield cls(cloud, tenant, database, StateDirectory(folder / "state"))
        finally:
            await database.close()

    async def new_token(self) -> None:
        stub = device_service_pb2_grpc.DeviceServiceStub(self.tenant.admin)
        request = device_service_pb2.CreateEnrollmentTokenRequest()
        self.token = (await stub.CreateEnrollmentToken(request)).enrollment_token

    async def revoke(self) -> None:
        """What licensing does when the cloud retired the device."""
        self.revoked += 1

    def _grown(self) -> None:
        if self._sync is not None:
            self._sync.journalled()

    async def count(self, events: int) -> None:
        """Journals one event a minute."""
        clock = SystemClock()
        meter = Meter(
            self.database,
            telemetry.insert,
            clock=clock,
            journalled=self._grown,
            faults=NoFaults(),
            budget=Budget(2**40),
        )
        task = asyncio.create_task(meter.run())
        minutes = [NOON + timedelta(minutes=self._minute + each) for each in range(events)]
        self._minute += events
        await meter.commit([FrameResult("cam", "m", "base", 0, each, ()) for each in minutes])
        await meter.close_camera("cam")
        meter.stop()
        await task

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[CloudLink]:
        """A start: it gets its identity, renews and uploads until the end of the block."""
        ports, root_ca = self.cloud.server.ports, self.cloud.authorities.server_ca.cert_pem
        api_addr, clock = f"localhost:{ports.api}", SystemClock()
        settings = EnrollmentSettings(api_addr, root_ca, self.token, self.hardware_id, "")
        identity = await Enrollment(settings, self.state, self.database, clock).identity()
        link = CloudLink(f"localhost:{ports.mtls}", root_ca, identity)
        sync = UsageSync(self.database, link, clock=clock, faults=NoFaults(), batch=1000)
        self._sync = sync
        renewal = Renewal(
            link,
            self.state,
            self.database,
            clock,
            settings=RenewalSettings(api_addr, root_ca),
            rights=self,
            rng=Random(1),
        )
        tasks = [asyncio.create_task(sync.run()), asyncio.create_task(renewal.run())]
        try:
            yield link
        finally:
            self._sync = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await link.close()

    async def billed(self) -> int:
        """Events of the node's journals that the cloud has taken, none of them forked."""
        async with self.cloud.superuser() as connection:
            found: int = await connection.fetchval(
                "select coalesce(sum(last_seq), 0)::bigint from usage_journals "
                "where tenant_id = $1 and state = 'open'",
                self.tenant.uuid,
            )
        return found
