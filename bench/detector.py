"""The detector's precision and recall on scenes it never saw.

    python -m bench.detector [--quick]

Scenes go through the video codec and a real Triton. A detection counts when it overlaps an object
of its class with an intersection over union of 0.5 or more.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tritonclient.grpc.aio import InferenceServerClient

from deploy.detector.evaluate import Score, ServedDetector, evaluate
from deploy.detector.seeds import EVAL_SEEDS
from deploy.local.plan import MODEL_REPOSITORY
from deploy.local.testing import triton_server

PROMISE = 0.9
FRAMES = 15
FPS = 5


async def measure(scenes: int) -> Score:
    """The score over the first `scenes` unseen scenes of 15 frames each."""
    total = Score()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            triton_server(Path(folder), MODEL_REPOSITORY) as triton,
            InferenceServerClient(triton.address) as client,
        ):
            detector = await ServedDetector.connect(client)
            async for by_label in evaluate(detector, EVAL_SEEDS[:scenes], FRAMES, FPS):
                total = sum(by_label.values(), total)
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status is 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.detector")
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    score = asyncio.run(measure(4 if quick else 40))
    print(f"precision            {score.precision:8.3f}   (promised >= {PROMISE:.2f})")
    print(f"recall               {score.recall:8.3f}   (promised >= {PROMISE:.2f})")
    print(f"objects              {score.tp + score.fn:8d}")
    return 0 if min(score.precision, score.recall) >= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
