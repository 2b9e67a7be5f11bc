"""The licence is kept fresh, survives restarts without a network, and cannot be forged."""

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from brinkbyte.license.v1.key_service_pb2 import RetireSigningKeyRequest, RotateSigningKeyRequest
from brinkbyte.license.v1.key_service_pb2_grpc import KeyServiceStub

from mesh.clock import ManualClock
from mesh.errors import FailedPrecondition, Internal, MeshError, StartError, Unauthenticated
from rights.keys import KeySet, SigningKey
from rights.revocations import sign_list
from rights.trust import NEVER_TOLD, PublishedKeys, Trust
from sdk.client import Mesh
from sdk.clock import ForwardClock
from sdk.holding import Terms
from sdk.keeper import Keeper, Standing
from sdk.refusal import NotLicensed
from sdk.shelf import Kept, Shelf
from tests.billing.cloud_harness import ISSUER, Authorities, Cloud
from tests.sdk.conftest import CloudAgain
from tests.sdk.instance import CUSTOMER, LISTED, NOON, Site, altered, signed

DAY = timedelta(days=1)


def now() -> ManualClock:
    return ManualClock(datetime.now(UTC))


def kept(site: Site) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(shelf_file(site).read_text())
    return document


def shelf_file(site: Site) -> Path:
    return site.state / "instance" / "license.json"


def refusal(mesh: Mesh) -> NotLicensed:
    with pytest.raises(NotLicensed) as refused:
        mesh.guards.api_access()
    return refused.value


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.02)


async def test_an_instance_fetches_its_licence_and_keeps_it_to_itself(site: Site) -> None:
    async with site.mesh() as mesh:
        assert mesh.license.customer_id == site.tenant.tenant_id
        assert mesh.license.plan == "trial"
        assert mesh.license.packs == {"base"}
        mesh.guards.api_access()
        mesh.guards.max_users(1)
        with pytest.raises(NotLicensed):
            mesh.guards.max_users(2)
        with pytest.raises(NotLicensed):
            mesh.guards.can_export()
    assert stat.S_IMODE(shelf_file(site).stat().st_mode) == 0o600
    assert stat.S_IMODE(shelf_file(site).parent.stat().st_mode) == 0o700


async def test_a_restart_without_a_network_goes_on_until_the_licence_ends(site: Site) -> None:
    async with site.mesh() as mesh:
        token, ends = mesh.license.token, mesh.license.expires_at
    clock = now()
    async with site.offline(clock=clock) as mesh:
        assert mesh.license.token == token
        with pytest.raises(MeshError):
            await mesh.keeper.refresh()
        clock.advance(ends - clock.now())
        mesh.guards.api_access()
        clock.advance(timedelta(minutes=2))
        assert refusal(mesh).reason == "LICENSE_EXPIRED"
        assert mesh.keeper.standing.license is None
    async with site.offline(clock=now()) as mesh:
        assert refusal(mesh).guard == "clock"


async def test_without_a_licence_and_without_a_cloud_nothing_is_permitted(site: Site) -> None:
    mesh = site.offline()
    assert refusal(mesh).reason == "NEVER_VALIDATED"
    async with mesh:
        assert refusal(mesh).reason == "NEVER_VALIDATED"
        with pytest.raises(StartError, match="another process"):
            await site.offline().__aenter__()
    async with site.offline():
        pass


async def test_a_given_token_and_key_suffice_without_a_cloud(site: Site, billing: Cloud) -> None:
    async with site.mesh() as mesh:
        token = mesh.license.token
    shelf_file(site).unlink()
    pem = SigningKey("k", _signing_pem(billing.authorities)).public.pem()
    async with site.offline(license_jwt=token, license_public_key=pem) as mesh:
        mesh.guards.api_access()
    shelf_file(site).unlink()
    other = SigningKey.generate().public.pem()
    async with site.offline(license_jwt=token, license_public_key=other) as mesh:
        assert refusal(mesh).reason == "TOKEN_INVALID"


