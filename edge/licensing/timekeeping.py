"""The clock's state, kept in the node's database from one run to the next."""

from datetime import datetime

from edge.licensing import store
from edge.licensing.clock import ClockState, ForwardClock
from mesh.database import Database, Role
from rights.claims import Epoch

_CLOCK = "clock"


async def read_clock(database: Database) -> ClockState | None:
    """What an earlier run kept, None when there was none. Raises Unavailable."""
    async with database.transaction(Role.APP) as conn:
        kept = await store.read_setting(conn, _CLOCK)
    if kept is None:
        return None
    high_water = datetime.fromisoformat(kept["high_water"])
    return ClockState(high_water, _moment(kept.get("signed")), _moment(kept.get("proven")))


async def keep_clock(database: Database, clock: ForwardClock, epoch: Epoch) -> None:
    """Keeps the state, and writes what looked wrong into the validation log.

    `epoch` is that of the rights in force. Raises MeshError; what looked wrong then waits on.
    """
    state, events = clock.state, tuple(clock.events)
    clock.learned = False
    kept = {
        "high_water": state.high_water.isoformat(),
        "signed": state.signed.isoformat() if state.signed is not None else None,
        "proven": state.proven.isoformat() if state.proven is not None else None,
    }
    async with database.transaction(Role.APP) as conn:
        await store.write_setting(conn, _CLOCK, kept)
        for message in events:
            await store.log_refusal(
                conn, "clock", "CLOCK_INVALID", message, epoch=epoch, now=state.high_water
            )
    del clock.events[: len(events)]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
