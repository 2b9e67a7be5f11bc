"""What goes with an e-mail."""

from dataclasses import dataclass
from typing import Protocol

from billing.notifications.channels.channel import Delivery


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF."""

    filename: str
    content: bytes


class Papers(Protocol):
    """Who has them."""

    async def of(self, delivery: Delivery) -> tuple[Paper, ...]:
        """Those of a notification, the same each time. Raises MeshError."""
        ...
