"""Scenes are reproducible, labelled for what can be seen, and split for training and judging."""

from collections import defaultdict

import numpy as np
import pytest

from deploy.detector.boxes import Box
from deploy.detector.dataset import make_samples
from deploy.detector.scenes import FRAME_HEIGHT, FRAME_WIDTH, LABELS, render_clip
from deploy.detector.seeds import EVAL_SEEDS, TRAIN_SEEDS


def boxes_by_track(seed: int, frames: int, fps: float) -> dict[int, list[Box]]:
    tracks: dict[int, list[Box]] = defaultdict(list)
    for _, boxes in render_clip(seed, frames, fps):
        for box in boxes:
            tracks[box.track].append(box)
    return tracks


def test_a_seed_fixes_the_clip() -> None:
    first = list(render_clip(7, 3, 5))
    again = list(render_clip(7, 3, 5))
    other = list(render_clip(8, 3, 5))

    for (frame, boxes), (same_frame, same_boxes) in zip(first, again, strict=True):
        assert frame.shape == (FRAME_HEIGHT, FRAME_WIDTH, 3)
        assert frame.dtype == np.uint8
        assert np.array_equal(frame, same_frame)
        assert boxes == same_boxes
    assert not np.array_equal(first[0][0], other[0][0])


def test_boxes_lie_in_the_frame_and_every_class_appears() -> None:
    seen = set()
    for seed in range(6):
        for _, boxes in render_clip(seed, 2, 0.5):
            for box in boxes:
                assert 0 <= box.x1 < box.x2 <= FRAME_WIDTH
                assert 0 <= box.y1 < box.y2 <= FRAME_HEIGHT
                seen.add(box.label)
    assert seen == set(LABELS)


def test_an_object_mostly_out_of_sight_is_ignored_and_one_in_full_sight_counts() -> None:
    hidden = counted = 0
    for seed in range(4):
        for boxes in boxes_by_track(seed, 24, 4).values():
            full = max(box.x2 - box.x1 for box in boxes)
            if boxes[0].label == "person" or full < 30:
                continue
            for box in boxes:
                if box.x2 - box.x1 < 0.3 * full:
                    assert box.ignored
                    hidden += 1
                counted += not box.ignored
    assert hidden >= 5
    assert counted >= 100


def test_an_object_keeps_its_track_and_moves_on() -> None:
    moved = 0
    for boxes in boxes_by_track(3, 20, 5).values():
        whole = [box for box in boxes if not box.ignored and box.x1 > 5 and box.x2 < 315]
        assert len({box.label for box in boxes}) == 1
        if len(whole) < 5 or whole[0].label == "person":
            continue
        middles = [(box.x1 + box.x2) / 2 for box in whole]
        assert abs(middles[-1] - middles[0]) > 5
        moved += 1
    assert moved >= 3


def test_training_cannot_look_at_the_scenes_kept_for_judging() -> None:
    assert not set(TRAIN_SEEDS) & set(EVAL_SEEDS)
    with pytest.raises(ValueError, match="kept from training"):
        make_samples(EVAL_SEEDS[:2])
