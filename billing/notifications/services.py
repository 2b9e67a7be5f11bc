"""Telling tenants, put together."""

from dataclasses import dataclass

from billing.notifications.channels.papers import Papers
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
    """What tells, and where to; `worker` makes who delivers."""

    service: NotificationsService
    contacts: ContactsService
    settings: NotificationSettings
    clock: Clock

    @classmethod
    def build(cls, settings: NotificationSettings, clock: Clock) -> "NotificationServices":
        """`settings` say which channels can send."""
        return cls(
            NotificationsService(clock, settings.missing, settings.patience),
            ContactsService(clock, allow_private=settings.allow_private),
            settings,
            clock,
        )

    def worker(
        self, papers: Papers, *, db: Database, wakeups: Wakeups, metrics: Metrics, faults: Faults
    ) -> DeliveryWorker:
        """Needs to be run; `papers` go with e-mail. Raises ConfigError."""
        return DeliveryWorker(
            db,
            self.clock,
            self.settings.channels(self.clock, papers),
            wakeups=wakeups,
            metrics=metrics,
            faults=faults,
            public_url=self.settings.public_url,
        )
