"""A node gets its certificate once and keeps it young; its key never leaves it."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from edge.uplink.enrollment import Enrollment, Renewal
from edge.uplink.identity import StateDirectory, write_file
from edge.uplink.licenses import CloudLicenses
from edge.uplink.link import CloudLink
from mesh.clock import ManualClock, SystemClock
from mesh.database import Database, Role
from mesh.errors import StartError, Unauthenticated
from tests.edge.cloud_double import Cloud


async def test_enrols_once(
    enrollment: Enrollment, cloud: Cloud, tmp_path: Path, new_database: Database
) -> None:
    first = await enrollment.identity()
    again = await enrollment.identity()
    assert first == again
    assert (first.tenant_id, first.device_id) == (cloud.tenant_id, cloud.device_id)
    assert first.key_thumbprint == cloud.thumbprint
    key = tmp_path / "state" / "device.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    async with new_database.transaction(Role.APP) as conn:
        device = await conn.fetchrow("select * from edge_devices")
    assert device is not None
    assert (device["device_id"], device["hardware_id"]) == (cloud.device_id, "hw-1")


async def test_a_used_token_is_a_clear_end(enrollment: Enrollment, cloud: Cloud) -> None:
    cloud.enrollment_token = None
    with pytest.raises(StartError, match="ENROLLMENT_TOKEN_INVALID"):
        await enrollment.identity()


async def test_without_a_token_it_says_what_to_do(
    enrollment: Enrollment, state: StateDirectory, new_database: Database
) -> None:
    settings = replace(enrollment._settings, token=None)
    with pytest.raises(StartError, match="BRINKBYTE_EDGE_ENROLLMENT_TOKEN"):
        await Enrollment(settings, state, new_database, SystemClock()).identity()


async def test_an_expired_certificate_is_replaced_with_a_token(
    enrollment: Enrollment, cloud: Cloud
) -> None:
    cloud.certificate_ttl = timedelta(seconds=-1)
    old = await enrollment.identity()
    cloud.certificate_ttl = timedelta(hours=1)
    assert await enrollment.identity() == old, "the token is used up: the node goes on offline"
    cloud.enrollment_token = enrollment._settings.token
    new = await enrollment.identity()
    assert new.cert_pem != old.cert_pem
    assert new.key_thumbprint == old.key_thumbprint


async def test_renewal_keeps_the_key_and_goes_over(
    link: CloudLink, state: StateDirectory, new_database: Database, cloud: Cloud
) -> None:
    renewal = Renewal(link, state, new_database, SystemClock(), rng=Random(1))
    old = link.identity
    before = link.channel
    await renewal.renew()
    assert cloud.renewals == 1
    assert link.identity.cert_pem != old.cert_pem
    assert link.identity.key_thumbprint == old.key_thumbprint
    assert link.channel is not before
    assert state.load() == link.identity
    cloud.grant("cam")
    answers = await CloudLicenses(link).validate(["cam"])
    assert answers.cameras[0].is_valid


async def test_renewal_is_due_at_about_half_of_the_life(
    link: CloudLink, state: StateDirectory, new_database: Database
) -> None:
    identity = link.identity
    middle = identity.not_before + (identity.not_after - identity.not_before) / 2
    due_at = set()
    for seed in range(20):
        clock = ManualClock(middle - timedelta(hours=1, minutes=20))
        renewal = Renewal(link, state, new_database, clock, rng=Random(seed))
        assert not renewal.due()
        while not renewal.due():
            clock.advance(timedelta(minutes=5))
        assert abs(clock.now() - middle) <= timedelta(hours=1, minutes=20)
        due_at.add(clock.now())
    assert len(due_at) > 5, "a fleet spreads its renewals"


async def test_a_retired_device_cannot_renew(
    link: CloudLink, state: StateDirectory, new_database: Database, cloud: Cloud
) -> None:
    cloud.retired = True
    with pytest.raises(Unauthenticated) as caught:
        await Renewal(link, state, new_database, SystemClock(), rng=Random(1)).renew()
    assert caught.value.reason == "CREDENTIAL_REVOKED"


async def test_files_of_two_identities_are_refused(
    enrollment: Enrollment, state: StateDirectory, tmp_path: Path
) -> None:
    await enrollment.identity()
    (tmp_path / "state" / "device.key").unlink()
    with pytest.raises(StartError, match="another key"):
        state.load()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_file(path, b"old", mode=0o600)
    write_file(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_hardware_id_is_made_once(state: StateDirectory, tmp_path: Path) -> None:
    from edge.hardware import hardware_id

    nowhere = tmp_path / "absent"
    made = hardware_id(None, state, nowhere)
    assert hardware_id(None, state, nowhere) == made
    assert hardware_id("given", state, nowhere) == "given"
    board = tmp_path / "product_uuid"
    board.write_text("03000200-0400-0500-0006-000700080009\n")
    assert hardware_id(None, state, board) == "03000200-0400-0500-0006-000700080009"
    board.write_text("00000000-0000-0000-0000-000000000000\n")
    assert hardware_id(None, state, board) == made
