"""A clip on disk plays back frame for frame with its ground truth."""

from pathlib import Path

import numpy as np

from deploy.detector.scenes import Frame, render_clip
from deploy.detector.video import decode, read_truth, truth_path, write_clip


def difference(a: Frame, b: Frame) -> float:
    return float(np.mean((a.astype(np.float32) - b) ** 2))


def test_frame_n_of_the_file_is_frame_n_of_the_scene(tmp_path: Path) -> None:
    video = tmp_path / "street.mp4"
    write_clip(video, seed=11, frames=30, fps=10)
    scene = [frame for frame, _ in render_clip(11, 30, 10)]

    decoded = list(decode(video))

    assert len(decoded) == 30
    for index in range(0, 30, 5):
        distances = [difference(decoded[index], frame) for frame in scene]
        assert int(np.argmin(distances)) == index


def test_ground_truth_lies_beside_the_video(tmp_path: Path) -> None:
    video = tmp_path / "street.mp4"
    write_clip(video, seed=12, frames=4, fps=5)

    assert truth_path(video) == tmp_path / "street.truth.jsonl"
    assert list(read_truth(video)) == [boxes for _, boxes in render_clip(12, 4, 5)]
