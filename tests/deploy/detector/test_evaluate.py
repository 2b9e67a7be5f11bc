"""What counts as found, missed and false."""

import pytest

from deploy.detector.boxes import Box, Detection, detections_from_rows
from deploy.detector.evaluate import Score, match, match_by_label

CAR = Box("car", 10, 10, 50, 30)


def found(label: str, *sides: float, score: float = 0.9) -> Detection:
    return Detection(label, *sides, score)


def test_a_close_box_of_the_right_class_is_right() -> None:
    assert match([found("car", 12, 11, 52, 30)], [CAR]) == Score(tp=1)


def test_a_wrong_class_is_both_false_and_a_miss() -> None:
    assert match([found("bus", 10, 10, 50, 30)], [CAR]) == Score(fp=1, fn=1)


def test_a_box_that_overlaps_too_little_is_both_false_and_a_miss() -> None:
    assert match([found("car", 30, 10, 70, 30)], [CAR]) == Score(fp=1, fn=1)


def test_a_second_box_on_the_same_object_is_false() -> None:
    twice = [found("car", 10, 10, 50, 30), found("car", 11, 10, 51, 30, score=0.5)]
    assert match(twice, [CAR]) == Score(tp=1, fp=1)


def test_the_better_score_chooses_first() -> None:
    near, far = Box("car", 0, 0, 40, 20), Box("car", 10, 0, 50, 20)
    unsure, sure = found("car", 2, 0, 42, 20, score=0.4), found("car", 1, 0, 41, 20, score=0.9)
    assert match([unsure, sure], [near, far]) == Score(tp=2)


def test_an_ignored_object_is_neither_demanded_nor_false() -> None:
    hidden = Box("car", 10, 10, 50, 30, ignored=True)
    assert match([], [hidden]) == Score()
    assert match([found("car", 10, 10, 30, 30)], [hidden]) == Score()
    assert match([found("bus", 10, 10, 30, 30)], [hidden]) == Score(fp=1)
    assert match_by_label([found("car", 10, 10, 30, 30)], [hidden])["car"] == Score()


def test_scores_add_up_to_precision_and_recall() -> None:
    total = Score(tp=8, fp=2, fn=0) + Score(tp=1, fp=0, fn=3)
    assert total == Score(9, 2, 3)
    assert total.precision == pytest.approx(9 / 11)
    assert total.recall == pytest.approx(9 / 12)


def test_classes_are_told_apart() -> None:
    scores = match_by_label([found("car", 10, 10, 50, 30), found("bus", 0, 0, 9, 9)], [CAR])
    assert scores["car"] == Score(tp=1)
    assert scores["bus"] == Score(fp=1)
    assert scores["person"] == Score()


def test_rows_under_the_threshold_are_no_detections() -> None:
    rows = [[1, 2, 3, 4, 0.9, 1], [5, 6, 7, 8, 0.3, 0], [0, 0, 0, 0, 0, 0]]
    assert detections_from_rows(rows, ["person", "car"], 0.4) == (
        Detection("car", 1, 2, 3, 4, 0.9),
    )
