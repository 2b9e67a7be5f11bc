"""Kills, crashes, restored backups, replays and late events: nothing is lost or counts twice."""

import os
import secrets
import sys
from collections import Counter
from pathlib import Path
from time import monotonic

import pytest

from tests.chaos.campaign import Campaign
from tests.chaos.plan import POINTS, Plan
from tests.chaos.world import new_world

RUNS = int(os.environ.get("BRINKBYTE_CHAOS_RUNS", "200"))
SEED = os.environ.get("BRINKBYTE_CHAOS_SEED", "")
_LOG_LINES = 12
_CAMPAIGN, _POINTS = 40, 20
"""So many runs are a campaign, in which at least so many different points are struck."""
_EVERYTHING = 150
"""In so many runs every point is."""


@pytest.mark.chaos
async def test_every_use_counts_once_whatever_dies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each run's seed decides all of it; the campaign is void when too little happened."""
    first = int(SEED) if SEED else secrets.randbelow(10**9)
    runs = 1 if SEED else RUNS
    _say(capsys, f"\n{runs} runs from seed {first}")
    async with new_world(tmp_path) as world:
        campaign = Campaign(world)
        for seed in range(first, first + runs):
            started = monotonic()
            try:
                await campaign.run(seed)
                campaign.happened["seconds"] += round(monotonic() - started)
            except BaseException:
                _say(capsys, _failure(seed, tmp_path))
                raise
    _say(capsys, *(f"  {n:>7}  {name}" for name, n in sorted(campaign.happened.items())))
    if runs >= _CAMPAIGN:
        assert not _missing(campaign.happened, runs), "void: too little happened"


def _say(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    with capsys.disabled():
        sys.stdout.write("\n".join([*lines, ""]))
        sys.stdout.flush()


def _failure(seed: int, root: Path) -> str:
    logs = [root / "cloud.log", root / f"run-{seed}" / "node.log"]
    tails = [each.read_text().splitlines()[-_LOG_LINES:] for each in logs if each.exists()]
    return "\n".join(
        [
            f"failed: BRINKBYTE_CHAOS_SEED={seed} make chaos repeats {Plan.of(seed)}",
            *(line[:300] for tail in tails for line in tail),
        ]
    )


def _missing(happened: Counter[str], runs: int) -> list[str]:
    """What should have happened and did not, in words."""
    points = sum(happened[point] > 0 for point in POINTS)
    wanted = len(POINTS) if runs >= _EVERYTHING else _POINTS
    least = {
        "points": wanted,
        "cloud restarted": runs // 8,
        "node restarted": runs // 6,
        "events": 40 * runs,
        "late runs": runs // 15,
        "reports doubled": 50 * runs,
        "reports rejected": runs,
        "reports retried": runs // 15,
        "journal events doubled": runs // 15,
        "journal events doubled by a twin": runs,
        "slices answered by a resync": runs // 20,
        "meter events at Stripe": 3 * runs,
        "hours on invoices": 10 * runs,
        "period_closed": 1,
    }
    did = {**happened, "points": points}
    return [
        f"{name}: {did.get(name, 0)} of at least {times}"
        for name, times in least.items()
        if did.get(name, 0) < times
    ]
