"""How a refused event is kept: cut to size, and the same one again only counted."""

import json
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from billing.usage.events import EventResult, EventStatus, ReportedEvent
from billing.usage.problems.problem import ProblemKind, Rejection

KEPT_A_TENANT = 10_000
"""Rejections kept one by one; beyond these they are counted by kind and field."""

_KINDS = {
    EventStatus.REJECTED: ProblemKind.REJECTED,
    EventStatus.CONFLICT: ProblemKind.CONFLICT,
}
_LONGEST = 255
_MAX_LABELS = 16


def rejection(event: ReportedEvent, result: EventResult, reporter: str) -> Rejection | None:
    """What is kept of an event and its result; None for one that was recorded."""
    kind = _KINDS.get(result.status)
    if kind is None:
        return None
    labels = list(event.dimensions.items())[:_MAX_LABELS]
    said = {
        "event_id": _cut(event.event_id),
        "event_type": _cut(event.event_type),
        "resource_id": _cut(event.resource_id),
        "quantity": _cut(event.quantity),
        "unit": _cut(event.unit),
        "event_time_us": event.event_time_us,
        "request_id": _cut(event.request_id),
        "dimensions": {_cut(name): _cut(value) for name, value in labels},
    }
    payload = json.dumps(said, ensure_ascii=False)
    reason = _cut(result.reason)
    return Rejection(
        _fingerprint(kind.value, reason, reporter, payload),
        kind,
        _cut(event.event_id),
        _cut(event.event_type)[:64],
        reason,
        payload,
    )


def counted(rejections: Iterable[Rejection]) -> list[Rejection]:
    """Those that are the same as one, by fingerprint, in the order in which rows are locked."""
    found: dict[bytes, Rejection] = {}
    for each in rejections:
        before = found.get(each.fingerprint)
        times = each.times + (before.times if before is not None else 0)
        found[each.fingerprint] = replace(before or each, times=times)
    return [found[fingerprint] for fingerprint in sorted(found)]


def coarse(one: Rejection) -> Rejection:
    """The same, told apart by its kind and the field that is wrong alone."""
    field = one.reason.partition(":")[0]
    return replace(one, fingerprint=_fingerprint(one.kind.value, field))


def _cut(text: str) -> str:
    return text[:_LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")


def _fingerprint(*said: str) -> bytes:
    return sha256(json.dumps(said, ensure_ascii=False).encode()).digest()
