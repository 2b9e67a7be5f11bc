"""A node gets its certificate once; its key never leaves it."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.uplink.enrollment import Enrollment
from edge.uplink.identity import StateDirectory, write_file
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.errors import StartError
from tests.edge.cloud_double.cloud import Cloud


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


async def test_an_expired_certificate_is_renewed_with_the_key(
    enrollment: Enrollment, cloud: Cloud, new_database: Database
) -> None:
    """The token was spent long ago: after days off the key alone is enough."""
    cloud.certificate_ttl = timedelta(seconds=-1)
    old = await enrollment.identity()
    cloud.certificate_ttl = timedelta(hours=1)
    new = await enrollment.identity()
    assert cloud.renewals_by_key == 1
    assert new.not_after > SystemClock().now() > old.not_after
    assert new.key_thumbprint == old.key_thumbprint
    assert await enrollment.identity() == new


async def test_a_node_whose_key_is_refused_enrols_with_a_token_or_goes_on_offline(
    enrollment: Enrollment, cloud: Cloud
) -> None:
    cloud.certificate_ttl = timedelta(seconds=-1)
    old = await enrollment.identity()
    cloud.retired = True
    assert await enrollment.identity() == old, "the token is used up: the node goes on offline"
    cloud.enrollment_token = enrollment._settings.token
    cloud.certificate_ttl = timedelta(hours=1)
    new = await enrollment.identity()
    assert new.cert_pem != old.cert_pem
    assert new.key_thumbprint == old.key_thumbprint


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
