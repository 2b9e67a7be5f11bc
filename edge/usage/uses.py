"""Single uses, one event each: LLM tokens, text messages, agent runs, storage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from types import MappingProxyType
from uuid import UUID

from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent

from edge.usage.counts import NO_LEASE, LeaseSpan
from mesh.errors import InvalidArgument

MAX_PAYLOAD = 8192
"""Bytes of an event that the cloud takes at most."""

MAX_E5 = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_LABELS: Mapping[str, str] = MappingProxyType({})
_MAX_ID_BYTES = 128
_MAX_REQUEST = 128
_MAX_RESOURCE = 255
_MAX_METRIC = 64
_MAX_LABELS = 16
_MAX_LABEL = 255
_MAX_LABEL_FRAME = 16
_MAX_FRAME = 64


class Taken(Enum):
    """What became of a use: recorded now, recorded before, or its id came with other content."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a metric; `quantity_e5` is in units of 0.00001, `used_at` aware.

    A use with an `event_id` counts once however often it is tracked; with `stamped` its time is
    not the caller's own word, and a repetition may have another. `lease` is what it is spent of.
    """

    event_type: str
    resource_id: str
    quantity_e5: int
    used_at: datetime
    event_id: str = ""
    request_id: str = ""
    dimensions: Mapping[str, str] = field(default_factory=lambda: _NO_LABELS)
    lease: LeaseSpan | None = None
    stamped: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What is about to become an event: its row, and its exact bytes on the wire."""

    event_time: datetime
    event_type: str
    resource_id: str
    quantity_e5: int
    lease_id: UUID
    payload: bytes
    event_id: str = ""
    said_hash: bytes = b""


def micros(moment: datetime) -> int:
    """Microseconds since 1970, UTC, of an aware moment."""
    return (moment - _EPOCH) // _MICROSECOND


def check(use: Use) -> int:
    """About how many bytes the use takes. Raises InvalidArgument naming the field that breaks a
    rule; it takes microseconds, for a caller waits for it."""
    if not 0 <= use.quantity_e5 <= MAX_E5:
        raise InvalidArgument.field("quantity", "is 0 to 92233720368547.75807")
    if use.used_at.tzinfo is None:
        raise InvalidArgument.field("event_time", "needs an offset")
    size = _MAX_FRAME
    size += _text("event_type", use.event_type, 1, _MAX_METRIC)
    size += _text("resource_id", use.resource_id, 1, _MAX_RESOURCE)
    if use.request_id:
        size += _text("request_id", use.request_id, 0, _MAX_REQUEST)
    if use.event_id and _text("event_id", use.event_id, 0, _MAX_ID_BYTES) > _MAX_ID_BYTES:
        raise InvalidArgument.field("event_id", f"is longer than {_MAX_ID_BYTES} bytes")
    if use.dimensions:
        size += _labels(use.dimensions)
        if size > MAX_PAYLOAD and len(_event(use).SerializeToString()) > MAX_PAYLOAD:
            raise InvalidArgument.field("dimensions", f"make more than {MAX_PAYLOAD} bytes")
    return size


def entry_of(use: Use) -> Entry:
    """A checked use as an event."""
    event = _event(use)
    said = sha256(event.SerializeToString(deterministic=True)).digest() if use.event_id else b""
    used_at = _within(use.used_at, use.lease)
    event.event_time_us = micros(used_at)
    return Entry(
        used_at,
        use.event_type,
        use.resource_id,
        use.quantity_e5,
        NO_LEASE if use.lease is None else use.lease.lease_id,
        event.SerializeToString(deterministic=True),
        use.event_id,
        said,
    )


def _event(use: Use) -> JournalEvent:
    return JournalEvent(
        event_type=use.event_type,
        resource_id=use.resource_id,
        quantity_e5=use.quantity_e5,
        event_time_us=0 if use.stamped else micros(use.used_at),
        dimensions=use.dimensions,
        request_id=use.request_id,
    )


def _within(moment: datetime, lease: LeaseSpan | None) -> datetime:
    """The moment, moved into the lease, so that it counts in its period."""
    if lease is None:
        return moment
    return max(min(moment, lease.ends - _MICROSECOND), lease.begins)


def _labels(labels: Mapping[str, str]) -> int:
    if len(labels) > _MAX_LABELS:
        raise InvalidArgument.field("dimensions", f"at most {_MAX_LABELS} labels are taken")
    size = 0
    for name, label in labels.items():
        size += _text("dimensions", name, 1, _MAX_LABEL)
        size += _text("dimensions", label, 0, _MAX_LABEL) + _MAX_LABEL_FRAME
    return size


def _text(field: str, text: str, least: int, most: int) -> int:
    """The text's bytes."""
    size = len(text)
    if not least <= size <= most:
        raise InvalidArgument.field(field, f"{least} to {most} characters are needed")
    if "\0" in text:
        raise InvalidArgument.field(field, "holds a NUL character")
    if text.isascii():
        return size
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidArgument.field(field, "holds a lone surrogate") from None
