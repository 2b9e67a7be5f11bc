"""The whole mesh on one machine: two PostgreSQL, two Redis, Triton, billing, gateway and a node."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping

from billing.access.bootstrap import ensure_vendor_key
from deploy.local import environment
from deploy.local.databases import (
    CLOUD_ROLES,
    cloud_dsns,
    create_cloud_database,
    create_edge_database,
    edge_dsn,
)
from deploy.local.identity import ensure_identity
from deploy.local.plan import MODEL_REPOSITORY, ROOT, TRITON_ENVIRONMENT, StackPlan
from deploy.local.postgres import PostgresServer
from deploy.local.prepared import Prepared
from deploy.local.probe import grpc_serving, http_ok
from deploy.local.process import Command, end_leftovers
from deploy.local.program import Program
from deploy.local.redis import RedisServer
from deploy.local.rundir import write_private
from deploy.local.supervisor import Event, Service, Startable, Supervisor
from deploy.local.tenant import DemoTenant, TenantSetup
from deploy.local.triton import TritonPorts, TritonServer
from mesh.channel import channel
from mesh.clock import Clock
from mesh.database import Database, Role
from mesh.migrate import migrate

CLOUD_MIGRATIONS = ROOT / "billing" / "migrations"


class LocalStack:
    """Starts, supervises and stops one stack. Hold the run directory's lock around it."""

    def __init__(self, plan: StackPlan, clock: Clock, on_event: Callable[[Event], None]) -> None:
        """Makes missing keys and certificates; nothing starts before `start`."""
        run, ports = plan.run, plan.ports
        self.plan = plan
        self._clock = clock
        self._on_event = on_event
        self._tenant: DemoTenant | None = None
        self._identity = ensure_identity(run, clock)
        self._cloud = PostgresServer(
            "postgres-cloud", run, ports.postgres_cloud, run.secret("postgres-cloud")
        )
        self._node = PostgresServer(
            "postgres-edge", run, ports.postgres_edge, run.secret("postgres-edge")
        )
        self._redis = RedisServer("redis-cloud", run, ports.redis_cloud, run.secret("redis-cloud"))
        self._node_redis = RedisServer(
            "redis-edge", run, ports.redis_edge, run.secret("redis-edge")
        )
        self._triton = TritonServer(
            "triton",
            run,
            TritonPorts(ports.triton_grpc, ports.triton_http, ports.triton_metrics),
            MODEL_REPOSITORY,
            TRITON_ENVIRONMENT,
        )
        self._passwords = {role: run.secret(f"database-{role.value}") for role in CLOUD_ROLES}
        self.cloud_dsns: Mapping[Role, str] = cloud_dsns(self._cloud, self._passwords)
        self.edge_dsn = edge_dsn(self._node, run.secret("database-edge"))
        self.supervisor = Supervisor(self._services(), on_event)

    @property
    def tenant(self) -> DemoTenant:
        """The demo tenant of a started stack."""
        assert self._tenant is not None
        return self._tenant

    async def start(self) -> None:
        """Brings everything up and writes mesh.env; StartError when something cannot start."""
        plan = self.plan
        plan.run.env_file.unlink(missing_ok=True)
        await end_leftovers(plan.run)
        plan.ports.require_free()
        await self.supervisor.start()
        plan.run.write_env(
            environment.mesh_env(
                plan,
                self._identity,
                tenant=self.tenant,
                cloud_dsn=self.cloud_dsns[Role.APP],
                edge_dsn=self.edge_dsn,
                redis_url=self._redis.url(),
            )
        )

    async def stop(self) -> None:
        """Takes everything down, the programs before the stores."""
        self.plan.run.env_file.unlink(missing_ok=True)
        await self.supervisor.stop()

    def _services(self) -> list[Service]:
        billing = Prepared(self._billing(), self._prepare_cloud)
        edge = Prepared(self._edge(), self._prepare_node)
        return [
            Service(self._cloud),
            Service(self._node),
            Service(self._redis),
            Service(self._node_redis),
            Service(self._triton),
            Service(billing, ("postgres-cloud", "redis-cloud")),
            Service(self._gateway(), ("billing",)),
            Service(edge, ("billing", "postgres-edge", "redis-edge", "triton")),
        ]

    def _billing(self) -> Startable:
        plan = self.plan
        variables = environment.billing(plan, self._identity, self.cloud_dsns, self._redis.url())
        return self._program(
            "billing", variables, lambda: grpc_serving(plan.billing_plaintext_addr)
        )

    def _gateway(self) -> Startable:
        port = self.plan.ports.gateway
        variables = environment.gateway(self.plan, self._identity)
        return self._program("gateway", variables, lambda: http_ok("127.0.0.1", port, "/health"))

    def _edge(self) -> Startable:
        plan = self.plan
        variables = environment.edge(plan, self._identity, self.edge_dsn, self._node_redis.url())
        return self._program("edge", variables, lambda: grpc_serving(plan.edge_addr))

    def _program(
        self, name: str, variables: Mapping[str, str], probe: environment.Probe
    ) -> Startable:
        argv = (sys.executable, "-m", "deploy.cli", name, "serve")
        return Program(Command(name, argv, variables), self.plan.run, probe)

    async def _prepare_cloud(self) -> None:
        await create_cloud_database(self._cloud, passwords=self._passwords)
        await migrate(self.cloud_dsns[Role.OWNER], CLOUD_MIGRATIONS)
        database = await Database.open({Role.VENDOR: self.cloud_dsns[Role.VENDOR]}, pool_size=1)
        try:
            await ensure_vendor_key(database, self.plan.run.secret("vendor-api-key"))
        finally:
            await database.close()

    async def _prepare_node(self) -> None:
        run = self.plan.run
        await create_edge_database(self._node, password=run.secret("database-edge"))
        async with channel(
            self.plan.billing_plaintext_addr,
            bearer=run.secret("vendor-api-key"),
            plaintext=True,
        ) as cloud:
            setup = TenantSetup(cloud, run, self._clock)
            self._tenant = await setup.ensure(self.plan.tenant)
            await setup.ensure_client(self._tenant)
            token = await setup.enrollment_token(self._tenant)
        write_private(run.keys / "enrollment-token", token)
        digest = hashlib.sha256(self._tenant.api_key.encode()).hexdigest()
        write_private(run.keys / "edge-api-keys", digest)
