"""A slice of a quota is spent to its last unit without a network, and never twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from edge.entitlements.keeper import LeaseKeeper
from edge.entitlements.lease import Lease, LeaseAnswer, QuotaWord, Settlement
from edge.entitlements.wallet import Wallet
from edge.licensing.clock import ForwardClock
from edge.usage.counts import FrameResult
from edge.usage.meter import Meter
from edge.usage.uses import Use
from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.errors import NotFound, QuotaExhausted, Unavailable
from rights.catalog.model import WhenUnknown
from rights.claims import Epoch
from rights.quantity import UNITS_PER_ONE
from rights.steps import Refusal

FRAMES = "inference_frame"
Running = Callable[..., AbstractAsyncContextManager[Meter]]


@dataclass
class Lender:
    """The cloud: lends out of a pool, by whole units."""

    clock: ManualClock
    pool: int = 5
    away: bool = False
    limited: bool = True
    lasts: timedelta = timedelta(hours=1)
    lease: Lease | None = None
    recorded: bool = True
    settled: list[Settlement] = field(default_factory=list)
    returned: list[Settlement] = field(default_factory=list)

    async def acquire(
        self, metric: str, journal_id: UUID, wanted: int | None, settlement: Settlement | None
    ) -> LeaseAnswer:
        now = self.clock.now()
        if self.away:
            raise Unavailable("cloud")
        if settlement is not None:
            self.settled.append(settlement)
        word = QuotaWord(metric, self.limited, "5", "0", now + timedelta(days=1), now)
        if not self.limited:
            return LeaseAnswer(None, word)
        old = self.lease if self.lease and now < self.lease.expires_at else None
        if old is None and not self.pool:
            raise QuotaExhausted(metric, "none", word.resets_at, metadata={"limit": "5"})
        before = old.granted_e5 if old else 0
        granted, self.pool = before + self.pool * UNITS_PER_ONE, 0
        lease_id, since = (old.lease_id, old.granted_at) if old else (uuid4(), now)
        ends = old.expires_at if old else now + self.lasts
        self.lease = Lease(lease_id, metric, journal_id, granted, since, ends)
        return LeaseAnswer(self.lease, word)

    async def give_back(self, settlement: Settlement) -> bool:
        if self.away:
            raise Unavailable("cloud")
        if self.lease is not None and self.lease.lease_id == settlement.lease_id:
            self.lease = None
        if not self.recorded:
            return False
        if settlement in self.returned:
            raise NotFound("lease", "")
        self.returned.append(settlement)
        return True


class Rights:
    epoch = Epoch("history", 1)


@pytest.fixture
def lender(clock: ManualClock) -> Lender:
    return Lender(clock)


Start = Callable[..., Awaitable[LeaseKeeper]]


@pytest.fixture
def start(new_database: Database, lender: Lender, clock: ManualClock) -> Start:
    """Starts the node's leases on the test's database; again is a restart."""

    async def begin(policy: WhenUnknown = WhenUnknown.CLOSED) -> LeaseKeeper:
        time = ForwardClock(clock, None)
        wallet = Wallet(FRAMES, policy, time.now)
        keeper = LeaseKeeper(
            new_database, lender, {FRAMES: wallet}, time, Rights(), always=[FRAMES]
        )
        await keeper.load()
        await keeper.first()
        return keeper

    return begin


async def use(meter: Meter, wallet: Wallet, at: datetime) -> bool:
    """One frame: asked before, counted after."""
    hold = wallet.take()
    if hold is None:
        return False
    hold.counted = True
    await meter.commit([FrameResult("cam", "m", "base", 0, at, (), hold.lease)])
    hold.close()
    return True


async def use_all(meter: Meter, wallet: Wallet, at: datetime) -> int:
    used = 0
    while await use(meter, wallet, at):
        used += 1
    return used


async def test_it_is_spent_offline_to_the_last_unit_through_a_restart(
    new_database: Database,
    running_meter: Running,
    read_ledger: Any,
    start: Start,
    lender: Lender,
) -> None:
    clock = lender.clock
    async with running_meter(new_database) as meter:
        wallet = (await start()).wallets[FRAMES]
        lender.away = True
        assert [await use(meter, wallet, clock.now()) for _ in range(3)] == [True] * 3
        unused = wallet.take()
        assert unused is not None
        unused.close()
        assert wallet.left_e5 == 2 * UNITS_PER_ONE, "what was not counted comes back"
        wallet = (await start()).wallets[FRAMES]
        assert await use_all(meter, wallet, clock.now()) == 2
        assert wallet.step().refusal is Refusal.QUOTA_EXHAUSTED
        assert wallet.refusals == 1
        assert await use_all(meter, (await start()).wallets[FRAMES], clock.now()) == 0
    assert (await read_ledger(new_database)).frames == 5


async def test_a_crash_between_parts_no_count_from_its_lease(
    new_database: Database, running_meter: Running, start: Start, lender: Lender, clock: ManualClock
) -> None:
    """The process died after the count's commit, before anybody heard of it."""
    async with running_meter(new_database) as meter:
        wallet = (await start()).wallets[FRAMES]
        lender.away = True
        hold = wallet.take()
        assert hold is not None
        await meter.commit([FrameResult("cam", "m", "base", 0, clock.now(), (), hold.lease)])
        lost = wallet.take()
        assert lost is not None, "set aside and never counted: it comes back"
        assert await use_all(meter, (await start()).wallets[FRAMES], clock.now()) == 4


