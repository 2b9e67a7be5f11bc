"""Leases and commits never pass a hard cap, whatever goes wrong.

`BRINKBYTE_SIM_SEED=…` repeats the run of a printed seed.
"""

import os
import sys
import time
from collections import Counter
from random import SystemRandom

import pytest

from tests.rights.simulation.world import World

MUST_HAPPEN = (
    "grants",
    "refusals",
    "uses",
    "commits",
    "partitions",
    "crashes",
    "disk_restores",
    "cloud_restores",
    "force_releases",
    "forks",
    "skews",
    "periods",
)


def simulate(runs: int) -> str:
    """Runs with seeds from a random one on; what happened in one line."""
    given = os.environ.get("BRINKBYTE_SIM_SEED")
    first = int(given) if given else SystemRandom().randrange(10**9)
    began, total = time.monotonic(), Counter[str]()
    for seed in range(first, first + (1 if given else runs)):
        try:
            total += World(seed).run()
        except AssertionError as problem:
            pytest.fail(f"BRINKBYTE_SIM_SEED={seed} repeats it: {problem}")
    if not given:
        rare = [name for name in MUST_HAPPEN if total[name] < runs // 20]
        assert not rare, f"void: too few {rare} in {runs} runs from seed {first}"
    happened = ", ".join(f"{total[name]} {name}" for name in sorted(total))
    return f"seed {first}, {runs} runs in {time.monotonic() - began:.1f} s: {happened}"


def test_no_hard_cap_is_passed_in_a_thousand_runs(capsys: pytest.CaptureFixture[str]) -> None:
    line = simulate(1_000)
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


@pytest.mark.chaos
def test_no_hard_cap_is_passed_in_ten_thousand_runs(capsys: pytest.CaptureFixture[str]) -> None:
    line = simulate(10_000)
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")
