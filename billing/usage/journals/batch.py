"""A run of journal events, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

NOT_COUNTED = 0
"""Series number of an event that is recorded but does not count."""


@dataclass(frozen=True, slots=True)
class Series:
    """What many events share: all of an event but quantity, time and request.

    `dimensions` is a JSON object, None without any. `problem` says why its events cannot
    be stored, naming the field; the texts are empty then.
    """

    event_type: str
    resource_id: str
    dimensions: str | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events `first_seq` to `last_seq`; the lists run in parallel, one entry an event.

    `previous_hash` is the chain hash before the first event, `head_hash` the one after the
    last. `series_of` holds 1-based numbers into `series`, or NOT_COUNTED for an event listed
    in `unreadable` (offset to reason). Quantities count 0.00001, times are microseconds since
    1970. `request_ids` is None when no event names a request.
    """

    first_seq: int
    previous_hash: bytes
    head_hash: bytes
    payloads: Sequence[bytes]
    series: Sequence[Series]
    series_of: Sequence[int]
    quantities: Sequence[int]
    event_times: Sequence[int]
    request_ids: Sequence[str] | None
    unreadable: Mapping[int, str]

    @property
    def last_seq(self) -> int:
        """Sequence number of the last event."""
        return self.first_seq + len(self.payloads) - 1

    def after(self, count: int, hash_there: bytes) -> "Batch":
        """Without its first `count` events; `hash_there` is the chain hash after those."""
        return replace(
            self,
            first_seq=self.first_seq + count,
            previous_hash=hash_there,
            payloads=self.payloads[count:],
            series_of=self.series_of[count:],
            quantities=self.quantities[count:],
            event_times=self.event_times[count:],
            request_ids=None if self.request_ids is None else self.request_ids[count:],
            unreadable={at - count: why for at, why in self.unreadable.items() if at >= count},
        )