async def test_it_ends_by_the_forward_clock(
    new_database: Database, running_meter: Running, start: Start, lender: Lender, clock: ManualClock
) -> None:
    async with running_meter(new_database) as meter:
        wallet = (await start()).wallets[FRAMES]
        lender.away = True
        began = clock.now()
        clock.advance(timedelta(minutes=59))
        assert await use(meter, wallet, clock.now())
        clock.turn_to(began)
        clock.advance(timedelta(minutes=1))
        assert not await use(meter, wallet, clock.now()), "a clock turned back wins no time"
        assert "ended at" in wallet.step().text


async def test_a_lease_of_another_journal_is_worth_nothing(
    new_database: Database, running_meter: Running, start: Start, lender: Lender, clock: ManualClock
) -> None:
    async with running_meter(new_database) as meter:
        await start()
        lender.away = True
        async with new_database.transaction(Role.APP) as conn:
            await conn.execute("update billing_sync_status set journal_id = $1", uuid4())
        assert await use_all(meter, (await start()).wallets[FRAMES], clock.now()) == 0


async def test_what_is_spent_counts_within_the_lease(
    new_database: Database,
    running_meter: Running,
    read_ledger: Any,
    start: Start,
    lender: Lender,
) -> None:
    """Frames taken before the grant, and one whose clock is ahead of the lease's end."""
    clock = lender.clock
    clock.advance(timedelta(seconds=30))
    async with running_meter(new_database) as meter:
        wallet = (await start()).wallets[FRAMES]
        lease = lender.lease
        assert lease is not None
        for offset in (-timedelta(days=40), timedelta(0), lender.lasts + timedelta(days=1)):
            assert await use(meter, wallet, lease.granted_at + offset)
        await meter.close_all()
    times = [event.event_time_us / 1e6 for event in (await read_ledger(new_database)).events]
    assert len(times) == 2
    assert min(times) == lease.granted_at.timestamp()
    assert max(times) < lease.expires_at.timestamp()


async def test_only_what_the_journal_holds_is_settled_and_all_of_it_at_the_end(
    new_database: Database, running_meter: Running, start: Start, lender: Lender, clock: ManualClock
) -> None:
    async with running_meter(new_database) as meter:
        keeper = await start()
        wallet = keeper.wallets[FRAMES]
        assert await use(meter, wallet, clock.now())
        await keeper._ask(FRAMES, wallet)
        assert (lender.settled[-1].spent_e5, lender.settled[-1].through_seq) == (0, 0)
        await meter.close_all()
        assert await use(meter, wallet, clock.now())
        await keeper._ask(FRAMES, wallet)
        assert (lender.settled[-1].spent_e5, lender.settled[-1].through_seq) == (UNITS_PER_ONE, 1)
        await meter.close_all()
        lender.away = True
        await keeper.give_back()
        lender.away, lender.recorded = False, False
        assert not (await start()).wallets[FRAMES].lease, "ended for good, whoever heard of it"
        assert lender.returned == [], "told again until the cloud has recorded it"
        lender.recorded = True
        await keeper.settle_ended()
        assert lender.returned == [Settlement(lender.settled[-1].lease_id, 2 * UNITS_PER_ONE, 2)]
        assert not await use(meter, wallet, clock.now()), "what was given back is not spent"


async def test_a_lease_that_was_ended_here_and_is_lent_on_is_not_spent_twice(
    new_database: Database, running_meter: Running, start: Start, lender: Lender, clock: ManualClock
) -> None:
    async with running_meter(new_database) as meter:
        keeper = await start()
        assert await use(meter, keeper.wallets[FRAMES], clock.now())
        lender.away = True
        await keeper.give_back()
        lender.away = False
        wallet = (await start()).wallets[FRAMES]
        assert await use_all(meter, wallet, clock.now()) == 4


