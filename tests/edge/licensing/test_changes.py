"""A change of rights reaches every camera, whatever else happens at the same time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.errors import MeshError, Unavailable
from rights.claims import Epoch


class Cut:
    """A database that is away for some transactions, or late."""

    def __init__(self, real: Database, *, failures: int = 0, late_s: float = 0) -> None:
        self._real = real
        self._failures = failures
        self._late_s = late_s

    @asynccontextmanager
    async def transaction(self, role: Role) -> AsyncIterator[Any]:
        if self._failures:
            self._failures -= 1
            raise Unavailable("database")
        late, self._late_s = self._late_s, 0
        await asyncio.sleep(late)
        async with self._real.transaction(role) as conn:
            yield conn


@asynccontextmanager
async def refreshing(gate: Any) -> AsyncIterator[None]:
    """The gate's own task runs within the block."""
    task = asyncio.create_task(gate.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def now_at(source: Any) -> Epoch:
    return Epoch(source.cloud.incarnation, source.cloud.epoch)


def take_pack_back(source: Any, camera: str = "cam") -> None:
    source.cloud.grant(camera)
    source.cloud.epoch += 1


def has_pack(gate: Any, camera: str = "cam") -> bool:
    return bool(gate.feature(camera, "number_plate").allowed)


async def test_what_changed_while_the_node_was_off_is_felt_beside_a_new_camera(
    start: Any, source: Any, eventually: Any
) -> None:
    source.cloud.grant("cam", "industry")
    await (await start()).ensure(["cam"])
    take_pack_back(source)
    source.cloud.grant("new")
    gate = await start()
    await gate.ensure(["cam", "new"])
    assert source.cloud.asked[-1] == ("new",)
    async with refreshing(gate):
        await eventually(lambda: not has_pack(gate))
        await eventually(lambda: gate.epoch == now_at(source))


async def test_a_restart_between_two_epochs_is_made_up_for(
    start: Any, source: Any, eventually: Any
) -> None:
    """The node died after it asked about a new camera, before it asked about the others."""
    source.cloud.grant("cam", "industry")
    await (await start()).ensure(["cam"])
    take_pack_back(source)
    source.cloud.grant("new")
    await (await start()).ensure(["cam", "new"])
    gate = await start()
    await gate.ensure(["new", "cam"])
    gate.heard_epoch(now_at(source))
    async with refreshing(gate):
        await eventually(lambda: not has_pack(gate))


async def test_a_change_between_two_parts_of_a_question_is_felt(
    start: Any, source: Any, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.licensing.service.BATCH", 2)
    cameras = ["cam-1", "cam-2", "cam-3"]
    for camera in cameras:
        source.cloud.grant(camera, "industry")
    gate = await start()
    answered = source.validate

    async def change_behind_the_first(camera_ids: Any) -> Any:
        answers = await answered(camera_ids)
        if len(source.cloud.asked) == 1:
            take_pack_back(source, cameras[0])
        return answers

    source.validate = change_behind_the_first
    await gate.ensure(cameras)
    gate.heard_epoch(now_at(source))
    async with refreshing(gate):
        await eventually(lambda: not has_pack(gate, cameras[0]))


async def test_an_epoch_heard_before_anything_was_loaded_counts(
    start: Any, source: Any, eventually: Any
) -> None:
    source.cloud.grant("cam", "industry")
    await (await start()).ensure(["cam"])
    take_pack_back(source)
    gate = await start()
    async with refreshing(gate):
        gate.heard_epoch(now_at(source))
        await eventually(lambda: not gate._stale)
        await gate.ensure(["cam"])
        await eventually(lambda: not has_pack(gate))


async def test_a_caller_that_goes_away_takes_no_refresh_along(
    start: Any, source: Any, eventually: Any
) -> None:
    source.cloud.grant("cam", "industry")
    gate = await start()
    await gate.ensure(["cam"])
    take_pack_back(source)
    gate.heard_epoch(now_at(source))
    answered, never = source.validate, asyncio.Event()

    async def hang(_: Any) -> Any:
        await never.wait()

    source.validate = hang
    caller = asyncio.create_task(gate.refresh())
    await eventually(lambda: not gate._stale)
    async with refreshing(gate):
        source.validate = answered
        caller.cancel()
        await eventually(lambda: not has_pack(gate))


async def test_a_new_epoch_ends_the_wait_after_failures(
    start: Any, source: Any, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class LongWait(Iterator[float]):
        waits = 0

        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def __next__(self) -> float:
            LongWait.waits += 1
            return 60.0

        def reset(self) -> None:
            pass

    monkeypatch.setattr("edge.licensing.service.Backoff", LongWait)
    source.cloud.grant("cam", "industry")
    gate = await start()
    await gate.ensure(["cam"])
    source.away()
    take_pack_back(source)
    async with refreshing(gate):
        gate.heard_epoch(now_at(source))
        await eventually(lambda: LongWait.waits > 1)
        source.back()
        gate.heard_epoch(now_at(source))
        await eventually(lambda: not has_pack(gate))


async def test_a_retired_key_is_felt_while_the_nodes_database_is_away(
    start: Any, source: Any, new_database: Database
) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    source.cloud.retire_key()
    gate.trust.revocations._database = Cut(new_database, failures=1)
    with pytest.raises(MeshError):
        await gate.heard_trust(source.cloud.trust)
    assert not gate.camera("cam").allowed
    await gate.heard_trust(source.cloud.trust)
    again = await start()
    assert again.trust.revocations.trust == source.cloud.trust, "kept at the second try"


async def test_a_revocation_is_felt_while_the_nodes_database_is_away(
    start: Any, source: Any, new_database: Database, clock: ManualClock
) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    clock.advance(timedelta(seconds=5))
    source.cloud.void_before = clock.now().replace(microsecond=0)
    gate.trust.revocations._database = Cut(new_database, failures=1)
    with pytest.raises(MeshError):
        await gate.take_revocations(source.cloud.revocation_list())
    assert not gate.camera("cam").allowed


async def test_two_lists_that_come_together_leave_the_newer_on_disk(
    start: Any, source: Any, new_database: Database
) -> None:
    gate = await start()
    await gate.trust.refresh_keys()
    older = source.cloud.revocation_list()
    source.cloud.epoch += 1
    newer = source.cloud.revocation_list()
    gate.trust.revocations._database = Cut(new_database, late_s=0.3)
    await asyncio.gather(gate.take_revocations(older), gate.take_revocations(newer))
    async with new_database.transaction(Role.APP) as conn:
        assert await conn.fetchval("select token from revocation_list") == newer


async def test_answers_from_a_false_future_are_asked_again(
    start: Any, source: Any, clock: ManualClock, eventually: Any
) -> None:
    """The clock was two days ahead until the cloud said better; nothing waits these days out."""
    true_time = clock.now()
    source.cloud.grant("cam")
    await (await start()).ensure(["cam"])
    clock.turn_to(true_time + timedelta(days=2))
    gate = await start()
    await gate.ensure(["cam"])
    gate._stale = False
    clock.turn_to(true_time)
    gate.clock.heard(true_time + timedelta(seconds=1))
    asked = len(source.cloud.asked)
    async with refreshing(gate):
        await eventually(lambda: len(source.cloud.asked) > asked)
