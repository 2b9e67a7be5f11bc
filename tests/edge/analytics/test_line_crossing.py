"""Who crosses a line is counted once, in the right direction."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.analytics.line_crossing import Line, LineCrossing
from edge.analytics.observation import Sighting
from tests.edge.analytics.scenes import box, observed, standing_at

UP_THE_MIDDLE = Line("gate", 160, 192, 160, 0)
"""From the lower edge to the upper one: its left is the picture's left."""


def walk(crossing: LineCrossing, places: list[tuple[float, float]]) -> list[dict[str, Any]]:
    return [
        json.loads(event.payload)
        for index, (x, y) in enumerate(places)
        for event in crossing.observe(standing_at(index, x, y))
    ]


@pytest.mark.parametrize(
    ("xs", "direction"),
    [((140, 150, 170, 180), "left_to_right"), ((180, 165, 155, 100), "right_to_left")],
)
def test_a_crossing_is_told_once_with_its_direction(xs: tuple[int, ...], direction: str) -> None:
    told = walk(LineCrossing([UP_THE_MIDDLE]), [(x, 100) for x in xs])
    assert [(event["line"], event["direction"]) for event in told] == [("gate", direction)]
    assert told[0]["label"] == "car"
    assert told[0]["track_id"] == 1


def test_passing_beside_the_line_is_no_crossing() -> None:
    short = Line("gate", 160, 60, 160, 0)
    assert walk(LineCrossing([short]), [(140, 100), (180, 100)]) == []
    assert len(walk(LineCrossing([short]), [(140, 30), (180, 30)])) == 1


def test_standing_on_the_line_is_neither_side() -> None:
    told = walk(LineCrossing([UP_THE_MIDDLE]), [(150, 90), (160, 90), (150, 90), (160, 90)])
    assert told == []
    told = walk(LineCrossing([UP_THE_MIDDLE]), [(150, 90), (160, 90), (170, 90)])
    assert len(told) == 1


def test_there_and_back_are_two_crossings() -> None:
    told = walk(LineCrossing([UP_THE_MIDDLE]), [(150, 90), (170, 90), (150, 90)])
    assert [event["direction"] for event in told] == ["left_to_right", "right_to_left"]


def test_a_line_counts_only_its_classes_and_only_what_is_tracked() -> None:
    buses = Line("gate", 160, 192, 160, 0, frozenset({"bus"}))
    assert walk(LineCrossing([buses]), [(140, 100), (180, 100)]) == []
    crossing = LineCrossing([UP_THE_MIDDLE])
    for index, x in enumerate((100, 200)):
        assert crossing.observe(observed(index, [Sighting(box(x, 90), None)])) == []


def test_a_track_that_is_gone_is_forgotten() -> None:
    crossing = LineCrossing([UP_THE_MIDDLE], forget_after=10)
    crossing.observe(standing_at(0, 140, 100, track=1))
    for index in range(1, 21):
        crossing.observe(observed(index, []))
    assert crossing.observe(standing_at(21, 180, 100, track=1)) == []


@given(st.lists(st.integers(0, 320).filter(lambda x: x != 160), min_size=1, max_size=40))
def test_crossings_are_exactly_the_changes_of_side(xs: list[int]) -> None:
    told = walk(LineCrossing([UP_THE_MIDDLE]), [(float(x), 100.0) for x in xs])
    sides = [x > 160 for x in xs]
    changes = [after for before, after in itertools.pairwise(sides) if before != after]
    assert [event["direction"] == "left_to_right" for event in told] == changes
