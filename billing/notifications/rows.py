"""Notifications, deliveries and contact points, as the rest of billing sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from billing.notifications.kinds import Facts, Kind

ACCOUNT_POINT = UUID(int=0)
"""Stands for the account's own e-mail address, where no contact point takes e-mail."""


class ChannelKind(StrEnum):
    """How somebody is reached."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"


class DeliveryState(StrEnum):
    """What became of a delivery; a dead one is given up until somebody retries it."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An address of the tenant. `kinds` is what goes there, all of it when empty. `address` is an
    e-mail address, a number in E.164, or a URL. Moments are aware, UTC."""

    point_id: UUID
    channel: ChannelKind
    address: str
    display_name: str
    kinds: tuple[Kind, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One way of a notification. `next_at` is when it is tried next, `detail` says for a person
    why it was not delivered; moments are aware, UTC."""

    point_id: UUID
    channel: ChannelKind
    address: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    detail: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """What was told, and how far it came."""

    notification_id: UUID
    kind: Kind
    subject_key: str
    facts: Facts
    created_at: datetime
    deliveries: tuple[DeliveryRow, ...]
