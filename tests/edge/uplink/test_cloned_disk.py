"""A disk that was copied into another machine does not make that machine the same device."""

from pathlib import Path

import pytest

from edge.hardware import refuse_clone
from edge.uplink.enrollment import Enrollment
from edge.uplink.identity import StateDirectory
from mesh.database import Database
from mesh.errors import StartError
from tests.edge.cloud_double.cloud import TOKEN, Cloud


async def test_the_enrolled_hardware_goes_on(
    enrollment: Enrollment, state: StateDirectory, new_database: Database
) -> None:
    await refuse_clone(new_database, state, "hw-1", None)
    identity = await enrollment.identity()
    await refuse_clone(new_database, state, "hw-1", None)
    assert state.load() == identity


async def test_other_hardware_is_refused_and_told_what_to_do(
    enrollment: Enrollment, state: StateDirectory, new_database: Database
) -> None:
    identity = await enrollment.identity()
    with pytest.raises(StartError, match=r"hw-1, this is hw-2.*ENROLLMENT_TOKEN"):
        await refuse_clone(new_database, state, "hw-2", None)
    assert state.load() == identity, "the disk works on in its own machine"


async def test_a_fresh_token_makes_the_copy_a_device_of_its_own(
    enrollment: Enrollment, state: StateDirectory, new_database: Database, cloud: Cloud
) -> None:
    copied = await enrollment.identity()
    await refuse_clone(new_database, state, "hw-2", TOKEN)
    cloud.enrollment_token = TOKEN
    own = await enrollment.identity()
    assert own.key_thumbprint != copied.key_thumbprint


async def test_hardware_that_tells_nothing_is_not_held_against_it(
    enrollment: Enrollment, state: StateDirectory, new_database: Database, tmp_path: Path
) -> None:
    identity = await enrollment.identity()
    await refuse_clone(new_database, state, None, None)
    (tmp_path / "state" / "hardware_id").write_text("hw-1")
    await refuse_clone(new_database, state, "dmi-now-readable", None)
    assert state.load() == identity
