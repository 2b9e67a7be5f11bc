"""Every figure, one after the other: `python -m bench [--quick]`."""

import sys
import traceback
from collections.abc import Callable, Sequence
from time import perf_counter

from bench import (
    closing,
    decisions,
    detector,
    edge_check,
    frame_loop,
    ingest,
    quotas,
    revocation,
    track,
    validate,
    validate_scale,
    visibility,
)

FIGURES = {
    "usage ingest": ingest.main,
    "usage to quota and preview": visibility.main,
    "closing a period": closing.main,
    "cached validation": validate.main,
    "validation at scale": validate_scale.main,
    "revocation": revocation.main,
    "quotas": quotas.main,
    "decisions": decisions.main,
    "licence check on the node": edge_check.main,
    "tracking": track.main,
    "frame loop": frame_loop.main,
    "detector": detector.main,
}


def main(arguments: Sequence[str]) -> int:
    """Runs all, also after one that failed; the exit status is 1 when one failed or a promise is
    not kept. A quick run promises nothing."""
    began = perf_counter()
    outcomes = {name: _outcome(name, run, arguments) for name, run in FIGURES.items()}
    bad = ("failed",) if "--quick" in arguments else ("failed", "missed")
    print(f"\n{perf_counter() - began:.0f} s")
    for name, outcome in outcomes.items():
        print(f"{outcome:6}  {name}")
    return 1 if any(outcome in bad for outcome in outcomes.values()) else 0


def _outcome(name: str, run: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> str:
    print(f"\n{name}\n{'-' * len(name)}", flush=True)
    try:
        return "missed" if run(arguments) else "met"
    except Exception:  # the figures after it are still wanted
        traceback.print_exc()
        return "failed"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
