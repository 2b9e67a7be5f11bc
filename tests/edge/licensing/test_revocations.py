"""What was taken back stays taken back: at once, offline, over restarts and against replays."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.errors import FailedPrecondition
from rights.errors import ListOlder, TokenInvalid
from rights.keys import SigningKey
from rights.trust import Trust

HOUR = timedelta(hours=1)


def reason(gate: Any, camera: str = "cam") -> str | None:
    decision = gate.camera(camera)
    return None if decision.reason is None else str(decision.reason)


@pytest.fixture
def flags(new_database: Database) -> Any:
    """What the validation log says about keys and lists: (source, reason)."""

    async def read() -> list[tuple[str, str]]:
        async with new_database.transaction(Role.APP) as conn:
            rows = await conn.fetch(
                "select source, reason from license_validation_log "
                "where source in ('keys', 'revocations') order by validation_id"
            )
        return [(row["source"], row["reason"]) for row in rows]

    return read


@pytest.fixture
def disk(new_database: Database) -> Any:
    """Copies the kept licences; what comes back puts them there again, as a restored disk would."""

    async def copy() -> Any:
        async with new_database.transaction(Role.APP) as conn:
            rows = await conn.fetch("select to_jsonb(l) - 'is_trial' from camera_licenses l")

        async def put_back() -> None:
            async with new_database.transaction(Role.APP) as conn:
                assert await conn.fetchval("select count(*) from camera_licenses") == 0
                for row in rows:
                    await conn.execute(
                        "insert into camera_licenses (camera_id, tenant_id, license_mode, "
                        "enabled_growth_packs, status, is_valid, message, device_token, "
                        "last_validated, cached_until) select camera_id, tenant_id, license_mode, "
                        "enabled_growth_packs, status, is_valid, message, device_token, "
                        "last_validated, cached_until "
                        "from jsonb_populate_record(null::camera_licenses, $1::jsonb)",
                        row[0],
                    )

        return put_back

    return copy


async def running(start: Any, source: Any) -> Any:
    """A node with a licensed camera that has asked the cloud for everything."""
    source.cloud.grant("cam")
    gate = await start()
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed
    return gate


async def test_what_a_retired_key_signed_goes_at_once_and_comes_back_with_another(
    start: Any, source: Any
) -> None:
    gate = await running(start, source)
    source.cloud.retire_key()
    asked = len(source.cloud.asked)
    await gate.heard_trust(source.cloud.trust)
    assert reason(gate) == "TOKEN_INVALID"
    assert len(source.cloud.asked) == asked
    await gate.refresh()
    assert gate.camera("cam").allowed


async def test_a_retired_key_stays_retired_offline_and_after_a_restart(
    start: Any, source: Any, disk: Any
) -> None:
    gate = await running(start, source)
    put_back = await disk()
    source.cloud.retire_key()
    source.away()
    await gate.heard_trust(source.cloud.trust)
    assert reason(gate) == "TOKEN_INVALID"
    await put_back()
    gate = await start()
    await gate.ensure(["cam"])
    assert reason(gate) == "NEVER_VALIDATED"


async def test_nobody_goes_back_to_an_older_trust_epoch(
    start: Any, source: Any, flags: Any
) -> None:
    gate = await running(start, source)
    stolen = source.cloud.retire_key()
    await gate.heard_trust(source.cloud.trust)
    await gate.refresh()
    honest, source.cloud.signing = source.cloud.signing, stolen
    source.cloud.trust = Trust(0)
    await gate.heard_trust(Trust(0))
    with pytest.raises(FailedPrecondition):
        await gate.refresh()
    source.cloud.signing = SigningKey.generate()
    with pytest.raises(FailedPrecondition):
        await gate.refresh()
    assert gate.camera("cam").allowed
    assert ("keys", "TOKEN_INVALID") in await flags()
    source.cloud.signing, source.cloud.trust = honest, Trust(1)
    await gate.refresh()
    source.cloud.signing = stolen
    with pytest.raises(FailedPrecondition):
        await gate.refresh()


async def test_a_revoked_token_goes_at_once_from_a_file_and_stays_gone(
    start: Any, source: Any, clock: ManualClock, disk: Any
) -> None:
    gate = await running(start, source)
    put_back = await disk()
    source.away()
    clock.advance(HOUR)
    source.cloud.epoch += 1
    await gate.take_revocations(source.cloud.revocation_list(void_before=clock.now()))
    assert reason(gate) == "LICENSE_REVOKED"
    await put_back()
    gate = await start()
    await gate.ensure(["cam"])
    assert reason(gate) == "NEVER_VALIDATED"
    source.back()
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed


async def test_the_list_comes_with_each_refresh(
    start: Any, source: Any, clock: ManualClock
) -> None:
    gate = await running(start, source)
    clock.advance(HOUR)
    await gate.refresh()
    source.cloud.void_before = clock.now() + timedelta(seconds=1)
    source.cloud.epoch += 1
    await gate.refresh()
    assert reason(gate) == "LICENSE_REVOKED"
    clock.advance(timedelta(seconds=1))
    await gate.refresh()
    assert gate.camera("cam").allowed


async def test_a_retired_device_runs_nothing_offline(start: Any, source: Any) -> None:
    gate = await running(start, source)
    source.away()
    token = source.cloud.revocation_list(retired_devices=frozenset({str(source.cloud.device_id)}))
    await gate.take_revocations(token)
    assert reason(gate) == "LICENSE_REVOKED"


async def test_a_replayed_older_list_is_refused_and_flagged(
    start: Any, source: Any, flags: Any, clock: ManualClock
) -> None:
    gate = await running(start, source)
    older = source.cloud.revocation_list()
    source.away()
    clock.advance(HOUR)
    source.cloud.epoch += 1
    await gate.take_revocations(source.cloud.revocation_list(void_before=clock.now()))
    assert await flags() == []
    for _ in ("running", "after a restart"):
        with pytest.raises(ListOlder):
            await gate.take_revocations(older)
        gate = await start()
    assert await flags() == [("revocations", "TOKEN_INVALID")] * 2
    await gate.ensure(["cam"])
    assert reason(gate) == "NEVER_VALIDATED"


async def test_another_incarnation_needs_a_newer_list(
    start: Any, source: Any, clock: ManualClock, flags: Any
) -> None:
    gate = await running(start, source)
    source.cloud.incarnation = str(uuid4())
    source.cloud.epoch = 99
    with pytest.raises(ListOlder):
        await gate.take_revocations(source.cloud.revocation_list())
    clock.advance(timedelta(seconds=1))
    source.cloud.epoch = 1
    await gate.take_revocations(source.cloud.revocation_list())
    assert await flags() == [("revocations", "TOKEN_INVALID")]


async def test_a_list_that_is_not_ours_is_refused_and_flagged(
    start: Any, source: Any, flags: Any
) -> None:
    gate = await running(start, source)
    good = source.cloud.revocation_list()
    forged = source.cloud.signing
    source.cloud.signing = SigningKey.generate()
    strange = source.cloud.revocation_list()
    source.cloud.signing = forged
    for bad in (
        strange,
        good[:-6],
        source.cloud.token([]),
        source.cloud.revocation_list(customer_id="cust_other"),
    ):
        with pytest.raises(TokenInvalid):
            await gate.take_revocations(bad)
    assert len(await flags()) == 4
    assert gate.camera("cam").allowed


async def test_a_list_altered_on_the_nodes_disk_is_dropped_and_flagged(
    start: Any, source: Any, new_database: Database, flags: Any
) -> None:
    await running(start, source)
    async with new_database.transaction(Role.APP) as conn:
        await conn.execute("update revocation_list set token = left(token, -9)")
    source.away()
    gate = await start()
    assert await flags() == [("revocations", "TOKEN_INVALID")]
    await gate.ensure(["cam"])
    assert gate.camera("cam").allowed


async def test_a_list_of_a_leaked_key_holds_no_honest_one_up(start: Any, source: Any) -> None:
    gate = await running(start, source)
    source.cloud.epoch += 10**9
    await gate.take_revocations(source.cloud.revocation_list())
    source.cloud.epoch -= 10**9
    source.cloud.retire_key()
    await gate.heard_trust(source.cloud.trust)
    await gate.refresh()
    assert gate.camera("cam").allowed
    await gate.take_revocations(source.cloud.revocation_list())
