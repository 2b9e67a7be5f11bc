"""Runs one after another on one world, and what happened in them."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic
from uuid import uuid4

from billing.payments.meters.periods import IssuedPeriod
from tests.chaos import node_process
from tests.chaos.checks import check_cloud, check_node, read_node
from tests.chaos.closing import check_invoices, close_period
from tests.chaos.control import ControlledProcess, DiedError
from tests.chaos.node_process import NodeSettings
from tests.chaos.oracle import Oracle
from tests.chaos.plan import Plan
from tests.chaos.reconciled import check_reconciled
from tests.chaos.senders import Integrator, Twin, foreign_events
from tests.chaos.submitting import check_stripe, landed
from tests.chaos.world import Customer, World

_PATIENCE_S = 1.5
_LEASE = timedelta(minutes=4)
"""What a cloud held that died is free again after that long."""
_RUN_S = 180
"""A run takes seconds; one that hangs has failed, also where the machine is busy."""


@dataclass(slots=True)
class Campaign:
    """The world and what happened in it so far, by name."""

    world: World
    happened: Counter[str] = field(default_factory=Counter)

    async def run(self, seed: int) -> None:
        """One run. Raises Unequal, TimeoutError."""
        plan = Plan.of(seed)
        directory = self.world.root / f"run-{seed}"
        directory.mkdir()
        customer = await self.world.customer(seed)
        await self.world.new_disk()
        run = Run(self.world, plan, customer, directory, self.happened)
        async with asyncio.timeout(_RUN_S):
            await run.play()
        self.happened["runs"] += 1
        self.happened["cloud restarted"] = self.world.restarts


@dataclass(slots=True)
class Run:
    """One plan, one customer."""

    world: World
    plan: Plan
    customer: Customer
    directory: Path
    happened: Counter[str]
    node: ControlledProcess | None = None
    ending: bool = False
    state: dict[str, object] = field(default_factory=dict)
    period: IssuedPeriod | None = None

    async def play(self) -> None:
        plan, world = self.plan, self.world
        random = Random(plan.seed)
        now = world.now()
        markers = self.directory / "markers"
        await world.arm(",".join(plan.cloud_faults), markers)
        integrator = Integrator(
            world.with_key(self.customer.key),
            Oracle(self.directory / "reports.jsonl"),
            random,
            foreign_events(random, plan.foreign, now),
        )
        twin = Twin(world.device_channel(self.customer), world.edge_dsn, random)
        self.period = await self._begin_stripe()
        keeper = asyncio.create_task(self._keep_node(markers))
        try:
            await asyncio.gather(
                integrator.run(), self._blows(integrator), self._replays(integrator, twin)
            )
            await self._settled(integrator)
            await self._landed(everything=True)
            await close_period(world, self.customer.tenant_id)
        finally:
            self.ending = True
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            if self.node is not None:
                await self.node.end()
        book = await read_node(world.edge_dsn)
        check_node(book, self.directory / "frames.jsonl")
        events = await check_cloud(
            world.cloud_store.dsn("chaos"),
            self.customer.tenant_id,
            book,
            self.directory / "reports.jsonl",
        )
        await check_reconciled(world, self.customer, book)
        if self.period is not None:
            told = await check_stripe(world.cloud_store.dsn("chaos"), self.period, world.stripe)
            self.happened["meter events at Stripe"] += told
        self.happened["hours on invoices"] += await check_invoices(world, self.customer.tenant_id)
        self._tally(integrator, twin, markers, events)

    async def _keep_node(self, markers: Path) -> None:
        plan, world = self.plan, self.world
        settings = NodeSettings(
            dsn=world.edge_dsn,
            state=self.customer.state,
            cloud_addr=world.mtls_addr,
            oracle=self.directory / "frames.jsonl",
            log=self.directory / "node.log",
            journal_id=uuid4(),
            frames=plan.frames,
            taken_from=world.now() - plan.late - plan.frames * plan.step,
            step=plan.step,
            seed=plan.seed,
            offset=world.clock.offset,
            faults=",".join(plan.edge_faults),
            markers=markers,
        )
        while True:
            self.node = ControlledProcess(node_process.main, settings)
            while self.node.exitcode is None:
                await asyncio.sleep(0.02)
            self.happened["node restarted"] += 1

    async def _state(self) -> dict[str, object]:
        """The node's, as last heard."""
        if self.node is not None:
            with suppress(DiedError, RuntimeError):
                self.state = await self.node.ask("state")
        return self.state

    async def _blows(self, integrator: Integrator) -> None:
        """Strikes as planned, and returns when the node has used everything."""
        left = list(self.plan.blows)
        restore = any(name == "cloud_restored" for _, name in left)
        if restore:
            await self.world.back_up()
        while True:
            state = await self._state()
            progress = int(str(state.get("index", 0))) / self.plan.frames
            while left and left[0][0] <= progress:
                await self._strike(left.pop(0)[1], integrator)
            if state.get("loaded"):
                for _, name in left:
                    await self._strike(name, integrator)
                return
            await asyncio.sleep(0.01)

    async def _strike(self, name: str, integrator: Integrator) -> None:
        world = self.world
        if name == "node_killed":
            if self.node is not None:
                self.node.kill()
        elif name == "cloud_killed":
            await world.kill_cloud()
        elif name == "edge_store_crashed":
            await world.crash_store(world.edge_store)
        elif name == "cloud_store_crashed":
            await world.crash_store(world.cloud_store)
        elif name == "redis_killed":
            await world.lose_redis()
        elif name == "redis_flushed":
            await world.flush_redis()
        elif name == "period_closed":
            await self._landed()
            await close_period(world, self.customer.tenant_id)
        elif name == "cloud_restored":
            await world.restore()
            integrator.acked.clear()
        self.happened[name] += 1

    async def _replays(self, integrator: Integrator, twin: Twin) -> None:
        for at in range(self.plan.replays):
            while not await twin.replay(10 if at % 2 else 1):
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.02)
        await integrator.replay()

    async def _settled(self, integrator: Integrator) -> None:
        """Everything was sent and acknowledged."""
        while True:
            await integrator.run()
            state = await self._state()
            if state.get("loaded") and state.get("backlog") == 0:
                return
            await asyncio.sleep(0.01)

    async def _begin_stripe(self) -> IssuedPeriod | None:
        """The period that Stripe issues, made after the failures that its events will meet."""
        self.world.stripe.faults.clear()
        if not self.plan.with_stripe:
            await self.world.issue()
            return None
        period = await self.world.stripe_period(self.customer)
        for outcome, skip in self.plan.stripe_failures:
            self.world.stripe.faults.add("POST", "/billing/meter_events", outcome, skip=skip)
            self.happened[f"stripe: {outcome.value}"] += 1
        await self.world.issue(period)
        return period

    async def _landed(self, *, everything: bool = False) -> None:
        """Stripe has what was submitted, or `everything`; what waits for its time gets it."""
        dsn, world = self.world.cloud_store.dsn("chaos"), self.world
        patience = monotonic() + _PATIENCE_S
        while self.period is not None:
            state = await landed(dsn, self.period, world.stripe, world.clock)
            if not state or (state == "behind" and not everything):
                return
            if state == "postponed":
                await world.advance(self.plan.stripe_pause)
            elif monotonic() > patience:
                await world.advance(_LEASE)
                patience = monotonic() + _PATIENCE_S
            await asyncio.sleep(0.05)

    def _tally(self, integrator: Integrator, twin: Twin, markers: Path, events: int) -> None:
        for fired in markers.glob("*.fired"):
            self.happened[fired.stem] += 1
        self.happened["events"] += events
        self.happened["reports doubled"] += integrator.duplicates
        self.happened["reports rejected"] += integrator.rejected
        self.happened["reports retried"] += integrator.retries
        self.happened["journal events doubled by a twin"] += twin.duplicates
        self.happened["slices answered by a resync"] += twin.resyncs
        self.happened["slices sent by a twin"] += twin.slices
        self.happened["journal events doubled"] += int(str(self.state.get("duplicates", 0)))
        self.happened["late runs"] += self.plan.late.days >= 40
