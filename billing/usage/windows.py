"""What an invoice line stands on: sums of one hour, and the events in them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class HourSum:
    """The use of a metric in the hour that begins at `hour` (aware, UTC), of one revision.

    Every event lies in exactly one (metric, hour, revision), by its billing_time.
    """

    metric: str
    hour: datetime
    quantity: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event of the ledger; moments are aware, UTC.

    `event_id` is the sender's, or `<journal id>:<seq>`. `billing_corrected` says that
    `event_time` could not be believed. `dimensions` is a JSON object or None.
    """

    event_id: str
    resource_id: str
    quantity: Decimal
    event_time: datetime
    billing_time: datetime
    received_at: datetime
    billing_corrected: bool
    reporter: str
    request_id: str
    dimensions: str | None
