"""Keys go from next to signing to verifying; the leaked one ends at once, at every replica."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.license.v1.key_service_pb2 import ListSigningKeysRequest
from brinkbyte.license.v1.key_service_pb2_grpc import KeyServiceStub

from billing.keys.service import PUBLISHED_FOR
from deploy.local.identity import add_signing_key
from mesh.errors import ConfigError
from rights.jws import open_sealed
from rights.keys import SigningKey
from tests.billing.cloud_harness import Authorities, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.fleet.line import Line
from tests.billing.keys.conftest import Vendor

Replicas = tuple[Vendor, Vendor]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():
            await asyncio.sleep(0.02)


async def signer(vendor: Vendor, token: str) -> str:
    keys, _ = await vendor.published()
    return open_sealed(token, keys, "JWT").kid


async def test_a_new_file_is_published_everywhere_before_it_signs(replicas: Replicas) -> None:
    first, second = replicas
    (old,) = await first.states()
    new = await first.create()
    assert await first.states() == {old: "signing", new: "next"}
    for replica in replicas:

        async def lists(replica: Vendor = replica) -> bool:
            return (await replica.published())[0].kids == (old, new)

        await until(lists)
    tenant = await first.cloud.tenant()
    assert await signer(second, await second.token(tenant)) == old


async def test_a_rotation_reaches_every_replica_and_breaks_no_token(replicas: Replicas) -> None:
    first, second = replicas
    tenant = await first.cloud.tenant()
    before = await first.token(tenant)
    (old,) = await first.states()
    new = await first.create()
    rotated = await first.rotate()
    assert (rotated.signing.kid, rotated.former.kid) == (new, old)
    assert await first.states() == {old: "verifying", new: "signing"}
    assert await signer(first, await first.token(tenant)) == new

    async def second_signs_with_it() -> bool:
        return await signer(second, await second.token(tenant)) == new

    await until(second_signs_with_it)
    for replica in replicas:
        assert (await replica.verdict(before)).valid
        assert (await replica.published())[0].kids == (new, old)


async def test_a_retired_key_is_refused_everywhere_and_every_device_is_told(
    replicas: Replicas,
) -> None:
    first, second = replicas
    tenant = await first.cloud.tenant()
    device = await first.cloud.device(tenant)
    leaked_token = await first.token(tenant)
    channel = second.cloud.with_certificate(device.certificate_pem, device.key_pem)
    line = Line(channel)
    await line.hello()
    assert (await line.expect("welcome")).trust.epoch == 1
    (leaked,) = await first.states()
    new = await first.create()
    ended = await first.retire(leaked)
    assert (ended.retired.kid, ended.signing.kid, ended.retired.retired_in_epoch) == (
        leaked,
        new,
        2,
    )
    told = await line.expect("rights_changed")
    assert (told.trust.epoch, list(told.trust.retired_kids)) == (2, [leaked])
    line.call.cancel()

    async def refused_at_both() -> bool:
        return not any([(await each.verdict(leaked_token)).valid for each in replicas])

    await until(refused_at_both)
    for replica in replicas:
        verdict = await replica.verdict(leaked_token)
        assert verdict.reason == reasons.ERROR_REASON_TOKEN_INVALID
        keys, answer = await replica.published()
        assert keys.kids == (new,)
        assert (answer.trust.epoch, list(answer.trust.retired_kids)) == (2, [leaked])
        assert await signer(replica, await replica.token(tenant)) == new


async def test_a_key_waits_until_verifiers_that_cache_know_it(vendor: Vendor) -> None:
    new = await vendor.create()
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await vendor.rotate(at_once=False)
    vendor.cloud.clock.advance(PUBLISHED_FOR - timedelta(seconds=1))
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await vendor.rotate(at_once=False)
    vendor.cloud.clock.advance(timedelta(seconds=1))
    assert (await vendor.rotate(at_once=False)).signing.kid == new


async def test_the_key_published_longest_is_next_and_another_may_be_named(vendor: Vendor) -> None:
    first = await vendor.create()
    vendor.cloud.clock.advance(timedelta(hours=1))
    second = await vendor.create()
    vendor.cloud.clock.advance(timedelta(hours=1))
    third = await vendor.create()
    assert (await vendor.rotate()).signing.kid == first
    assert (await vendor.rotate(third)).signing.kid == third
    assert (await vendor.rotate()).signing.kid == second
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await vendor.rotate()
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await vendor.rotate(first)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await vendor.rotate("../../etc/passwd")


async def test_the_last_key_is_not_retired_and_a_retired_one_never_comes_back(
    vendor: Vendor,
) -> None:
    (only,) = await vendor.states()
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await vendor.retire(only)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await vendor.retire("unknown")
    await vendor.create()
    for _ in range(2):
        assert (await vendor.retire(only)).trust.epoch == 2
    path = vendor.folder / f"{only}.pem"
    path.write_text(path.read_text())
    unrelated = await vendor.create()
    assert (await vendor.states())[only] == "retired"
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await vendor.rotate(only)
    assert (await vendor.retire(unrelated)).trust.epoch == 3
    assert (await vendor.list()).trust.epoch == 3


async def test_a_replica_without_the_new_file_signs_with_the_former_key(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    async with running_cloud(own, dsns, superuser) as cloud:
        vendor = Vendor(cloud)
        tenant = await cloud.tenant()
        (old,) = await vendor.states()
        new = await vendor.create()
        (vendor.folder / f"{new}.pem").rename(tmp_path / "away")
        async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
            await vendor.rotate()
        (tmp_path / "away").rename(vendor.folder / f"{new}.pem")
        await vendor.rotate()
        (vendor.folder / f"{new}.pem").rename(tmp_path / "away")

        async def signs_with_the_former() -> bool:
            return await signer(vendor, await vendor.token(tenant)) == old

        await until(signs_with_the_former)
        assert (await vendor.published())[0].kids == (new, old)


async def test_keys_come_in_pages_the_newest_first(vendor: Vendor) -> None:
    (first,) = await vendor.states()
    vendor.cloud.clock.advance(timedelta(minutes=1))
    others = {await vendor.create(), await vendor.create()}
    seen, token = [], ""
    keys = KeyServiceStub(vendor.cloud.vendor)
    for _ in range(3):
        page = await keys.ListSigningKeys(ListSigningKeysRequest(page_size=1, page_token=token))
        seen += [key.kid for key in page.keys]
        token = page.next_page_token
    assert token == ""
    assert (set(seen[:2]), seen[2:]) == (others, [first])


async def test_no_private_part_is_in_the_database_or_an_answer(vendor: Vendor) -> None:
    await vendor.create()
    async with vendor.cloud.superuser() as connection:
        rows = await connection.fetch("select k::text as all from license_keys k")
    listed = await vendor.list()
    for text in (*(row["all"] for row in rows), str(listed)):
        assert "PRIVATE" not in text
    assert [key.held for key in listed.keys] == [True, True]


async def test_every_key_event_is_in_the_audit_log(vendor: Vendor) -> None:
    (old,) = await vendor.states()
    second = timedelta(seconds=1)
    vendor.cloud.clock.advance(second)
    new = await vendor.create()
    vendor.cloud.clock.advance(second)
    await vendor.rotate()
    vendor.cloud.clock.advance(second)
    await vendor.retire(old)
    async with vendor.cloud.superuser() as connection:
        rows = await connection.fetch(
            "select action, resource, actor_kind from audit_log "
            "where action ~ '^(signing_key|trust_epoch)' order by recorded_at, entry_id"
        )
    assert [tuple(row) for row in rows] == [
        ("signing_key.created", f"signing_key/{old}", "service"),
        ("signing_key.created", f"signing_key/{new}", "service"),
        ("signing_key.rotated", f"signing_key/{new}", "vendor"),
        ("signing_key.retired", f"signing_key/{old}", "vendor"),
        ("trust_epoch.raised", "trust_epoch/2", "vendor"),
    ]


@pytest.mark.parametrize("fault", ["empty", "missing", "broken", "public", "weak"])
async def test_a_directory_that_cannot_sign_is_explained(
    new_database: NewDatabase, tmp_path: Path, fault: str
) -> None:
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    folder = own.directory / "licenses"
    (path,) = folder.glob("*.pem")
    match fault:
        case "empty":
            path.unlink()
        case "missing":
            path.unlink()
            folder.rmdir()
        case "broken":
            (folder / "broken.pem").write_text("nonsense")
        case "public":
            path.write_text(SigningKey(path.stem, path.read_text()).public.pem())
        case _:
            path.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ConfigError, match="licence keys"):
        async with running_cloud(own, dsns, superuser):
            pass


async def test_a_broken_file_or_another_key_under_a_known_kid_stops_no_running_server(
    vendor: Vendor,
) -> None:
    (old,) = await vendor.states()
    tenant = await vendor.cloud.tenant()
    (vendor.folder / "broken.pem").write_text("nonsense")
    (vendor.folder / f"{old}.pem").write_text(SigningKey.generate().private_pem)
    new = await vendor.create()
    async with refused(grpc.StatusCode.UNAVAILABLE):
        await vendor.token(tenant)
    await vendor.rotate(new)
    assert await signer(vendor, await vendor.token(tenant)) == new
    assert await vendor.states() == {old: "verifying", new: "signing"}


async def test_the_oldest_file_signs_first_and_public_halves_verify(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    folder = own.directory / "licenses"
    (first,) = (path.stem for path in folder.glob("*.pem"))
    second = add_signing_key(folder)
    half = SigningKey.generate()
    (folder / f"{half.kid}.pem").write_text(half.public.pem())
    async with running_cloud(own, dsns, superuser) as cloud:
        vendor = Vendor(cloud)
        assert await vendor.states() == {first: "signing", second: "next", half.kid: "verifying"}
        assert set((await vendor.published())[0].kids) == {first, second, half.kid}
