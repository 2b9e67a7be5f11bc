"""How a quota stands, as RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10).

The policy is named after the metric. Quotas are decimals and the fields carry whole numbers, so
that they are rounded down; the exact figures are in the body. What one is stands in the
parameter `brinkbyte-unit`, for `qu` names units of HTTP only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from mesh.errors import QuotaExhausted

_STATUS = "brinkbyte.entitlement.v1.QuotaStatus"
_LARGEST = 999_999_999_999_999  # RFC 9651, section 3.3.1


@dataclass(frozen=True, slots=True)
class Standing:
    """What the headers say; `reset` is aware. A quota without limit has none."""

    metric: str
    unit: str
    limit: Decimal | None
    remaining: Decimal | None
    reset: datetime | None


def of_error(error: QuotaExhausted) -> Standing:
    """What the error says; nothing is left where it does not say."""
    left = error.remaining if error.remaining is not None else Decimal(0)
    return Standing(error.subject, error.metadata.get("unit", ""), error.limit, left, error.reset)


def quota_fields(answer: Descriptor) -> tuple[str, ...]:
    """The fields of an answer that say how quotas stand."""
    return tuple(
        field.name
        for field in answer.fields
        if field.message_type is not None and field.message_type.full_name == _STATUS
    )


def of_answer(answer: Message, fields: tuple[str, ...]) -> Standing | None:
    """The one quota that an answer speaks of; None where it speaks of none or several."""
    found: list[Any] = []
    for name in fields:
        value = getattr(answer, name)
        if not isinstance(value, Message):
            found += value
        elif answer.HasField(name):
            found.append(value)
    if len(found) != 1:
        return None
    (quota,) = found
    return Standing(
        quota.metric,
        quota.unit,
        Decimal(quota.limit) if quota.HasField("limit") else None,
        Decimal(quota.remaining) if quota.HasField("remaining") else None,
        quota.resets_at.ToDatetime(UTC) if quota.HasField("resets_at") else None,
    )


def quota_headers(standing: Standing, now: datetime) -> dict[str, str]:
    """The headers at `now` (aware); none for a quota without limit or a name that none can say."""
    name = _text(standing.metric)
    if name is None or standing.remaining is None:
        return {}
    until = reset_seconds(standing.reset, now)
    reset = "" if until is None else f";t={min(until, _LARGEST)}"
    headers = {"RateLimit": f"{name};r={_whole(standing.remaining)}{reset}"}
    if standing.limit is not None:
        unit = _text(standing.unit) if standing.unit else None
        said = "" if unit is None else f";brinkbyte-unit={unit}"
        headers["RateLimit-Policy"] = f"{name};q={_whole(standing.limit)}{said}"
    return headers


def reset_seconds(reset: datetime | None, now: datetime) -> int | None:
    """Whole seconds until the reset, rounded up."""
    return None if reset is None else max(0, math.ceil((reset - now) / timedelta(seconds=1)))


def _whole(figure: Decimal) -> int:
    return max(0, min(math.floor(figure), _LARGEST)) if figure.is_finite() else 0


def _text(value: str) -> str | None:
    """A String of RFC 9651; None for what it cannot hold."""
    if not (value.isascii() and value.isprintable()):
        return None
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
