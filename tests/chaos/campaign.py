"""Runs one after another on one world, and what happened in them."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

from tests.chaos import node_process
from tests.chaos.calls import Caller
from tests.chaos.checks import check_cloud, check_node, read_node, recorded_seq
from tests.chaos.closing import check_invoices, close_period, closing_waits
from tests.chaos.control import ControlledProcess, DiedError
from tests.chaos.customers import (
    Customer,
    device_channel,
    hold_metered,
    new_customer,
    pay_invoices,
)
from tests.chaos.effects import check_effects
from tests.chaos.finishing import Finishing
from tests.chaos.meters import Landings
from tests.chaos.node_process import NodeSettings
from tests.chaos.oracle import Oracle
from tests.chaos.patience import phase
from tests.chaos.plan import Payment, Plan
from tests.chaos.post import PostOffice
from tests.chaos.reconciled import check_reconciled
from tests.chaos.selling import BEFORE, Sale
from tests.chaos.senders import Integrator, Twin, foreign_events
from tests.chaos.world import World


@dataclass(slots=True)
class Campaign:
    """The world and what happened in it so far, by name."""

    world: World
    happened: Counter[str] = field(default_factory=Counter)

    async def run(self, seed: int) -> None:
        """One run. Raises Unequal, Stuck."""
        plan = Plan.of(seed)
        directory = self.world.root / f"run-{seed}"
        directory.mkdir()
        customer = await new_customer(self.world, seed)
        await self.world.new_disk()
        await Run(self.world, plan, customer, directory, self.happened).play()
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
    state: dict[str, object] = field(default_factory=dict)
    sale: Sale | None = None
    finishing: Finishing | None = None

    async def play(self) -> None:
        plan, world = self.plan, self.world
        random = Random(plan.seed)
        markers = self.directory / "markers"
        await self._begin(random, markers)
        integrator = Integrator(
            world.with_key(self.customer.key),
            Oracle(self.directory / "reports.jsonl"),
            random,
            foreign_events(random, plan.foreign, world.now()),
        )
        twin = Twin(device_channel(world, self.customer), world.edge_dsn, random)
        keeper = asyncio.create_task(self._keep_node(markers))
        try:
            await self._use(integrator, twin)
            await self._bill()
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            if self.node is not None:
                await self.node.end()
        await world.arm("", None)
        events = await self._check()
        self._tally(integrator, twin, markers, events)

    async def _begin(self, random: Random, markers: Path) -> None:
        """The customer holds the metered plan: bought at Stripe, or given."""
        world = self.world
        await world.arm(",".join(self.plan.cloud_faults), markers)
        world.stripe.faults.clear()
        if not self.plan.selling:
            await hold_metered(world, self.customer)
            return
        office = PostOffice(world, random, Caller(lambda: world.with_key(None)))
        self.sale = Sale(world, self.customer, office, Caller.vendor(world))
        self.finishing = Finishing(
            world, self.customer.tenant_id, self.sale, self.plan.stripe_pause
        )
        began = world.now()
        async with phase("buying", self.sale.waits):
            await self.sale.begin()
        await self._close()
        await world.advance(began + BEFORE - world.now())
        for each in self.plan.stripe_failures:
            world.stripe.faults.add(
                "POST", "/billing/meter_events", each.outcome, skip=each.skip, times=each.times
            )
            self.happened[f"stripe: {each.outcome.value}"] += 1

    async def _use(self, integrator: Integrator, twin: Twin) -> None:
        async def waits() -> str:
            left = len(integrator.events) - len(integrator.acked)
            return f"the node is at {await self._state()}; {left} reports have no answer"

        async with phase("using", waits):
            await asyncio.gather(
                integrator.run(), self._blows(integrator), self._replays(integrator, twin)
            )
            await self._settled(integrator)

    async def _bill(self) -> None:
        """The period ends, and is paid or not; whoever bought at Stripe leaves it."""
        await self._landed(everything=True)
        if self.sale is not None and self.plan.payment is not Payment.PAID:
            self.sale.refuse_card()
        await self._close()
        if self.sale is None:
            await pay_invoices(self.world, self.customer)
            return
        async with phase("paying", self.sale.waits):
            await self.sale.settle(self.plan.payment)
        async with phase("leaving", self.sale.waits):
            await self.sale.leave()

    async def _close(self) -> None:
        """The oldest open period, here and at Stripe."""
        world, tenant_id = self.world, self.customer.tenant_id
        async with phase("closing", lambda: closing_waits(world, tenant_id)):
            if self.finishing is None:
                await close_period(world, tenant_id)
            else:
                await close_period(world, tenant_id, self.finishing.ended)
        if self.finishing is not None:
            async with phase("finishing", self.finishing.waits):
                await self.finishing.compared()

    async def _check(self) -> int:
        """Whether every sum and state is as it has to be; the number of events. Raises Unequal."""
        world, customer = self.world, self.customer
        book = await read_node(world.edge_dsn)
        check_node(book, self.directory / "frames.jsonl")
        reports = self.directory / "reports.jsonl"
        events = await check_cloud(self._dsn, customer.tenant_id, book, reports)
        await check_reconciled(world, customer, book)
        if self.sale is not None and self.finishing is not None:
            under_load = any(name == "period_closed" for _, name in self.plan.blows)
            told = await Landings(world, customer.tenant_id).check(whole=not under_load)
            self.happened["meter events at Stripe"] += told
            self.happened["invoices at Stripe"] += await self.finishing.check()
            await check_effects(self.sale, self.plan.payment)
        self.happened["hours on invoices"] += await check_invoices(world, customer.tenant_id)
        return events

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
            await self._close()
        elif name == "cloud_restored":
            if self.plan.frames % 2:
                await self._settled(integrator)
                await self._landed(everything=True)
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
        """Everything was sent and acknowledged, and is there: a cloud that was restored does not
        know all that it acknowledged."""
        while True:
            await integrator.run()
            state = await self._state()
            sent = state.get("loaded") and state.get("backlog") == 0
            if sent and await recorded_seq(self._dsn, self.customer.tenant_id) == state["last_seq"]:
                return
            await asyncio.sleep(0.01)

    @property
    def _dsn(self) -> str:
        return self.world.cloud_store.dsn("chaos")

    async def _landed(self, *, everything: bool = False) -> None:
        """Stripe has what was submitted, or `everything`; what waits for its time gets it."""
        if self.sale is None:
            return
        landings = Landings(self.world, self.customer.tenant_id)
        async with phase("submitting", landings.waits):
            await landings.all(everything=everything, pause=self.plan.stripe_pause)

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
        if self.sale is not None:
            self.happened[f"customers of Stripe: {self.plan.payment.value}"] += 1
            self.happened["webhooks doubled"] += self.sale.office.duplicates
            self.happened["webhooks refused"] += self.sale.office.refused
