"""What the cloud revoked stays revoked: offline, over restarts, whoever brings an older list."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1.license_service_pb2_grpc import LicenseServiceStub

from mesh.clock import ManualClock
from mesh.errors import FailedPrecondition, Internal, Unavailable
from rights.claims import Epoch
from rights.keys import KeySet, SigningKey
from rights.revocations import sign_list
from rights.trust import Trust
from sdk.clock import ForwardClock
from sdk.holding import Terms
from sdk.keeper import Keeper
from sdk.refusal import NotLicensed
from sdk.shelf import Kept, Shelf
from tests.billing.cloud_harness import ISSUER, Authorities, Cloud, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.revocations.test_list import resume, suspend
from tests.sdk.instance import CUSTOMER, LISTED, NOON, Site, altered, signed
from tests.sdk.test_keeper import Source, kept, refusal, shelf_file

SECOND = timedelta(seconds=1)


@pytest.fixture
async def cloud(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Cloud]:
    """A cloud whose clock the test may move."""
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    async with running_cloud(own, dsns, superuser) as running:
        yield running


@pytest.fixture
async def site(cloud: Cloud, tmp_path: Path) -> Site:
    return await Site.at(cloud, tmp_path)


async def list_of(site: Site) -> str:
    stub = LicenseServiceStub(site.tenant.admin)
    return (await stub.GetRevocationList(pb.GetRevocationListRequest())).revocation_list


async def token_of(site: Site) -> str:
    stub = LicenseServiceStub(site.tenant.admin)
    return (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license


async def keys_of(site: Site) -> str:
    stub = LicenseServiceStub(site.tenant.admin)
    return (await stub.GetPublicKeys(pb.GetPublicKeysRequest())).jwks


async def suspend_for_a_while(cloud: Cloud, site: Site) -> None:
    await suspend(cloud, site.tenant)
    cloud.clock.advance(2 * SECOND)
    await resume(cloud, site.tenant)


async def void_what_comes(cloud: Cloud, site: Site) -> None:
    """The cloud's list voids what it signs within the next hour."""
    async with cloud.superuser() as connection:
        await connection.execute(
            "insert into license_revocations values ($1, now() + interval '1 hour')",
            site.tenant.uuid,
        )


async def test_the_list_comes_with_a_refresh_and_stops_what_it_voids(
    cloud: Cloud, site: Site
) -> None:
    async with site.mesh() as mesh:
        mesh.guards.api_access()
        await void_what_comes(cloud, site)
        with pytest.raises(NotLicensed):
            await mesh.keeper.refresh()
        assert (refusal(mesh).guard, refusal(mesh).reason) == ("license", "LICENSE_REVOKED")
        assert "revoked" in refusal(mesh).message
        with pytest.raises(Internal, match="revoked"):
            await mesh.keeper.refresh()
        assert refusal(mesh).reason == "LICENSE_REVOKED"
    for given in ("", "nonsense"):
        async with site.offline(license_jwt=given) as mesh:
            assert refusal(mesh).reason == "LICENSE_REVOKED"


async def test_a_token_from_before_a_suspension_is_void_after_it(cloud: Cloud, site: Site) -> None:
    old = await token_of(site)
    async with site.mesh() as mesh:
        await suspend_for_a_while(cloud, site)
        await mesh.keeper.refresh()
        mesh.guards.api_access()
    shelf_file(site).write_text(json.dumps(kept(site) | {"token": ""}))
    async with site.offline(license_jwt=old) as mesh:
        assert refusal(mesh).reason == "LICENSE_REVOKED"
    async with site.mesh(license_jwt=old) as mesh:
        await mesh.keeper.refresh()
        mesh.guards.api_access()


async def test_the_list_is_learned_from_a_cloud_that_refuses_a_licence(
    cloud: Cloud, site: Site
) -> None:
    async with site.mesh() as mesh:
        await suspend(cloud, site.tenant)
        with pytest.raises(FailedPrecondition, match="suspended"):
            await mesh.keeper.refresh()
    shelf_file(site).write_text(json.dumps(kept(site) | {"denial": None}))
    async with site.offline() as mesh:
        assert refusal(mesh).reason == "LICENSE_REVOKED"


async def test_an_instance_without_a_network_is_handed_the_list(cloud: Cloud, site: Site) -> None:
    given = {"license_jwt": await token_of(site), "license_public_key": await keys_of(site)}
    before = await list_of(site)
    async with site.offline(**given, revocation_list=before) as mesh:
        mesh.guards.api_access()
    await suspend_for_a_while(cloud, site)
    async with site.offline(**given, revocation_list=await list_of(site)) as mesh:
        assert refusal(mesh).reason == "LICENSE_REVOKED"
    for older in (before, ""):
        async with site.offline(**given, revocation_list=older) as mesh:
            assert refusal(mesh).reason == "LICENSE_REVOKED"
    async with site.offline(**given | {"license_jwt": await token_of(site)}) as mesh:
        mesh.guards.api_access()


