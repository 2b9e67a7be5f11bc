"""RFC 9562 version 7."""

from datetime import UTC, datetime, timedelta

import pytest

from mesh.clock import ManualClock, SystemClock
from mesh.ids import uuid7, uuid7_batch


def test_the_rfcs_fields_are_in_their_places(noon):
    made = uuid7(ManualClock(noon))
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(noon.timestamp() * 1000)


def test_ids_sort_by_time(noon):
    clock = ManualClock(noon)
    first = uuid7(clock)
    clock.advance(timedelta(milliseconds=1))
    assert first < uuid7(clock)


def test_a_batch_is_distinct_ascending_and_of_version_7(noon):
    batch = uuid7_batch(ManualClock(noon), 5000)
    assert len(set(batch)) == 5000
    assert batch == sorted(batch)
    assert {made.version for made in batch} == {7}
    assert {made.variant for made in batch} == {"specified in RFC 4122"}
    assert {made.int >> 80 for made in batch} == {int(noon.timestamp() * 1000)}


def test_the_system_clock_is_aware_and_in_utc():
    assert SystemClock().now().tzinfo is UTC


def test_a_manual_clock_moves_only_when_told(noon):
    clock = ManualClock(noon)
    clock.advance(timedelta(seconds=5))
    assert clock.monotonic() == 5
    clock.turn_to(noon - timedelta(days=1))
    assert clock.now() == noon - timedelta(days=1)
    assert clock.monotonic() == 5
    with pytest.raises(ValueError, match="back"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001
