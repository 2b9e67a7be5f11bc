"""The stores and programs of a campaign: what can be killed, flushed, backed up and restored."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import ClassVar

import asyncpg
from brinkbyte.payment.v1 import stripe_service_pb2, stripe_service_pb2_grpc
from redis.asyncio import Redis

import edge
from billing.access.bootstrap import ensure_vendor_key
from billing.config import BillingConfig
from billing.main import migrations
from deploy.local.account import server_account
from deploy.local.databases import create_cloud_database, create_edge_database
from deploy.local.outside import reachable_directory
from deploy.local.ports import free_base
from deploy.local.postgres import PostgresServer
from deploy.local.redis import RedisServer
from deploy.local.testing import postgres_server, redis_server
from mesh.channel import MeshChannel, channel
from mesh.database import Database, Role
from mesh.migrate import migrate
from rights.dunning import Ladder
from tests.billing.cloud_harness import Authorities
from tests.chaos import cloud_process
from tests.chaos.cloud_process import CloudSettings
from tests.chaos.control import ControlledProcess, DiedError, ShiftedClock
from tests.chaos.rest import do_at_rest
from tests.stripe_simulator.server import WEBHOOK_SECRET, Simulator, running_simulator

_HOUR = timedelta(hours=1)
_LEASE = timedelta(minutes=4)
"""What a cloud that died was sending is sent again after that long."""
_PATIENCE_S = 1.5
_VENDOR_KEY = "chaos-vendor-key-of-one-campaign"
LADDER = Ladder(timedelta(days=5), timedelta(days=4), timedelta(days=4))
"""Of late payments, counted from the end of their period."""


@dataclass(slots=True)
class World:
    """A cloud with its PostgreSQL and Redis, and the PostgreSQL of a node."""

    root: Path
    authorities: Authorities
    cloud_store: PostgresServer
    edge_store: PostgresServer
    redis: RedisServer
    dsns: Mapping[Role, str]
    edge_dsn: str
    config: BillingConfig
    clock: ShiftedClock
    stripe: Simulator
    restarts: int = 0
    faults: tuple[str, Path | None] = ("", None)
    cloud: ControlledProcess | None = None
    _keeper: "asyncio.Task[None] | None" = None
    _allowed: asyncio.Event = field(default_factory=asyncio.Event)
    _channels: list[MeshChannel] = field(default_factory=list)

    LOOK_BACK: ClassVar[timedelta] = timedelta(days=200)
    """No use of a run is older."""

    def now(self) -> datetime:
        """The cloud's time."""
        return self.clock.now()

    def vendor(self) -> MeshChannel:
        """A channel with the vendor's key."""
        return self.with_key(_VENDOR_KEY)

    @property
    def mtls_addr(self) -> str:
        return self.config.billing_addr

    @property
    def plaintext_addr(self) -> str:
        assert self.config.billing_plaintext_addr is not None
        return self.config.billing_plaintext_addr

    def with_key(self, key: str | None) -> MeshChannel:
        """A channel with an API key, or as Stripe calls: without one."""
        return self.keep(channel(self.plaintext_addr, bearer=key, plaintext=True))

    def keep(self, made: MeshChannel) -> MeshChannel:
        """Closes a channel at the end."""
        self._channels.append(made)
        return made

    async def start(self) -> None:
        """Runs the cloud, and again whenever it died, until `stop`."""
        self._allowed.set()
        self._keeper = asyncio.create_task(self._keep())
        await self.serving()

    async def stop(self) -> None:
        for each in self._channels:
            await each.close()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self.cloud is not None:
            await self.cloud.end()

    async def serving(self) -> ControlledProcess:
        """Waits until the cloud answers."""
        async with asyncio.timeout(180):
            while True:
                if (cloud := self.cloud) is not None:
                    with suppress(DiedError):
                        await cloud.ask("ping")
                        return cloud
                await asyncio.sleep(0.01)

    async def advance(self, step: timedelta) -> None:
        """Lets time pass in the cloud and at Stripe, where what is due happens. Hours pass
        at rest only."""
        if step < _HOUR:
            await self._pass(step)
            return
        patience = monotonic() + _PATIENCE_S
        dsn = self.cloud_store.dsn("chaos")
        while not await do_at_rest(dsn, self.now, partial(self._pass, step)):
            if monotonic() > patience:
                await self._pass(_LEASE)
                patience = monotonic() + _PATIENCE_S
            await asyncio.sleep(0.05)

    async def _pass(self, step: timedelta) -> None:
        self.clock.offset += step
        self.stripe.settle()
        await self._tell("offset", self.clock.offset)

    async def work(self, name: str) -> bool:
        """The cloud does now what is due of background work: `close` periods, `charge` items,
        `finish` Stripe's invoices, or `dun`. False when it died of it."""
        try:
            await (await self.serving()).ask(name)
        except DiedError:
            return False
        return True

    async def arm(self, faults: str, markers: Path | None) -> None:
        """Arms faults in the running cloud and in those that follow it."""
        self.faults = (faults, markers)
        await self._tell("arm", self.faults)

    async def _tell(self, name: str, value: object) -> None:
        while True:
            with suppress(DiedError):
                await (await self.serving()).ask(name, value)
                return

    async def kill_cloud(self) -> None:
        """SIGKILL; the cloud comes back by itself."""
        if self.cloud is not None:
            self.cloud.kill()

    async def crash_store(self, store: PostgresServer) -> None:
        """PostgreSQL ends as by a power cut, and is started again."""
        await store.stop("immediate")
        await store.start()

    async def lose_redis(self) -> None:
        """Redis dies and comes back empty."""
        assert self.redis.child is not None
        await self.redis.child.stop(0.0, 9)
        await self.redis.start()

    async def flush_redis(self) -> None:
        """Redis forgets everything."""
        async with Redis.from_url(self.redis.url()) as client:
            await client.flushall()

    async def back_up(self) -> None:
        """Copies the cloud's database while it is stopped."""
        await self.cloud_store.stop()
        await asyncio.to_thread(self._copy)
        await self.cloud_store.start()

    def _copy(self) -> None:
        shutil.rmtree(self._backup, ignore_errors=True)
        subprocess.run(["/bin/cp", "-a", self._data, self._backup], check=True)

    async def restore(self) -> None:
        """Puts the copy in the database's place, as docs/operations.md says."""
        self._allowed.clear()
        if self.cloud is not None:
            await self.cloud.end()
        await self.cloud_store.stop("immediate")
        await asyncio.to_thread(self._put_back)
        await self.cloud_store.start()
        conn = await asyncpg.connect(self.cloud_store.dsn("chaos"))
        await conn.execute(
            "update cloud set incarnation = gen_random_uuid(), trust_epoch = trust_epoch + 1000"
        )
        await conn.close()
        self._allowed.set()
        await self.serving()

    def _put_back(self) -> None:
        shutil.rmtree(self._data)
        self._backup.rename(self._data)

    @property
    def _data(self) -> Path:
        return reachable_directory(
            self.cloud_store.run.data / self.cloud_store.name, server_account()
        )

    @property
    def _backup(self) -> Path:
        return self._data.with_name("backup")

    async def new_disk(self) -> None:
        """Empties the node's database."""
        conn = await asyncpg.connect(self.edge_store.dsn("chaos_edge"))
        await conn.execute(
            "truncate usage_events, usage_ids, telemetry_events, billing_sync_status"
        )
        await conn.close()

    async def _keep(self) -> None:
        while True:
            await self._allowed.wait()
            text, markers = self.faults
            settings = CloudSettings(
                config=self.config,
                log=self.root / "cloud.log",
                offset=self.clock.offset,
                faults=text,
                markers=markers,
            )
            self.cloud = ControlledProcess(cloud_process.main, settings)
            while self.cloud.exitcode is None:
                await asyncio.sleep(0.02)
            self.restarts += 1


