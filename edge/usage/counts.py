"""What callers count: frames and calls, added up per UTC minute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from edge.telemetry.store import TelemetryRow
from rights.quantity import UNITS_PER_ONE

INFERENCE_FRAME = "inference_frame"
API_CALL = "api_call"
METERED = (API_CALL, INFERENCE_FRAME)
"""The metrics that a node itself uses, from its start on."""

TRACKED = ("agent_execution", API_CALL, "llm_token", "sms", "storage_gb_day")
"""The metrics that applications on a node may track."""

ALL_METRICS = tuple(sorted({*METERED, *TRACKED}))
MINUTE = timedelta(minutes=1)
NO_LEASE = UUID(int=0)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class LeaseSpan:
    """The lease that a use is spent of; what it counts lies in [begins, ends), aware."""

    lease_id: UUID
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class FrameResult:
    """One inferred frame and what it told; `taken_at` is aware.

    `frame_index` counts from 0 within the source. `lease` is None where no quota limits frames.
    """

    camera_id: str
    model: str
    pack: str
    frame_index: int
    taken_at: datetime
    telemetry: Sequence[TelemetryRow]
    lease: LeaseSpan | None = None


class MinuteKey(NamedTuple):
    """What an open minute is counted by; `minute` is its start, UTC, or that of its lease.

    `resource_id` is a camera or a route; `model` and `pack` are empty for calls.
    """

    minute: datetime
    event_type: str
    resource_id: str
    model: str
    pack: str
    lease_id: UUID = NO_LEASE


Counts = dict[MinuteKey, int]
"""Quantities in units of 0.00001."""


def start_of_minute(moment: datetime) -> datetime:
    """The start of the UTC minute that holds an aware `moment`."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def start_within(moment: datetime, lease: LeaseSpan | None) -> datetime:
    """The start of the minute, moved into the lease, so that it counts in its period."""
    if lease is None:
        return start_of_minute(moment)
    start = start_of_minute(min(moment, lease.ends - _MICROSECOND))
    return max(start, lease.begins.astimezone(UTC))


def count_frames(results: Iterable[FrameResult]) -> Counts:
    """One frame per result, per camera, model, pack and minute."""
    counts: Counts = {}
    for result in results:
        minute, lease_id = start_within(result.taken_at, result.lease), _id(result.lease)
        camera, model, pack = result.camera_id, result.model, result.pack
        key = MinuteKey(minute, INFERENCE_FRAME, camera, model, pack, lease_id)
        counts[key] = counts.get(key, 0) + UNITS_PER_ONE
    return counts


def count_call(route: str, moment: datetime, lease: LeaseSpan | None = None) -> Counts:
    """One call of `route`."""
    minute = start_within(moment, lease)
    return {MinuteKey(minute, API_CALL, route, "", "", _id(lease)): UNITS_PER_ONE}


def add(total: Counts, more: Counts) -> None:
    """Adds `more` to `total` in place."""
    for key, quantity in more.items():
        total[key] = total.get(key, 0) + quantity


def _id(lease: LeaseSpan | None) -> UUID:
    return NO_LEASE if lease is None else lease.lease_id
