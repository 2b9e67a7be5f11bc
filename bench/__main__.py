"""Every figure, one after the other: `python -m bench [--quick]`."""

import sys

from bench import (
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
)

FIGURES = {
    "usage ingest": ingest.main,
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


def main() -> int:
    """Runs all; the exit status is 1 when a promise is not kept."""
    missed = []
    for name, run in FIGURES.items():
        print(f"\n{name}\n{'-' * len(name)}", flush=True)
        if run(sys.argv[1:]):
            missed.append(name)
    print(f"\nmissed: {', '.join(missed)}" if missed else "\nevery figure is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
