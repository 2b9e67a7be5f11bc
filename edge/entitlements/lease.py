"""What the cloud lends and says, and who asks it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from edge.usage.counts import LeaseSpan


@dataclass(frozen=True, slots=True)
class Lease:
    """A slice of a quota: units of 0.00001 since it began, aware moments."""

    lease_id: UUID
    metric: str
    journal_id: UUID
    granted_e5: int
    granted_at: datetime
    expires_at: datetime

    @property
    def span(self) -> LeaseSpan:
        """Where uses of it count."""
        return LeaseSpan(self.lease_id, self.granted_at, self.expires_at)


@dataclass(frozen=True, slots=True)
class QuotaWord:
    """What the cloud said of a metric; amounts as it wrote them, None where it did not.

    `limited` is False when the metric has no limit now. `answered_at` is aware.
    """

    metric: str
    limited: bool
    limit: str | None
    used: str | None
    resets_at: datetime | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was spent of a lease, in units of 0.00001, all of it in the journal's events up to
    `through_seq`."""

    lease_id: UUID
    spent_e5: int
    through_seq: int


@dataclass(frozen=True, slots=True)
class LeaseAnswer:
    """The cloud's answer: a lease, None where the metric has no limit."""

    lease: Lease | None
    word: QuotaWord


class LeaseSource(Protocol):
    """The cloud, as leases see it."""

    async def acquire(
        self, metric: str, journal_id: UUID, wanted_e5: int | None, settlement: Settlement | None
    ) -> LeaseAnswer:
        """Asks for a slice, or for more of the one that is held; None leaves the size to the cloud.

        Raises QuotaExhausted when nothing is left, MeshError.
        """
        ...

    async def give_back(self, settlement: Settlement) -> bool:
        """Ends a lease; False while the cloud has not recorded the journal that far, and so not
        counted all that was spent: then it is to be told again.

        Raises NotFound for one that the cloud does not know, MeshError.
        """
        ...
