"""A camera runs exactly what was paid for, with or without a network."""

import asyncio
import timeit
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.errors import MeshError, Unauthenticated
from mesh.telemetry import Metrics
from rights.grace import GraceStep
from rights.keys import SigningKey


def reason(decision: Any) -> str | None:
    return None if decision.reason is None else str(decision.reason)


async def test_licensed_and_refused_cameras(start: Any, source: Any) -> None:
    source.cloud.grant("paid", "advanced_analytics")
    gate = await start()
    await gate.ensure(["paid", "unpaid"])
    assert gate.camera("paid").allowed
    assert gate.feature("paid", "near_miss").allowed
    assert gate.feature("paid", "person").allowed
    assert reason(gate.feature("paid", "mqtt")) == "FEATURE_NOT_LICENSED"
    assert reason(gate.feature("paid", "flying")) == "FEATURE_UNKNOWN"
    assert reason(gate.camera("unpaid")) == "CAMERA_UNLICENSED"
    assert gate.camera("unpaid").origin == "buy a licence"
    assert not gate.feature("unpaid", "person").allowed
    assert reason(gate.camera("stranger")) == "NEVER_VALIDATED"


async def test_one_question_for_many_callers(start: Any, source: Any) -> None:
    source.cloud.grant("a")
    gate = await start()
    await asyncio.gather(*(gate.ensure(["a", "b"]) for _ in range(20)))
    await gate.ensure(["a", "b"])
    assert source.cloud.asked == [("a", "b")]


async def test_hundreds_of_cameras_are_asked_in_parts(start: Any, source: Any) -> None:
    cameras = [f"cam-{number:03}" for number in range(250)]
    for camera in cameras:
        source.cloud.grant(camera)
    gate = await start()
    await gate.ensure(cameras)
    assert [len(part) for part in source.cloud.asked] == [100, 100, 50]
    assert all(gate.camera(camera).allowed for camera in cameras)


async def test_never_validated_is_refused_offline_and_asked_again(start: Any, source: Any) -> None:
    source.cloud.grant("cam")
    source.away()
    gate = await start()
    await gate.ensure(["cam"])
    assert reason(gate.camera("cam")) == "NEVER_VALIDATED"
    source.back()
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed


async def test_a_restart_offline_goes_on_from_the_signed_licence(
    start: Any, source: Any, clock: ManualClock
) -> None:
    source.cloud.grant("cam", "industry", until=clock.now() + timedelta(days=10))
    await (await start()).ensure(["cam"])
    source.away()
    clock.advance(timedelta(days=2))
    gate = await start()
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed
    assert gate.feature("cam", "number_plate").allowed


async def test_grace_holds_offline_alone_and_ends(
    start: Any, source: Any, clock: ManualClock
) -> None:
    source.cloud.grant("cam", until=clock.now() + timedelta(days=10))
    gate = await start()
    await gate.ensure(["cam"])
    clock.advance(timedelta(days=11))
    assert reason(gate.camera("cam")) == "LICENSE_EXPIRED"
    source.away()
    with pytest.raises(MeshError):
        await gate.refresh()
    assert gate.camera("cam").allowed, "the grace holds while the cloud is away"
    clock.advance(timedelta(days=28))
    assert gate.camera("cam").allowed
    clock.advance(timedelta(days=1, seconds=1))
    assert reason(gate.camera("cam")) == "LICENSE_EXPIRED"
    assert reason(gate.feature("cam", "person")) == "LICENSE_EXPIRED"


async def test_the_ladder_is_climbed_offline_and_left_by_itself(
    start: Any, source: Any, clock: ManualClock, eventually: Any
) -> None:
    source.cloud.grant("cam", "industry", until=clock.now() + timedelta(days=10))
    gate = await start()
    await gate.ensure(["cam"])
    source.away()
    gate.set_offline(offline=True)

    def stands() -> tuple[object, int, bool]:
        camera = gate.camera("cam")
        return camera.step, camera.frame_stride, gate.feature("cam", "number_plate").allowed

    assert stands() == (None, 1, True)
    clock.advance(timedelta(days=10))
    assert stands() == (GraceStep.WARN, 1, True)
    clock.advance(timedelta(days=15))
    assert stands() == (GraceStep.FEWER_FRAMES, 2, True)
    clock.advance(timedelta(days=9))
    assert stands() == (GraceStep.DROP_PACKS, 2, False)

    running = asyncio.create_task(gate.run())
    gate.set_offline(offline=False)
    assert gate.camera("cam").allowed, "a line that is up is no answer yet"
    source.cloud.grant("cam", "industry")
    source.back()
    gate.set_offline(offline=False)
    await eventually(lambda: stands() == (None, 1, True))
    running.cancel()


