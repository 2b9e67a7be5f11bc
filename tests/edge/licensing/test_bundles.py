"""A node without any network runs from a signed file, and from no other file."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from edge.licensing.timekeeping import keep_clock
from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.errors import FailedPrecondition
from rights.keys import KeySet, SigningKey

DAY = timedelta(days=1)
Bundle = Callable[..., str]


@pytest.fixture
async def gate(start: Any, source: Any) -> Any:
    """A node that fetched the public keys when it was enrolled, and never saw the cloud again."""
    begun = await start()
    await begun.trust.refresh_keys()
    source.away()
    begun.set_offline(offline=True)
    await begun.ensure(["cam"])
    assert not begun.camera("cam").allowed
    return begun


@pytest.fixture
def bundle(source: Any) -> Bundle:
    """What the cloud exports now."""
    source.cloud.grant("cam", "industry", until=source.cloud.clock.now() + 10 * DAY)
    return source.cloud.bundle  # type: ignore[no-any-return]


async def test_it_runs_from_the_file_and_after_a_restart(
    gate: Any, bundle: Bundle, start: Any, new_database: Database
) -> None:
    told: list[str] = []
    gate.watch(told.append)
    imported = await gate.take_bundle(bundle())
    assert list(imported.held) == ["cam"]
    assert told == ["cam"], "the camera's pipeline is told"
    assert gate.camera("cam").allowed
    assert gate.feature("cam", "number_plate").allowed
    again = await start()
    await again.ensure(["cam"])
    assert again.camera("cam").allowed
    async with new_database.transaction(Role.APP) as conn:
        sources = await conn.fetch(
            "select source from license_validation_log where is_valid order by validation_id"
        )
    assert [row["source"] for row in sources] == ["bundle", "postgres"]


async def test_configured_keys_serve_a_node_that_never_fetched_any(
    start: Any, source: Any, bundle: Bundle
) -> None:
    source.away()
    gate = await start()
    text = bundle()
    with pytest.raises(FailedPrecondition) as caught:
        await gate.take_bundle(text)
    assert caught.value.reason == "TOKEN_INVALID"
    await gate.trust.load(KeySet([source.cloud.signing.public]))
    await gate.take_bundle(text)
    assert gate.camera("cam").allowed


async def test_its_grace_is_the_licences_and_no_longer(
    gate: Any, bundle: Bundle, clock: ManualClock
) -> None:
    await gate.take_bundle(bundle())
    clock.advance(10 * DAY)
    assert gate.camera("cam").step is not None
    clock.advance(30 * DAY)
    assert not gate.camera("cam").allowed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key_thumbprint": "x" * 43}, "another device"),
        ({"device_id": str(uuid4())}, "another device"),
        ({"customer_id": f"cust_{uuid4().hex}"}, "another device"),
        ({"issuer": "somebody"}, "another issuer"),
    ],
)
async def test_a_file_for_somebody_else_is_refused(
    gate: Any, bundle: Bundle, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(FailedPrecondition, match=said) as caught:
        await gate.take_bundle(bundle(**changes))
    assert caught.value.reason == "TOKEN_INVALID"
    assert not gate.camera("cam").allowed


async def test_a_genuine_file_around_another_devices_token_is_refused(
    gate: Any, bundle: Bundle, source: Any
) -> None:
    own = source.cloud.thumbprint
    source.cloud.thumbprint = "x" * 43
    token = source.cloud.token(list(source.cloud.licenses.values()))
    source.cloud.thumbprint = own
    with pytest.raises(FailedPrecondition, match="another device"):
        await gate.take_bundle(bundle(device_token=token))
    assert not gate.camera("cam").allowed


async def test_a_forged_or_altered_file_is_refused(gate: Any, bundle: Bundle, source: Any) -> None:
    text = bundle()
    genuine, source.cloud.signing = source.cloud.signing, SigningKey.generate()
    forged = bundle()
    for wrong in (forged, text[:-8] + "AAAAAAAA", text[:100], "", "{}", source.cloud.token([])):
        with pytest.raises(FailedPrecondition) as caught:
            await gate.take_bundle(wrong)
        assert caught.value.reason == "TOKEN_INVALID"
    source.cloud.signing = genuine
    await gate.take_bundle(text)
    assert gate.camera("cam").allowed


async def test_an_older_file_than_what_is_held_is_refused(
    gate: Any, bundle: Bundle, source: Any, start: Any, new_database: Database
) -> None:
    old, clock = bundle(), source.cloud.clock
    clock.advance(DAY)
    source.cloud.grant("cam", until=clock.now() + 20 * DAY)
    newer = bundle()
    await gate.take_bundle(newer)
    await gate.take_bundle(newer)
    with pytest.raises(FailedPrecondition, match="export a new one"):
        await gate.take_bundle(old)
    assert not gate.feature("cam", "number_plate").allowed
    await keep_clock(new_database, gate.clock, gate.epoch)
    again = await start()
    with pytest.raises(FailedPrecondition, match="export a new one"):
        await again.take_bundle(old)


async def test_a_file_is_older_than_an_answer_of_the_cloud(
    gate: Any, bundle: Bundle, source: Any, clock: ManualClock
) -> None:
    old = bundle()
    clock.advance(DAY)
    del source.cloud.licenses["cam"]
    source.back()
    await gate.refresh()
    with pytest.raises(FailedPrecondition, match="export a new one"):
        await gate.take_bundle(old)
    assert not gate.camera("cam").allowed


async def test_an_expired_file_is_refused(gate: Any, bundle: Bundle, clock: ManualClock) -> None:
    text = bundle()
    clock.advance(41 * DAY)
    with pytest.raises(FailedPrecondition) as caught:
        await gate.take_bundle(text)
    assert caught.value.reason == "LICENSE_EXPIRED"


async def test_what_is_revoked_travels_in_the_file(
    gate: Any, bundle: Bundle, source: Any, clock: ManualClock
) -> None:
    old = source.cloud.token(list(source.cloud.licenses.values()))
    await gate.take_bundle(bundle())
    clock.advance(DAY)
    source.cloud.void_before = clock.now().replace(microsecond=0)
    with pytest.raises(FailedPrecondition) as caught:
        await gate.take_bundle(bundle(device_token=old))
    assert caught.value.reason == "LICENSE_REVOKED"
    source.cloud.licenses.clear()
    await gate.take_bundle(bundle())
    assert not gate.camera("cam").allowed, "what an earlier file allowed was taken back"


async def test_keys_that_sign_later_travel_in_the_file(
    gate: Any, bundle: Bundle, source: Any
) -> None:
    new = SigningKey.generate()
    await gate.take_bundle(bundle(keys=KeySet([source.cloud.signing.public, new.public])))
    source.cloud.signing = new
    await gate.take_bundle(bundle())
    assert gate.camera("cam").allowed
