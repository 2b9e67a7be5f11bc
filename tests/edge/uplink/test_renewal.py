"""A node keeps its certificate young, gets over one that ran out, and stops when it is retired."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from edge.uplink.enrollment import Enrollment
from edge.uplink.identity import StateDirectory
from edge.uplink.licenses import CloudLicenses
from edge.uplink.link import CloudLink
from edge.uplink.renewal import Renewal, RenewalSettings
from mesh.clock import Clock, ManualClock, SystemClock
from mesh.database import Database
from mesh.errors import Unauthenticated
from mesh.retry import Backoff
from tests.edge.cloud_double.cloud import Cloud
from tests.edge.cloud_double.server import CloudServer


@dataclass
class Rights:
    revoked: int = 0

    async def revoke(self) -> None:
        self.revoked += 1


@pytest.fixture
def rights() -> Rights:
    return Rights()


NewRenewal = Callable[..., Renewal]


@pytest.fixture
def new_renewal(
    cloud_server: CloudServer, state: StateDirectory, new_database: Database, rights: Rights
) -> NewRenewal:
    def make(link: CloudLink, clock: Clock | None = None, seed: int = 1) -> Renewal:
        settings = RenewalSettings(cloud_server.api_addr, cloud_server.ca.cert_pem)
        return Renewal(
            link,
            state,
            new_database,
            clock or SystemClock(),
            settings=settings,
            rights=rights,
            rng=Random(seed),
        )

    return make


async def test_renewal_keeps_the_key_and_goes_over(
    link: CloudLink, state: StateDirectory, new_renewal: NewRenewal, cloud: Cloud
) -> None:
    old, before = link.identity, link.channel
    await new_renewal(link).renew()
    assert (cloud.renewals, cloud.renewals_by_key) == (1, 0)
    assert link.identity.cert_pem != old.cert_pem
    assert link.identity.key_thumbprint == old.key_thumbprint
    assert link.channel is not before
    assert state.load() == link.identity
    cloud.grant("cam")
    answers = await CloudLicenses(link).validate(["cam"])
    assert answers.cameras[0].is_valid


async def test_renewal_is_due_at_half_of_the_life_give_or_take_a_tenth(
    link: CloudLink, new_renewal: NewRenewal
) -> None:
    identity = link.identity
    life = identity.not_after - identity.not_before
    clock = ManualClock(identity.not_before)
    shares = [new_renewal(link, clock, seed).due_in() / life.total_seconds() for seed in range(200)]
    assert 0.45 <= min(shares) < 0.46
    assert 0.54 < max(shares) <= 0.55, "a fleet spreads its renewals"
    clock.turn_to(identity.not_before + life * 0.55)
    assert new_renewal(link, clock).due_in() == 0


async def test_a_certificate_that_runs_out_under_way_is_renewed_with_the_key(
    cloud_server: CloudServer,
    enrollment: Enrollment,
    new_renewal: NewRenewal,
    cloud: Cloud,
    eventually: Any,
) -> None:
    """The cloud was away for the second half of its life."""
    cloud.certificate_ttl = timedelta(seconds=-1)
    link = CloudLink(cloud_server.mtls_addr, cloud_server.ca.cert_pem, await enrollment.identity())
    cloud.certificate_ttl = timedelta(hours=1)
    running = asyncio.create_task(new_renewal(link).run())
    try:
        await eventually(lambda: cloud.renewals_by_key == 1)
        await eventually(lambda: link.identity.not_after > SystemClock().now())
        cloud.grant("cam")
        assert (await CloudLicenses(link).validate(["cam"])).cameras[0].is_valid
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await link.close()


async def test_a_retired_device_cannot_renew_and_loses_its_rights(
    link: CloudLink, new_renewal: NewRenewal, cloud: Cloud, rights: Rights, eventually: Any
) -> None:
    cloud.retired = True
    with pytest.raises(Unauthenticated) as caught:
        await new_renewal(link).renew()
    assert caught.value.reason == "CREDENTIAL_REVOKED"
    late = ManualClock(link.identity.not_after + timedelta(days=3))
    running = asyncio.create_task(new_renewal(link, late).run())
    await eventually(lambda: rights.revoked)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (cloud.renewals, cloud.renewals_by_key) == (0, 0)


async def test_a_certificate_without_its_key_renews_nothing(
    link: CloudLink, new_renewal: NewRenewal, cloud: Cloud
) -> None:
    cloud.thumbprint = "another key was enrolled since"
    late = ManualClock(link.identity.not_after + timedelta(days=3))
    with pytest.raises(Unauthenticated) as caught:
        await new_renewal(link, late).renew()
    assert caught.value.reason == "CREDENTIAL_REVOKED"


async def test_a_clock_that_is_far_ahead_renews_ever_more_seldom(
    link: CloudLink,
    new_renewal: NewRenewal,
    cloud: Cloud,
    eventually: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each new certificate seems to have run out, and each one cuts the node's streams."""

    class NoWait(Backoff):
        resets = 0

        def __next__(self) -> float:
            return super().__next__() * 0

        def reset(self) -> None:
            NoWait.resets += 1

    monkeypatch.setattr("edge.uplink.renewal.Backoff", NoWait)
    ahead = ManualClock(link.identity.not_after + timedelta(days=3))
    running = asyncio.create_task(new_renewal(link, ahead).run())
    await eventually(lambda: cloud.renewals_by_key > 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert NoWait.resets == 0
