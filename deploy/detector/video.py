"""Clips as files: an MP4 to play, and its ground truth as JSON lines beside it.

The codec is MPEG-4 Part 2 without B-frames, so decoding order is frame order: frame n of the file
is frame n of the scene.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, TextIO

import av
import numpy as np

from deploy.detector.boxes import Box
from deploy.detector.scenes import FRAME_HEIGHT, FRAME_WIDTH, Frame, render_clip

BIT_RATE = 1_500_000
"""Bits per second of a clip: a compressed but clean camera stream at this frame size."""


def truth_path(video: Path) -> Path:
    """Where the ground truth of a clip lies: beside it, ending `.truth.jsonl`."""
    return video.with_suffix(".truth.jsonl")


def write_clip(video: Path, seed: int, frames: int, fps: int) -> None:
    """Render a scene into `video` and its ground truth beside it, one JSON object a frame.

    A line is `{"frame": n, "boxes": [{"label", "x1", "y1", "x2", "y2", "ignored", "track"}]}`.
    """
    with truth_path(video).open("w", encoding="utf-8") as truth, video.open("wb") as target:
        encode(target, _recorded(render_clip(seed, frames, fps), truth), fps)


def read_truth(video: Path) -> Iterator[tuple[Box, ...]]:
    """Yield the boxes of each frame of a clip, in frame order."""
    with truth_path(video).open(encoding="utf-8") as lines:
        for line in lines:
            yield tuple(Box(**box) for box in json.loads(line)["boxes"])


def encode(target: BinaryIO, frames: Iterable[Frame], fps: int, bit_rate: int = BIT_RATE) -> None:
    """Write RGB frames as an MP4 to a seekable `target`."""
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height = FRAME_WIDTH, FRAME_HEIGHT
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = bit_rate
        stream.codec_context.max_b_frames = 0
        stream.codec_context.time_base = Fraction(1, fps)
        for index, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def decode(source: Path | BinaryIO) -> Iterator[Frame]:
    """Yield the frames of a video in order: (height, width, 3), RGB."""
    with av.open(source, "r") as container:
        for picture in container.decode(video=0):
            yield picture.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def _recorded(scene: Iterable[tuple[Frame, tuple[Box, ...]]], truth: TextIO) -> Iterator[Frame]:
    for index, (frame, boxes) in enumerate(scene):
        line = {"frame": index, "boxes": [asdict(box) for box in boxes]}
        truth.write(json.dumps(line) + "\n")
        yield frame
