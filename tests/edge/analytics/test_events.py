"""What detection, counting and object_size say of a frame."""

import json

from edge.analytics.counting import Counting, Every
from edge.analytics.detection import DetectionLog
from edge.analytics.object_size import ObjectSize
from edge.analytics.observation import Sighting
from tests.edge.analytics.scenes import box, observed


def test_detection_tells_every_frame_with_its_boxes_even_when_nothing_is_there() -> None:
    (empty,) = DetectionLog().observe(observed(0, []))
    assert json.loads(empty.payload) == {"width": 320, "height": 192, "boxes": []}
    (event,) = DetectionLog().observe(
        observed(1, [Sighting(box(10, 20), 7), Sighting(box(90, 20, "bus"), None)])
    )
    assert event.event_type == "detection"
    assert json.loads(event.payload)["boxes"] == [
        {"label": "car", "score": 0.9, "x1": 10, "y1": 20, "x2": 50, "y2": 40, "track_id": 7},
        {"label": "bus", "score": 0.9, "x1": 90, "y1": 20, "x2": 130, "y2": 40},
    ]


def cars(count: int) -> list[Sighting]:
    return [Sighting(box(50 * index, 0), index) for index in range(count)]


def test_counting_on_change_speaks_only_when_the_counts_differ() -> None:
    counting = Counting()
    told = [
        [json.loads(event.payload) for event in counting.observe(observed(index, cars(count)))]
        for index, count in enumerate((0, 2, 2, 0))
    ]
    assert told == [
        [{"counts": {}, "total": 0}],
        [{"counts": {"car": 2}, "total": 2}],
        [],
        [{"counts": {}, "total": 0}],
    ]


def test_counting_every_frame_counts_each_class() -> None:
    counting = Counting(Every.FRAME)
    frame = observed(0, [*cars(2), Sighting(box(0, 90, "bus"), 9)])
    for _ in range(2):
        (event,) = counting.observe(frame)
        assert json.loads(event.payload) == {"counts": {"bus": 1, "car": 2}, "total": 3}


def test_object_size_measures_in_pixels_and_as_a_share_of_the_picture() -> None:
    assert ObjectSize().observe(observed(0, [])) == []
    (event,) = ObjectSize().observe(observed(0, [Sighting(box(0, 0, width=160, height=96), 3)]))
    assert json.loads(event.payload) == {
        "objects": [{"label": "car", "width": 160, "height": 96, "share": 0.25, "track_id": 3}]
    }