async def test_an_altered_token_is_refused_wherever_it_comes_from(
    site: Site, billing: Cloud
) -> None:
    async with site.mesh() as mesh:
        token = mesh.license.token
    pem = SigningKey("k", _signing_pem(billing.authorities)).public.pem()
    document = kept(site) | {"token": altered(token)}
    shelf_file(site).write_text(json.dumps(document))
    async with site.offline(license_jwt=altered(token), license_public_key=pem) as mesh:
        assert refusal(mesh).reason == "TOKEN_INVALID"


async def test_another_customers_token_is_refused(
    site: Site, billing: Cloud, tmp_path: Path
) -> None:
    theirs = await Site.at(billing, tmp_path / "theirs")
    async with theirs.mesh() as mesh:
        token = mesh.license.token
    pem = SigningKey("k", _signing_pem(billing.authorities)).public.pem()
    async with site.offline(license_jwt=token, license_public_key=pem) as mesh:
        assert refusal(mesh).reason == "TOKEN_INVALID"
        assert "another customer" in refusal(mesh).message
    async with site.mesh(customer_id=theirs.tenant.tenant_id) as mesh:
        with pytest.raises(MeshError):
            await mesh.keeper.refresh()
        assert refusal(mesh)


async def test_an_older_systems_id_stands_for_the_customer_that_it_was_first(
    billing: Cloud, tmp_path: Path
) -> None:
    tenant = await billing.tenant(aliases=("legacy-42",))
    site = await Site.at(billing, tmp_path)
    async with site.mesh(customer_id="legacy-42", api_key=tenant.admin_key) as mesh:
        assert mesh.license.customer_id == tenant.tenant_id
    async with site.mesh() as mesh:
        other = mesh.license.token
    async with site.mesh(customer_id="legacy-42", api_key=tenant.admin_key):
        pass
    shelf_file(site).write_text(json.dumps(kept(site) | {"token": other}))
    async with site.offline(customer_id="legacy-42") as mesh:
        assert "another customer" in refusal(mesh).message


async def test_keys_rotate_and_a_retired_one_is_trusted_no_longer(
    cloud_again: CloudAgain, tmp_path: Path
) -> None:
    async with cloud_again() as cloud:
        site = await Site.at(cloud, tmp_path)
        folder = cloud.authorities.directory / "licenses"
        old = SigningKey(_signing_file(cloud.authorities).stem, _signing_pem(cloud.authorities))
        given = {"license_public_key": old.public.pem()}
        async with site.mesh(**given) as mesh:
            first = mesh.license.token
            new = SigningKey.generate()
            (folder / f"{new.kid}.pem").write_text(new.private_pem)
            keys = KeyServiceStub(cloud.vendor)
            await keys.RotateSigningKey(RotateSigningKeyRequest(kid=new.kid, at_once=True))
            renewed = await mesh.keeper.refresh()
            assert renewed.claims.kid == new.kid
            assert {key["kid"] for key in kept(site)["keys"]["keys"]} == {old.kid, new.kid}
        shelf_file(site).write_text(json.dumps(kept(site) | {"token": ""}))
        async with site.offline(license_jwt=first, **given) as mesh:
            mesh.guards.api_access()
        async with site.mesh(license_jwt=first, **given) as mesh:
            await mesh.keeper.refresh()
            await keys.RetireSigningKey(RetireSigningKeyRequest(kid=old.kid))
            await mesh.keeper.refresh()
            mesh.guards.api_access()
    assert kept(site)["trust"] == {"epoch": 2, "retired": [old.kid]}
    shelf_file(site).write_text(json.dumps(kept(site) | {"token": ""}))
    async with site.offline(license_jwt=first, **given) as mesh:
        assert refusal(mesh).reason == "TOKEN_INVALID"
        assert "retired" in refusal(mesh).message


