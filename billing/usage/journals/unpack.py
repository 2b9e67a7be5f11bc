"""Serialised journal events to columns, at one pass and few objects an event.

Most events of a node differ in quantity and time only. What is left of an event without
these and the request is its series; its serialised form is the key under which it is
decoded once and then remembered.
"""

import json
from collections.abc import Sequence

from brinkbyte.usage.v1 import usage_service_pb2
from google.protobuf.message import DecodeError

from billing.usage.journals.batch import NOT_COUNTED, Batch, Series
from rights.journal import head

_MAX_SERIES = 4096
_MAX_REMEMBERED_BYTES = 1024

_read = usage_service_pb2.JournalEvent.FromString


class Unpacker:
    """Remembers up to 4,096 series of up to 1 KiB each."""

    def __init__(self) -> None:
        """Knows no series yet."""
        self._known: dict[bytes, Series] = {}

    def unpack(self, first_seq: int, previous_hash: bytes, payloads: Sequence[bytes]) -> Batch:
        """The batch, its chain hash worked out. Never raises for a payload's content."""
        numbers: dict[bytes, int] = {}
        series_of: list[int] = []
        quantities: list[int] = []
        event_times: list[int] = []
        request_ids: list[str] = []
        unreadable: dict[int, str] = {}
        for payload in payloads:
            try:
                event = _read(payload)
                request_id = event.request_id
                if "\0" in request_id:
                    raise ValueError("request_id: holds a NUL character")
            except (DecodeError, ValueError) as error:
                unreadable[len(series_of)] = _why(error)
                series_of.append(NOT_COUNTED)
                quantities.append(0)
                event_times.append(0)
                request_ids.append("")
                continue
            quantities.append(event.quantity_e5)
            event_times.append(event.event_time_us)
            request_ids.append(request_id)
            event.ClearField("quantity_e5")
            event.ClearField("event_time_us")
            event.ClearField("request_id")
            key = event.SerializeToString(deterministic=True)
            series_of.append(numbers.setdefault(key, len(numbers) + 1))
        return Batch(
            first_seq=first_seq,
            previous_hash=previous_hash,
            head_hash=head(previous_hash, payloads),
            payloads=payloads,
            series=[self._series(key) for key in numbers],
            series_of=series_of,
            quantities=quantities,
            event_times=event_times,
            request_ids=request_ids if any(request_ids) else None,
            unreadable=unreadable,
        )

    def _series(self, key: bytes) -> Series:
        known = self._known.get(key)
        if known is None:
            known = _decode(key)
            if len(key) <= _MAX_REMEMBERED_BYTES:
                if len(self._known) >= _MAX_SERIES:
                    self._known.clear()
                self._known[key] = known
        return known


def _decode(key: bytes) -> Series:
    event = _read(key)
    dimensions = dict(event.dimensions)
    texts = {
        "event_type": event.event_type,
        "resource_id": event.resource_id,
        "dimensions": "".join((*dimensions, *dimensions.values())),
    }
    nul = next((field for field, text in texts.items() if "\0" in text), None)
    if nul is not None:
        return Series("", "", None, f"{nul}: holds a NUL character")
    labels = json.dumps(dimensions, ensure_ascii=False, sort_keys=True) if dimensions else None
    return Series(event.event_type, event.resource_id, labels)


def _why(error: Exception) -> str:
    return "payload: not a JournalEvent" if isinstance(error, DecodeError) else str(error)
