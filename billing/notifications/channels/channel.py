"""What every channel does: it sends one delivery and says what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from billing.notifications.kinds import Facts, Kind
from billing.notifications.rows import ChannelKind
from billing.notifications.texts import Message


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """A delivery that was taken. `attempt` counts from 1; `secret` is a webhook's, None elsewhere;
    `created_at` (aware, UTC) is when the notification was told."""

    tenant_id: UUID
    notification_id: UUID
    point_id: UUID
    channel: ChannelKind
    address: str
    secret: str | None
    kind: Kind
    facts: Facts
    company_name: str
    created_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`detail` says for a person why it was not delivered, without a secret and without the words
    of a foreign server; `final` that trying again is of no use."""

    delivered: bool
    detail: str = ""
    final: bool = False


DELIVERED = Outcome(True)


class Channel(Protocol):
    """One way to reach people."""

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        """Sends once. The receiver may get it again, under the same id."""
        ...

    async def close(self) -> None:
        """Ends its connections."""
        ...
