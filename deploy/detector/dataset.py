"""Training pictures: rendered scenes as they look after a video codec."""

import io
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from deploy.detector.boxes import LABELS, Box
from deploy.detector.scenes import Frame, render_clip
from deploy.detector.seeds import TRAIN_SEEDS
from deploy.detector.video import decode, encode

MAX_OBJECTS = 40
_CLIP_FRAMES = 6
_CLIP_FPS = 2


@dataclass(frozen=True, slots=True)
class Samples:
    """`images` (n, height, width, 3) uint8 RGB; `objects` (n, MAX_OBJECTS, 6) float32.

    An object is (x1, y1, x2, y2, class index, kind): kind 1 counts, 0 is ignored, -1 is padding.
    """

    images: Frame
    objects: NDArray[np.float32]


def make_samples(seeds: range) -> Samples:
    """Render the scenes of `seeds` (a part of TRAIN_SEEDS) on every core, in the seeds' order."""
    if seeds[0] not in TRAIN_SEEDS or seeds[-1] not in TRAIN_SEEDS:
        raise ValueError("these scenes are kept from training")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(_clip_samples, seeds, chunksize=8))
    images = np.concatenate([images for images, _ in parts])
    return Samples(images, np.concatenate([objects for _, objects in parts]))


def _clip_samples(seed: int) -> tuple[Frame, NDArray[np.float32]]:
    """Render one clip; four in five pass through the codec, from starved to generous."""
    clip = list(render_clip(seed, _CLIP_FRAMES, _CLIP_FPS))
    frames = [frame for frame, _ in clip]
    rng = np.random.default_rng((seed, 1))
    if rng.random() < 0.8:
        file = io.BytesIO()
        bits_per_frame = int(10 ** rng.uniform(4.5, 5.3))
        encode(file, frames, _CLIP_FPS, bits_per_frame * _CLIP_FPS)
        file.seek(0)
        frames = list(decode(file))
    return np.stack(frames), np.stack([_object_rows(boxes) for _, boxes in clip])


def _object_rows(boxes: Iterable[Box]) -> NDArray[np.float32]:
    rows = np.full((MAX_OBJECTS, 6), -1, np.float32)
    for row, box in zip(rows, boxes, strict=False):
        kind = 0 if box.ignored else 1
        row[:] = (box.x1, box.y1, box.x2, box.y2, LABELS.index(box.label), kind)
    return rows