async def test_nobody_elses_list_is_believed(cloud: Cloud, site: Site, tmp_path: Path) -> None:
    theirs = await Site.at(cloud, tmp_path / "theirs")
    given = {"license_jwt": await token_of(site), "license_public_key": await keys_of(site)}
    await suspend(cloud, theirs.tenant)
    stranger = replace(
        LISTED, customer_id=site.tenant.tenant_id, void_before=cloud.clock.now() + SECOND
    )
    unknown = SigningKey.generate()
    (genuine,) = json.loads(given["license_public_key"])["keys"]
    posing = SigningKey(genuine["kid"], unknown.private_pem)
    forged = (sign_list(stranger, key) for key in (unknown, posing))
    for refused in (await list_of(theirs), *forged, "nonsense"):
        async with site.offline(**given, revocation_list=refused) as mesh:
            mesh.guards.api_access()
        assert kept(site)["revocation_list"] == ""


async def test_a_list_altered_on_disk_is_left_aside(cloud: Cloud, site: Site) -> None:
    old = await token_of(site)
    async with site.mesh():
        await suspend(cloud, site.tenant)
    changes = {"token": old, "denial": None, "revocation_list": altered(await list_of(site))}
    shelf_file(site).write_text(json.dumps(kept(site) | changes))
    async with site.offline() as mesh:
        mesh.guards.api_access()


class Silent(Source):
    """A cloud that has no list to give while it is silent."""

    silent = False

    async def revocation_list(self) -> str:
        if self.silent:
            raise Unavailable("cloud")
        return await super().revocation_list()


@pytest.fixture
def source(signing_key: SigningKey) -> Silent:
    made = Silent(signing_key)
    made.may_answer.set()
    return made


def start(source: Source, state: Path) -> Keeper:
    """An instance that goes on from what `state` holds."""
    shelf = Shelf(state)
    terms = Terms(CUSTOMER, ISSUER, "", KeySet([]))
    return Keeper(source, shelf, ForwardClock(ManualClock(NOON), None), terms, shelf.load())


async def test_an_older_list_takes_nothing_back(source: Silent, tmp_path: Path) -> None:
    source.listed = replace(LISTED, void_before=NOON + SECOND)
    keeper = start(source, tmp_path)
    with pytest.raises(NotLicensed):
        await keeper.refresh()
    source.listed = replace(LISTED, epoch=Epoch("first", 6))
    source.issued_at = NOON + SECOND
    for again in (keeper, start(source, tmp_path)):
        with pytest.raises(Internal, match="below 7"):
            await again.refresh()
        assert again.current().issued_at == NOON + SECOND
    source.issued_at = NOON
    Shelf(tmp_path).save(replace(Shelf(tmp_path).load(), token=signed(source.key)))
    assert start(source, tmp_path).standing.reason == "LICENSE_REVOKED"


async def test_a_forged_list_from_the_cloud_takes_no_licence_away(
    source: Silent, tmp_path: Path
) -> None:
    source.listed = replace(LISTED, void_before=NOON + SECOND)
    source.list_key = SigningKey.generate()
    keeper = start(source, tmp_path)
    with pytest.raises(Internal, match="cannot be believed"):
        await keeper.refresh()
    assert keeper.current().issued_at == NOON


async def test_a_list_that_cannot_be_had_holds_no_renewal_up(
    source: Silent, tmp_path: Path
) -> None:
    source.silent = True
    keeper = start(source, tmp_path)
    with pytest.raises(Unavailable):
        await keeper.refresh()
    assert keeper.current().issued_at == NOON


async def test_the_kept_list_holds_though_keys_were_retired_since(
    source: Silent, tmp_path: Path
) -> None:
    source.listed = replace(LISTED, void_before=NOON + SECOND)
    keeper = start(source, tmp_path)
    with pytest.raises(NotLicensed):
        await keeper.refresh()
    source.silent, source.trust = True, Trust(3, frozenset({"another"}))
    with pytest.raises(Internal):
        await keeper.refresh()
    assert Shelf(tmp_path).load().trust == source.trust
    assert start(source, tmp_path).standing.reason == "LICENSE_REVOKED"


async def test_the_list_retires_keys_too(
    source: Silent, signing_key: SigningKey, tmp_path: Path
) -> None:
    listing = SigningKey.generate()
    keys = KeySet([signing_key.public, listing.public])
    told = replace(LISTED, trust=Trust(2, frozenset({signing_key.kid})))
    terms = Terms(CUSTOMER, ISSUER, signed(signing_key), keys, sign_list(told, listing))
    clock = ForwardClock(ManualClock(NOON), None)
    keeper = Keeper(source, Shelf(tmp_path), clock, terms, Kept())
    assert keeper.standing.reason == "TOKEN_INVALID"
    assert "retired" in keeper.standing.why
    await keeper.stop()
    assert Shelf(tmp_path).load().trust == told.trust