@asynccontextmanager
async def new_world(root: Path) -> AsyncIterator[World]:
    """A world on free ports; all of it ends with the block."""
    async with AsyncExitStack() as stack:
        cloud_store = await stack.enter_async_context(
            postgres_server(root, durable=True, name="cloud")
        )
        edge_store = await stack.enter_async_context(
            postgres_server(root, durable=True, name="edge")
        )
        redis = await stack.enter_async_context(redis_server(root))
        dsns = await create_cloud_database(cloud_store, "chaos")
        await migrate(dsns[Role.OWNER], migrations())
        database = await Database.open({Role.VENDOR: dsns[Role.VENDOR]}, pool_size=1)
        await ensure_vendor_key(database, _VENDOR_KEY)
        await database.close()
        edge_dsn = await create_edge_database(edge_store, "chaos_edge")
        await migrate(edge_dsn, Path(edge.__path__[0]) / "migrations")
        clock = ShiftedClock()
        stripe = await stack.enter_async_context(running_simulator(clock))
        authorities, base = Authorities.make(root / "authorities"), free_base(4)
        config = authorities.config(
            dsns,
            billing_addr=f"127.0.0.1:{base}",
            billing_api_addr=f"127.0.0.1:{base + 1}",
            billing_plaintext_addr=f"127.0.0.1:{base + 2}",
            redis_url=redis.url(),
            stripe_secret_key=stripe.settings.secret_key,
            stripe_api_url=stripe.settings.api_url,
            stripe_webhook_secrets=WEBHOOK_SECRET,
            stripe_submit_seconds=0.4,
            stripe_settle_seconds=0,
            dunning_past_due_days=LADDER.past_due.days,
            dunning_grace_days=LADDER.grace.days,
            dunning_suspend_days=LADDER.suspended.days,
            aggregation_seconds=0.3,
        )
        world = World(
            root,
            authorities,
            cloud_store,
            edge_store,
            redis,
            dsns,
            edge_dsn,
            config,
            clock,
            stripe,
        )
        stack.push_async_callback(world.stop)
        await world.start()
        await _offered(world)
        yield world


async def _offered(world: World) -> None:
    """Waits until Stripe has everything that is sold."""
    stub = stripe_service_pb2_grpc.StripeServiceStub(world.vendor())
    async with asyncio.timeout(120):
        while True:
            found = await stub.GetStripeObjects(
                stripe_service_pb2.GetStripeObjectsRequest(), wait_for_ready=True
            )
            if found.objects and not any(each.to_do for each in found.objects):
                return
            await asyncio.sleep(0.05)
