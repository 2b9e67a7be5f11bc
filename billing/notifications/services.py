"""Telling tenants, put together."""

from dataclasses import dataclass

from billing.notifications.contacts.service import ContactsService
from billing.notifications.delivery.worker import DeliveryWorker
from billing.notifications.service import NotificationsService
from billing.notifications.settings import NotificationSettings
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups


@dataclass(frozen=True, slots=True)
class NotificationServices:
    """Every service of the noun; `worker` needs to be run."""

    service: NotificationsService
    contacts: ContactsService
    worker: DeliveryWorker

    @classmethod
    def build(
        cls,
        settings: NotificationSettings,
        *,
        db: Database,
        clock: Clock,
        wakeups: Wakeups,
        metrics: Metrics,
        faults: Faults,
    ) -> "NotificationServices":
        """`settings` say which channels can send. Raises ConfigError."""
        return cls(
            NotificationsService(clock, settings.missing, settings.patience),
            ContactsService(clock, allow_private=settings.allow_private),
            DeliveryWorker(
                db,
                clock,
                settings.channels(clock),
                wakeups=wakeups,
                metrics=metrics,
                faults=faults,
                public_url=settings.public_url,
            ),
        )