async def test_a_cloud_that_is_back_and_says_no_ends_the_grace(
    start: Any, source: Any, clock: ManualClock
) -> None:
    source.cloud.grant("cam", until=clock.now() + timedelta(days=10))
    gate = await start()
    await gate.ensure(["cam"])
    gate.set_offline(offline=True)
    clock.advance(timedelta(days=11))
    assert gate.camera("cam").allowed
    await gate.refresh()
    assert reason(gate.camera("cam")) == "LICENSE_EXPIRED"


@pytest.mark.parametrize(
    ("thief", "said"),
    [
        ({"thumbprint": "x" * 43}, "another device"),
        ({"device_id": str(uuid4())}, "another device"),
        ({"customer_id": f"cust_{uuid4().hex}"}, "another tenant"),
    ],
    ids=["another key", "another device", "another tenant"],
)
async def test_a_copied_licence_is_worth_nothing_and_is_told(
    start: Any, source: Any, new_database: Database, thief: dict[str, str], said: str
) -> None:
    source.cloud.grant("cam")
    await (await start()).ensure(["cam"])
    source.away()
    gate = await start(**thief)
    await gate.ensure(["cam"])
    assert reason(gate.camera("cam")) == "NEVER_VALIDATED"
    async with new_database.transaction(Role.APP) as conn:
        last = await conn.fetchrow(
            "select * from license_validation_log order by validation_id desc limit 1"
        )
    assert last is not None
    assert (last["is_valid"], last["reason"]) == (False, "TOKEN_INVALID")
    assert said in last["message"]


@pytest.mark.parametrize("changes", ["device", "tenant", "key"])
async def test_the_clouds_answer_for_somebody_else_is_refused(
    start: Any, source: Any, changes: str
) -> None:
    source.cloud.grant("cam")
    gate = await start()
    setattr(
        source.cloud,
        *{
            "device": ("device_id", uuid4()),
            "tenant": ("tenant_id", uuid4()),
            "key": ("thumbprint", "x" * 43),
        }[changes],
    )
    await gate.ensure(["cam"])
    assert not gate.camera("cam").allowed


async def test_a_row_without_its_token_lets_nothing_run(
    start: Any, source: Any, new_database: Database
) -> None:
    source.cloud.grant("cam")
    await (await start()).ensure(["cam", "other"])
    async with new_database.transaction(Role.APP) as conn:
        await conn.execute(
            "update camera_licenses set is_valid = true, license_mode = 'base', reason = null"
        )
    source.away()
    gate = await start()
    await gate.ensure(["cam", "other"])
    assert gate.camera("cam").allowed
    assert not gate.camera("other").allowed


async def test_an_answer_without_a_good_token_is_not_believed(start: Any, source: Any) -> None:
    source.cloud.grant("cam")
    gate = await start()
    source.tamper = lambda token: token[:-8] + "AAAAAAAA"
    await gate.ensure(["cam"])
    assert not gate.camera("cam").allowed
    source.tamper = lambda _: ""
    await gate.ensure(["cam"])
    assert not gate.camera("cam").allowed


async def test_a_bad_token_does_not_cost_the_last_good_licence(start: Any, source: Any) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    source.tamper = lambda token: token[:-8] + "AAAAAAAA"
    with pytest.raises(MeshError):
        await gate.refresh()
    assert gate.camera("cam").allowed


async def test_a_rotated_key_is_fetched(start: Any, source: Any) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    assert source.keys_asked == 1
    source.cloud.signing = SigningKey.generate()
    await gate.refresh()
    assert gate.camera("cam").allowed
    assert source.keys_asked == 2


async def test_changes_are_told(start: Any, source: Any) -> None:
    source.cloud.grant("cam")
    gate = await start()
    told: list[str] = []
    gate.watch(told.append)
    await gate.ensure(["cam", "other"])
    assert sorted(told) == ["cam", "other"]
    told.clear()
    await gate.refresh()
    assert told == []
    source.cloud.grant("cam", "industry")
    await gate.refresh()
    assert told == ["cam"]
    del source.cloud.licenses["cam"]
    await gate.refresh()
    assert told == ["cam", "cam"]
    assert not gate.camera("cam").allowed


