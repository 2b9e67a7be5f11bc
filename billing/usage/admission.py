"""The rules that an event with an id of its own must keep; each reason names the field."""

import json
from collections.abc import Mapping
from hashlib import sha256

from billing.usage.events import AdmittedEvent, ReportedEvent
from billing.usage.times import storable
from rights.catalog.model import Metric
from rights.errors import QuantityInvalid
from rights.quantity import format_quantity, quantity_units

_MAX_ID_BYTES = 128
_MAX_RESOURCE = 255
_MAX_REQUEST = 128
_MAX_DIMENSIONS = 16
_MAX_LABEL = 255


class RejectedError(Exception):
    """The event breaks a rule; its text is the reason."""


def admit(event: ReportedEvent, metrics: Mapping[str, Metric]) -> AdmittedEvent:
    """The event, its quantity and unit read. Raises RejectedError."""
    _check_id(event.event_id)
    metric = metrics.get(event.event_type)
    if metric is None:
        raise RejectedError(f"event_type: the catalogue has no metric {event.event_type[:64]!r}")
    _check_text("resource_id", event.resource_id, 1, _MAX_RESOURCE)
    _check_text("request_id", event.request_id, 0, _MAX_REQUEST)
    if event.unit not in {"", metric.unit}:
        raise RejectedError(
            f"unit: {metric.name} is counted in {metric.unit}, not {event.unit[:64]!r}"
        )
    units = _units(event.quantity)
    time_us = _time(event.event_time_us)
    dimensions = _dimensions(event.dimensions)
    return AdmittedEvent(
        event_id=event.event_id,
        event_type=event.event_type,
        resource_id=event.resource_id,
        quantity=format_quantity(units),
        event_time_us=time_us,
        request_id=event.request_id,
        dimensions=dimensions,
        payload_hash=_hash(
            event.event_type, event.resource_id, units, time_us, event.request_id, dimensions
        ),
    )


def _check_id(event_id: str) -> None:
    if not 1 <= len(event_id.encode()) <= _MAX_ID_BYTES:
        raise RejectedError(f"event_id: 1 to {_MAX_ID_BYTES} bytes are needed")
    if "\0" in event_id:
        raise RejectedError("event_id: holds a NUL character")


def _check_text(field: str, text: str, shortest: int, longest: int) -> None:
    if not shortest <= len(text) <= longest:
        raise RejectedError(f"{field}: {shortest} to {longest} characters are needed")
    if "\0" in text:
        raise RejectedError(f"{field}: holds a NUL character")


def _units(quantity: str) -> int:
    try:
        return quantity_units(quantity or "1")
    except QuantityInvalid as error:
        raise RejectedError(f"quantity: {error}") from None


def _time(micros: int | None) -> int:
    if micros is None:
        raise RejectedError("event_time: is required")
    if not storable(micros):
        raise RejectedError("event_time: is no moment of the years 1900 to 2199")
    return micros


def _dimensions(labels: Mapping[str, str]) -> str | None:
    if not labels:
        return None
    if len(labels) > _MAX_DIMENSIONS:
        raise RejectedError(f"dimensions: at most {_MAX_DIMENSIONS} labels are taken")
    for name, value in labels.items():
        _check_text("dimensions", name, 1, _MAX_LABEL)
        _check_text("dimensions", value, 0, _MAX_LABEL)
    return json.dumps(dict(labels), ensure_ascii=False, sort_keys=True)


def _hash(*said: object) -> bytes:
    """Of what the event says, not of how it was written: "1" and "1.0" are the same."""
    return sha256(json.dumps(said, ensure_ascii=False).encode()).digest()
