"""The hardware's own id, and the identity that belongs to other hardware."""

from pathlib import Path
from uuid import UUID, uuid4

import structlog

from edge.uplink.devices import enrolled_hardware
from edge.uplink.identity import StateDirectory
from mesh.database import Database
from mesh.errors import StartError

_DMI = Path("/sys/class/dmi/id/product_uuid")
_NOBODY = {UUID(int=0), UUID(int=2**128 - 1)}


def hardware_id(configured: str | None, state: StateDirectory, dmi: Path = _DMI) -> str:
    """What is configured, else the DMI product UUID, else a UUID made once and kept."""
    return found_hardware_id(configured, dmi) or state.hardware_id(uuid4())


def found_hardware_id(configured: str | None, dmi: Path = _DMI) -> str | None:
    """What is configured, else the DMI product UUID; None where neither can be read."""
    if configured is not None:
        return configured
    try:
        found = UUID(dmi.read_text().strip())
    except (OSError, ValueError):
        return None
    return None if found in _NOBODY else str(found)


async def refuse_clone(
    database: Database, state: StateDirectory, here: str | None, token: str | None
) -> None:
    """An identity that was enrolled on other hardware is a copy and is not used here.

    `here` is what `found_hardware_id` says. With an enrolment `token` the copy is set aside, so
    that this machine enrols as itself with a key of its own. Raises StartError without one.
    """
    identity = state.load()
    if identity is None or here is None:
        return
    enrolled = await enrolled_hardware(database, identity.device_id)
    if enrolled in {None, "", here} or enrolled == state.hardware_id(uuid4()):
        return
    if token is None:
        raise StartError(
            f"this disk was enrolled on other hardware ({enrolled}, this is {here}) and its "
            "identity is refused here; set BRINKBYTE_EDGE_ENROLLMENT_TOKEN to a fresh token to "
            "enrol this machine as itself"
        )
    structlog.get_logger().warning("enrolling anew", enrolled_on=enrolled, hardware=here)
    state.set_aside()