async def test_the_clock_turned_back_is_refused_until_the_cloud_signs_the_time(
    cloud_again: CloudAgain, tmp_path: Path
) -> None:
    async with cloud_again() as cloud:
        site = await Site.at(cloud, tmp_path)
        async with site.mesh(clock=now()) as mesh:
            mesh.guards.api_access()
    machine = now()
    machine.turn_to(machine.now() - 2 * DAY)
    async with site.mesh(clock=machine) as mesh:
        assert (refusal(mesh).guard, refusal(mesh).reason) == ("clock", "CLOCK_INVALID")
        assert "48.0 hours" in refusal(mesh).message
        async with cloud_again():
            await until(lambda: mesh.keeper.standing.license)
            mesh.guards.api_access()
            machine.turn_to(machine.now() - 9 * DAY)
            mesh.guards.api_access()
    async with site.offline(clock=machine) as mesh:
        assert refusal(mesh).guard == "clock"


async def test_an_old_signature_does_not_settle_the_clock(site: Site, billing: Cloud) -> None:
    async with site.mesh(clock=now()) as mesh:
        token = mesh.license.token
    document = kept(site)
    document["high_water"] = (datetime.now(UTC) + 40 * DAY).isoformat()
    document["token"] = ""
    shelf_file(site).write_text(json.dumps(document))
    async with site.offline(license_jwt=token, clock=now()) as mesh:
        assert refusal(mesh).guard == "clock"
    async with site.mesh(clock=now()) as mesh:
        mesh.guards.api_access()
    assert datetime.fromisoformat(kept(site)["high_water"]) < datetime.now(UTC) + DAY


async def test_a_suspension_is_felt_and_outlives_a_restart(billing: Cloud, site: Site) -> None:
    async with site.mesh() as mesh:
        mesh.guards.api_access()
        await _set_status(billing, site, "suspended")
        with pytest.raises(FailedPrecondition):
            await mesh.keeper.refresh()
        assert refusal(mesh).reason == "LICENSE_SUSPENDED"
    async with site.offline() as mesh:
        assert refusal(mesh).reason == "LICENSE_SUSPENDED"
    await _set_status(billing, site, "active")
    async with site.mesh() as mesh:
        mesh.guards.api_access()


async def test_a_revoked_api_key_takes_no_licence_away(site: Site) -> None:
    async with site.mesh():
        pass
    async with site.mesh(api_key="wrong") as mesh:
        with pytest.raises(Unauthenticated):
            await mesh.keeper.refresh()
        mesh.guards.api_access()


async def test_a_change_is_noticed_in_the_background_and_told_once(
    billing: Cloud, site: Site
) -> None:
    told: list[Standing] = []

    def fail(_: Standing) -> None:
        raise RuntimeError("a bad callback")

    async with site.mesh(license_refresh_seconds=1) as mesh:
        mesh.keeper.on_change(fail)
        end = mesh.keeper.on_change(told.append)
        await mesh.keeper.refresh()
        assert not told
        await billing.issue_license(site.tenant, packs=("intelligence",))
        await until(lambda: told)
        mesh.guards.pack("intelligence")
        assert len(told) == 1
        assert told[0].license is not None
        assert "intelligence" in told[0].license.packs
        end()
        await _set_status(billing, site, "suspended")
        with pytest.raises(MeshError):
            await mesh.keeper.refresh()
        assert len(told) == 1


class Source:
    """A cloud that signs with one key, as often as it is asked, once it may answer."""

    def __init__(self, key: SigningKey) -> None:
        self.key, self.asked, self.issued_at = key, 0, NOON
        self.late: SigningKey | None = None
        self.list_key: SigningKey | None = None
        self.listed = LISTED
        self.trust = NEVER_TOLD
        self.may_answer = asyncio.Event()
        self.error: MeshError | None = None

    async def token(self) -> str:
        self.asked += 1
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return signed(self.key, issued_at=self.issued_at, not_before=self.issued_at)

    async def public_keys(self) -> PublishedKeys:
        published, self.late = self.late or self.key, None
        return PublishedKeys(KeySet([published.public]), self.trust)

    async def revocation_list(self) -> str:
        return sign_list(replace(self.listed, trust=self.trust), self.list_key or self.key)


