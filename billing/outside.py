"""What the server is given: stores, keys, a clock, settings."""

from dataclasses import dataclass
from datetime import timedelta

from billing.catalog.live import Catalogs
from billing.devices.authority import DeviceAuthority
from billing.invoices.issuing import Issuing
from billing.keys.ring import KeyRing
from billing.notifications.settings import NotificationSettings
from billing.payments.provider import PaymentProvider
from mesh.cache import Redis
from mesh.clock import Clock
from mesh.database import Database
from mesh.faults import Faults
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups
from rights.dunning import Ladder


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a user's session lives: at most, and without a call."""

    life: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Outside:
    """What the services stand on."""

    db: Database
    wakeups: Wakeups
    redis: Redis | None
    clock: Clock
    metrics: Metrics
    faults: Faults
    catalogs: Catalogs
    authority: DeviceAuthority
    ring: KeyRing
    license_issuer: str
    session: SessionLimits
    lease_life: timedelta
    aggregation_every: timedelta
    payments: PaymentProvider | None
    submit_every: timedelta
    stripe_settles_after: timedelta
    usage_months_kept: int
    notifying: NotificationSettings
    ladder: Ladder
    issuing: Issuing
