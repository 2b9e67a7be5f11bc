"""What callers count: frames and calls, added up per UTC minute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from edge.telemetry.store import TelemetryRow
from rights.quantity import UNITS_PER_ONE

INFERENCE_FRAME = "inference_frame"
API_CALL = "api_call"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FrameResult:
    """One inferred frame and what it told; `taken_at` is aware.

    `frame_index` counts from 0 within the source.
    """

    camera_id: str
    model: str
    pack: str
    frame_index: int
    taken_at: datetime
    telemetry: Sequence[TelemetryRow]


class MinuteKey(NamedTuple):
    """What an open minute is counted by; `minute` is its start, UTC.

    `resource_id` is a camera or a route; `model` and `pack` are empty for calls.
    """

    minute: datetime
    event_type: str
    resource_id: str
    model: str
    pack: str


Counts = dict[MinuteKey, int]
"""Quantities in units of 0.00001."""


def start_of_minute(moment: datetime) -> datetime:
    """The start of the UTC minute that holds an aware `moment`."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def count_frames(results: Iterable[FrameResult]) -> Counts:
    """One frame per result, per camera, model, pack and minute."""
    counts: Counts = {}
    for result in results:
        minute = start_of_minute(result.taken_at)
        key = MinuteKey(minute, INFERENCE_FRAME, result.camera_id, result.model, result.pack)
        counts[key] = counts.get(key, 0) + UNITS_PER_ONE
    return counts


def count_call(route: str, moment: datetime) -> Counts:
    """One call of `route`."""
    return {MinuteKey(start_of_minute(moment), API_CALL, route, "", ""): UNITS_PER_ONE}


def add(total: Counts, more: Counts) -> None:
    """Adds `more` to `total` in place."""
    for key, quantity in more.items():
        total[key] = total.get(key, 0) + quantity