@pytest.fixture
def make_keeper(tmp_path: Path) -> Callable[[Source], Awaitable[Keeper]]:
    async def make(source: Source) -> Keeper:
        terms = Terms(CUSTOMER, ISSUER, "", KeySet([]))
        clock = ForwardClock(ManualClock(NOON), None)
        return Keeper(source, Shelf(tmp_path), clock, terms, Kept())

    return make


async def test_many_who_ask_at_once_share_one_fetch(
    signing_key: SigningKey, make_keeper: Callable[[Source], Awaitable[Keeper]]
) -> None:
    source = Source(signing_key)
    keeper = await make_keeper(source)
    asking = [asyncio.create_task(keeper.refresh()) for _ in range(50)]
    await until(lambda: source.asked)
    source.may_answer.set()
    licenses = await asyncio.gather(*asking)
    assert source.asked == 1
    assert len({license_.token for license_ in licenses}) == 1


async def test_a_key_that_signs_from_now_on_is_fetched_when_it_is_first_met(
    signing_key: SigningKey, make_keeper: Callable[[Source], Awaitable[Keeper]]
) -> None:
    source = Source(signing_key)
    source.may_answer.set()
    keeper = await make_keeper(source)
    first = await keeper.refresh()
    source.late, source.key = source.key, SigningKey.generate()
    assert (await keeper.refresh()).token != first.token


async def test_nobody_goes_back_to_an_older_trust_epoch(
    signing_key: SigningKey, make_keeper: Callable[[Source], Awaitable[Keeper]], tmp_path: Path
) -> None:
    source, stolen = Source(signing_key), SigningKey.generate()
    source.may_answer.set()
    source.trust = Trust(2, frozenset({stolen.kid}))
    keeper = await make_keeper(source)
    await keeper.refresh()
    source.key, source.trust = stolen, Trust(1)
    with pytest.raises(Internal, match="older"):
        await keeper.refresh()
    assert keeper.current().claims.kid == signing_key.kid
    source.trust = Trust(3)
    with pytest.raises(Internal, match="retired"):
        await keeper.refresh()
    assert Shelf(tmp_path).load().trust == Trust(3, frozenset({stolen.kid}))


async def test_an_older_token_than_the_one_held_is_refused(
    signing_key: SigningKey, make_keeper: Callable[[Source], Awaitable[Keeper]]
) -> None:
    source = Source(signing_key)
    source.may_answer.set()
    keeper = await make_keeper(source)
    await keeper.refresh()
    source.issued_at = NOON - DAY
    with pytest.raises(Internal, match="older"):
        await keeper.refresh()
    assert keeper.current().issued_at == NOON


@pytest.mark.parametrize(
    ("reason", "holds"),
    [("STATE_CONFLICT", True), ("LICENSE_SUSPENDED", False), ("LICENSE_EXPIRED", False)],
)
async def test_only_a_verdict_on_the_licence_takes_it_away(
    signing_key: SigningKey,
    make_keeper: Callable[[Source], Awaitable[Keeper]],
    reason: str,
    *,
    holds: bool,
) -> None:
    source = Source(signing_key)
    source.may_answer.set()
    keeper = await make_keeper(source)
    await keeper.refresh()
    source.error = FailedPrecondition(reason, "license", "not now")
    with pytest.raises(FailedPrecondition):
        await keeper.refresh()
    assert (keeper.standing.license is not None) == holds
    assert keeper.standing.reason == ("" if holds else reason)


async def test_a_torn_file_is_no_reason_to_stop(site: Site) -> None:
    async with site.mesh():
        pass
    shelf_file(site).write_text('{"token": "')
    async with site.mesh() as mesh:
        mesh.guards.api_access()


def _signing_file(authorities: Authorities) -> Path:
    (only,) = (authorities.directory / "licenses").glob("*.pem")
    return only


def _signing_pem(authorities: Authorities) -> str:
    return _signing_file(authorities).read_text()


async def _set_status(billing: Cloud, site: Site, status: str) -> None:
    async with billing.superuser() as connection:
        await connection.execute(
            "update licenses set status = $2 where tenant_id = $1", site.tenant.uuid, status
        )
