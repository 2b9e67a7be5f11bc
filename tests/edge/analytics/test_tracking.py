"""An object keeps its number from frame to frame."""

from edge.analytics.tracking import Tracker
from tests.edge.analytics.scenes import box


def ids(tracker: Tracker, *detections) -> list[int | None]:
    return [sighting.track_id for sighting in tracker.update(detections)]


def test_two_objects_keep_their_ids_whatever_order_they_are_found_in() -> None:
    tracker = Tracker()
    assert ids(tracker, box(0, 0), box(200, 100)) == [1, 2]
    for step in range(1, 30):
        assert ids(tracker, box(200 - 4 * step, 100), box(4 * step, 0)) == [2, 1]


def test_an_object_missed_for_some_frames_is_found_where_its_speed_took_it() -> None:
    tracker = Tracker()
    for step in range(5):
        assert ids(tracker, box(10 * step, 50)) == [1]
    for _ in range(6):
        assert ids(tracker) == []
    assert ids(tracker, box(10 * 11, 50)) == [1], "110 pixels do not overlap the last box at 40"


def test_an_object_gone_for_too_long_is_a_new_one() -> None:
    tracker = Tracker(max_missed=3)
    assert ids(tracker, box(50, 50)) == [1]
    for _ in range(4):
        tracker.update([])
    assert ids(tracker, box(50, 50)) == [2]


def test_another_class_in_the_same_place_is_another_object() -> None:
    tracker = Tracker()
    assert ids(tracker, box(50, 50)) == [1]
    assert ids(tracker, box(50, 50, "bus")) == [2]


def test_of_two_candidates_the_better_overlap_takes_the_track() -> None:
    tracker = Tracker()
    assert ids(tracker, box(100, 100)) == [1]
    assert ids(tracker, box(112, 100), box(101, 100)) == [2, 1]
