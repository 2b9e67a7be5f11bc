"""SIGKILL between any two steps leaves a consistent count and journal."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from edge.usage import store
from mesh.database import Database, Role

PROGRAM = Path(__file__).parent / "counting_node.py"


def count(dsn: str, first: int, frames: int, faults: str = "") -> tuple[int, list[int]]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), dsn, str(first), str(frames)],
        env={**os.environ, "BRINKBYTE_FAULTS": faults},
        stdout=subprocess.PIPE,
        text=True,
        timeout=150,
        check=False,
    )
    return done.returncode, [int(line) for line in done.stdout.split()]


@pytest.mark.parametrize(
    ("fault", "left_and_counted"),
    [
        ("edge.track.before_write=kill@100", (99, 99)),
        ("edge.meter.before_commit=kill@100", (99, 99)),
        ("edge.meter.after_commit=kill@100", (99, 100)),
        ("edge.journal.before_commit=kill@2", (120, 120)),
        ("edge.journal.after_close=kill@2", (120, 120)),
    ],
)
async def test_a_killed_node_goes_on_where_it_was(
    new_dsn: str,
    new_database: Database,
    read_ledger: Callable[[Database], Awaitable[Any]],
    fault: str,
    left_and_counted: tuple[int, int],
) -> None:
    left, counted = left_and_counted
    async with new_database.transaction(Role.APP) as conn:
        await store.begin_journal(conn, uuid4())
    code, out = count(new_dsn, 0, 200, fault)
    assert code == -signal.SIGKILL
    assert len(out) == left, "a result left the node before its count was committed"
    assert sums(await read_ledger(new_database)) == (counted, counted)
    code, out = count(new_dsn, counted, 200)
    assert code == 0
    assert len(out) == 200
    ledger = await read_ledger(new_database)
    assert sums(ledger) == (counted + 200, counted + 200)
    assert ledger.journalled_frames - messages(ledger) >= counted - 60


def sums(ledger: Any) -> tuple[int, int]:
    """Frames and text messages."""
    return ledger.frames - messages(ledger), messages(ledger)


def messages(ledger: Any) -> int:
    return sum(event.event_type == "sms" for event in ledger.events)
