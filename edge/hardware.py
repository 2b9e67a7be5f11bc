"""The hardware's own id."""

from pathlib import Path
from uuid import UUID, uuid4

from edge.uplink.identity import StateDirectory

_DMI = Path("/sys/class/dmi/id/product_uuid")
_NOBODY = {UUID(int=0), UUID(int=2**128 - 1)}


def hardware_id(configured: str | None, state: StateDirectory, dmi: Path = _DMI) -> str:
    """What is configured, else the DMI product UUID, else a UUID made once and kept."""
    if configured is not None:
        return configured
    try:
        found = UUID(dmi.read_text().strip())
    except (OSError, ValueError):
        return state.hardware_id(uuid4())
    return state.hardware_id(uuid4()) if found in _NOBODY else str(found)