async def test_an_ended_lease_is_given_back_once_its_last_use_is_journalled(
    new_database: Database, running_meter: Running, start: Start, lender: Lender, clock: ManualClock
) -> None:
    async with running_meter(new_database) as meter:
        keeper = await start()
        wallet = keeper.wallets[FRAMES]
        late = wallet.take()
        assert late is not None
        clock.advance(lender.lasts)
        lender.pool = 7
        await keeper._ask(FRAMES, wallet)
        assert wallet.left_e5 == 7 * UNITS_PER_ONE
        await keeper.settle_ended()
        assert lender.returned == [], "a frame is still on its way"
        late.counted = True
        await meter.commit([FrameResult("cam", "m", "base", 0, clock.now(), (), late.lease)])
        late.close()
        await keeper.settle_ended()
        assert lender.returned == [], "its minute is open"
        await meter.close_all()
        await keeper.settle_ended()
        assert [each.spent_e5 for each in lender.returned] == [UNITS_PER_ONE]
        assert wallet.left_e5 == 7 * UNITS_PER_ONE


async def test_without_a_word_the_policy_counts_and_no_limit_is_remembered(
    new_database: Database, running_meter: Running, start: Start, lender: Lender
) -> None:
    async with running_meter(new_database):
        lender.away = True
        wallet = (await start()).wallets[FRAMES]
        assert wallet.step().refusal is Refusal.DECISION_UNAVAILABLE
        assert wallet.take() is None
        wallet.policy = WhenUnknown.OPEN
        hold = wallet.take()
        assert hold is not None
        assert hold.lease is None
        lender.away, lender.limited = False, False
        await start()
        lender.away = True
        wallet = (await start()).wallets[FRAMES]
        assert wallet.take() is not None
        assert "had no limit at" in wallet.step().text


async def test_an_open_metric_is_borrowed_before_its_first_use_too(
    new_database: Database, running_meter: Running, start: Start
) -> None:
    async with running_meter(new_database):
        hold = (await start(WhenUnknown.OPEN)).wallets[FRAMES].take()
        assert hold is not None
        assert hold.lease is not None


async def test_nothing_left_is_told_and_more_is_felt(
    new_database: Database, running_meter: Running, start: Start, lender: Lender
) -> None:
    async with running_meter(new_database):
        lender.pool = 0
        keeper, told = await start(), []
        wallet = keeper.wallets[FRAMES]
        keeper.watch(lambda: told.append(True))
        assert wallet.take() is None
        assert "resets at" in wallet.step().text
        lender.pool = 1
        await keeper._ask(FRAMES, wallet)
        assert told == [True]
        assert wallet.take() is not None


async def test_what_is_used_now_and_then_is_borrowed_when_wished_for_and_let_go_when_idle(
    new_database: Database, running_meter: Running, lender: Lender, clock: ManualClock
) -> None:
    time = ForwardClock(clock, None)
    wallet = Wallet("sms", WhenUnknown.CLOSED, time.now)
    keeper = LeaseKeeper(new_database, lender, {"sms": wallet}, time, Rights(), always=())
    async with running_meter(new_database) as meter:
        await keeper.load()
        await keeper.first()
        assert lender.lease is None, "nobody wished for it"
        await keeper.want("sms", 3 * UNITS_PER_ONE)
        hold = wallet.take(3 * UNITS_PER_ONE)
        assert hold is not None
        use = Use("sms", "x", 3 * UNITS_PER_ONE, clock.now(), lease=hold.lease)
        hold.counted = True
        await meter.track(use)
        hold.close()
        assert wallet.left_e5 == 2 * UNITS_PER_ONE
        assert wallet.take(3 * UNITS_PER_ONE) is None, "a hold is never more than is left"
        running = asyncio.create_task(keeper.run())
        clock.advance(timedelta(minutes=9))
        await asyncio.sleep(0)
        assert not lender.returned
        clock.advance(timedelta(minutes=2))
        async with asyncio.timeout(60):
            while not lender.returned:
                await asyncio.sleep(0.01)
        running.cancel()
        assert [each.spent_e5 for each in lender.returned] == [3 * UNITS_PER_ONE]
        lender.pool = 5
        await keeper.want("sms", UNITS_PER_ONE)
        assert wallet.take() is not None