async def test_an_epoch_change_refreshes_at_once(start: Any, source: Any, eventually: Any) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    running = asyncio.create_task(gate.run())
    source.cloud.grant("cam", "industry")
    source.cloud.epoch += 1
    gate.heard_epoch(gate.epoch)
    await asyncio.sleep(0)
    assert len(source.cloud.asked) == 1, "the same epoch asks for nothing"
    gate.heard_epoch(type(gate.epoch)(source.cloud.incarnation, source.cloud.epoch))
    await eventually(lambda: gate.feature("cam", "number_plate").allowed)
    running.cancel()


async def test_answers_are_refreshed_ahead_of_their_end(
    start: Any, source: Any, clock: ManualClock, eventually: Any
) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    clock.advance(timedelta(minutes=40))
    running = asyncio.create_task(gate.run())
    await asyncio.sleep(0.05)
    assert len(source.cloud.asked) == 1
    running.cancel()
    clock.advance(timedelta(minutes=15))
    running = asyncio.create_task(gate.run())
    await eventually(lambda: len(source.cloud.asked) == 2)
    running.cancel()


async def test_an_old_stored_answer_serves_while_a_new_one_is_fetched(
    start: Any, source: Any, clock: ManualClock, eventually: Any
) -> None:
    source.cloud.grant("cam")
    await (await start()).ensure(["cam"])
    clock.advance(timedelta(hours=2))
    gate = await start()
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed
    assert len(source.cloud.asked) == 1, "the caller did not wait for the cloud"
    running = asyncio.create_task(gate.run())
    await eventually(lambda: len(source.cloud.asked) == 2)
    running.cancel()


async def test_a_retired_device_loses_its_rights_for_good(start: Any, source: Any) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    source.failure = Unauthenticated("CREDENTIAL_REVOKED", "retired")
    with pytest.raises(MeshError):
        await gate.refresh()
    assert not gate.camera("cam").allowed
    source.away()
    again = await start()
    await again.ensure(["cam"])
    assert not again.camera("cam").allowed


async def test_every_validation_but_a_cache_hit_is_logged(
    start: Any, source: Any, new_database: Database
) -> None:
    source.cloud.grant("cam", "industry")
    gate = await start()
    await gate.ensure(["cam", "other"])
    await gate.ensure(["cam", "other"])
    await (await start()).ensure(["cam"])
    async with new_database.transaction(Role.APP) as conn:
        log = await conn.fetch(
            "select camera_id, source, is_valid, reason from license_validation_log "
            "order by validation_id"
        )
        features = await conn.fetchval(
            "select count(*) from feature_entitlements where camera_id = 'cam'"
        )
        kept = await conn.fetchrow("select * from camera_licenses where camera_id = 'cam'")
    assert [tuple(row) for row in log] == [
        ("cam", "cloud", True, None),
        ("other", "cloud", False, "CAMERA_UNLICENSED"),
        ("cam", "postgres", True, None),
    ]
    assert features == 14 + 4
    assert kept is not None
    assert (kept["license_mode"], kept["is_trial"]) == ("base", False)
    assert kept["enabled_growth_packs"] == ["industry"]


async def test_growth_pack_features_has_the_33(start: Any, new_database: Database) -> None:
    await start()
    await start()
    async with new_database.transaction(Role.APP) as conn:
        assert await conn.fetchval("select count(*) from growth_pack_features") == 33


async def test_hits_and_misses_are_counted(start: Any, source: Any, clock: ManualClock) -> None:
    source.cloud.grant("cam")
    gate = await start()
    hits, misses = Metrics(CollectorRegistry()).cache("edge_license")
    gate.camera("cam")
    await gate.ensure(["cam"])
    gate.camera("cam")
    gate.feature("cam", "person")
    gate.checks.publish(hits, misses)
    clock.advance(timedelta(hours=2))
    gate.camera("cam")
    gate.set_offline(offline=True)
    assert gate.camera("cam").allowed
    gate.checks.publish(hits, misses)
    assert (hits._value.get(), misses._value.get()) == (3, 2)


async def test_a_check_costs_about_a_microsecond(start: Any, source: Any) -> None:
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    gate.feature("cam", "person")
    runs = 5000
    camera = min(timeit.repeat(lambda: gate.camera("cam"), number=runs, repeat=7)) / runs
    feature = (
        min(timeit.repeat(lambda: gate.feature("cam", "person"), number=runs, repeat=7)) / runs
    )
    assert camera < 3e-6
    assert feature < 3e-6
