"""What callers want done with a quota, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mesh.errors import MeshError
from rights.quotas import NOTHING, Balance

DEFAULT_TTL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Reserve:
    """Sets `quantity` (exact decimal, empty for 1) aside for `ttl`."""

    operation_id: str
    metric: str
    quantity: str
    ttl: timedelta = DEFAULT_TTL


@dataclass(frozen=True, slots=True)
class Commit:
    """Says what was used; an empty `quantity` is what was reserved."""

    operation_id: str
    quantity: str
    resource_id: str
    request_id: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Release:
    """Gives a reservation back."""

    operation_id: str


Operation = Reserve | Commit | Release


class State(StrEnum):
    """Where an operation stands."""

    RESERVED = "reserved"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Held:
    """An operation on record. `used` and `resource_id` are None before its commit; moments are
    aware, UTC."""

    operation_id: str
    metric: str
    period_start: datetime
    period_end: datetime
    quantity: Decimal
    state: State
    expires_at: datetime
    used: Decimal | None = None
    resource_id: str | None = None
    over_cap: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one operation. `error` says why it was not done; `balance` is how the metric
    stands after it, None where it names none; `held` is the operation as it is on record."""

    error: MeshError | None
    balance: Balance | None = None
    held: Held | None = None
