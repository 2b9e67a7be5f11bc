"""One usage event as an instance states it, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gen.betterproto.brinkbyte.usage import v1
from mesh.errors import InvalidArgument
from rights.errors import QuantityInvalid
from rights.quantity import parse_quantity

Quantity = str | int | Decimal

_LONGEST = {"event_type": 64, "resource_id": 255, "unit": 64, "request_id": 128}
_MAX_DIMENSIONS = 16
_MAX_LABEL = 255


class EventStatus(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class UsageResult:
    """The cloud's answer for one event; `reason` names the field unless it counts."""

    event_id: str
    status: EventStatus
    reason: str = ""

    @property
    def counted(self) -> bool:
        """Whether the event is on record with this payload."""
        return self.status in {EventStatus.ACCEPTED, EventStatus.DUPLICATE}


@dataclass(frozen=True, slots=True)
class Use:
    """A use before it has an id. `quantity` is an exact decimal of at most 15 digits with 5
    decimals; `unit` "" means the catalogue's."""

    event_type: str
    resource_id: str
    quantity: Quantity = 1
    unit: str = ""
    request_id: str = ""
    dimensions: Mapping[str, str] | None = None


def pack(use: Use, event_id: str, event_time: datetime) -> bytes:
    """A whole ReportUsageRequest with this one event, byte for byte the same at each attempt.

    Serialised requests may be concatenated: their events then form one batch (Protocol
    Buffers encoding, "Last One Wins").
    Raises InvalidArgument naming the field; a float is refused, for it is not exact.
    """
    for field, longest in _LONGEST.items():
        check_text(field, getattr(use, field), longest)
    labels = check_labels(use.dimensions)
    if event_time.tzinfo is None:
        raise InvalidArgument.field("event_time", "needs an offset")
    event = v1.UsageEvent(
        event_id=event_id,
        event_type=use.event_type,
        resource_id=use.resource_id,
        quantity=decimal_text(use.quantity),
        unit=use.unit,
        event_time=event_time,
        request_id=use.request_id,
        dimensions=labels,
    )
    return bytes(v1.ReportUsageRequest(events=[event]))


def check_labels(dimensions: Mapping[str, str] | None) -> dict[str, str]:
    """A copy. Raises InvalidArgument."""
    labels = dict(dimensions or {})
    if len(labels) > _MAX_DIMENSIONS:
        raise InvalidArgument.field("dimensions", f"at most {_MAX_DIMENSIONS} labels are taken")
    for name, value in labels.items():
        check_text("dimensions", name, _MAX_LABEL)
        check_text("dimensions", value, _MAX_LABEL)
    return labels


def check_text(field: str, text: str, longest: int) -> None:
    """Raises InvalidArgument naming the field."""
    if not isinstance(text, str) or len(text) > longest:
        raise InvalidArgument.field(field, f"is a text of at most {longest} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidArgument.field(field, "holds a lone surrogate") from None


def decimal_text(quantity: Quantity) -> str:
    """The quantity as the contracts write it. Raises InvalidArgument."""
    if isinstance(quantity, bool | float):
        raise InvalidArgument.field(
            "quantity", "is a text, an int or a Decimal: a float is inexact"
        )
    text = f"{quantity:f}" if isinstance(quantity, Decimal) else str(quantity)
    try:
        parse_quantity(text)
    except QuantityInvalid as error:
        raise InvalidArgument.field("quantity", str(error)) from None
    return text
