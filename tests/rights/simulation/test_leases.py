"""Leases and commits never pass a hard cap, whatever happens: many histories by seed."""

import os
import sys
from collections import Counter

import pytest

from tests.rights.simulation.world import World

RUNS = int(os.environ.get("BRINKBYTE_SIM_RUNS", "1000"))
SEED = int(os.environ.get("BRINKBYTE_SIM_SEED", "1"))

ENOUGH = (
    "spent",
    "spent offline",
    "refused",
    "granted",
    "reserved",
    "committed",
    "partitioned",
    "crashed",
    "restored",
    "forked",
    "returned",
    "released by force",
    "destroyed",
    "call lost",
    "answer lost",
)
"""Each has to happen at least once in twenty histories, or they prove nothing."""


def test_no_history_passes_the_cap(capsys: pytest.CaptureFixture[str]) -> None:
    """BRINKBYTE_SIM_SEED is the first seed, BRINKBYTE_SIM_RUNS how many follow."""
    happened: Counter[str] = Counter()
    refusals = 0
    for seed in range(SEED, SEED + RUNS):
        world = World(seed)
        try:
            world.run()
        except AssertionError as error:
            raise AssertionError(
                f"BRINKBYTE_SIM_SEED={seed} BRINKBYTE_SIM_RUNS=1: {error}"
            ) from error
        happened += world.happened
        refusals += world.cloud.refusals
    if RUNS >= 100:
        missing = [what for what in ENOUGH if happened[what] * 20 < RUNS]
        assert not missing, f"too little happened: {missing}"
        assert refusals >= RUNS
    told = ", ".join(f"{count} {what}" for what, count in sorted(happened.items()))
    with capsys.disabled():
        sys.stdout.write(
            f"\nleases: {RUNS} histories from seed {SEED}: {told}, {refusals} refusals\n"
        )
