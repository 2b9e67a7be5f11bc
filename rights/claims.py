"""The claims of a licence token, as values; `rights.claim_members` writes and reads them.

A count without limit is None. Moments are aware, in UTC, whole seconds.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rights.catalog.model import Plan
from rights.feature_rules import FeatureRules
from rights.grace import Grace, GraceRung
from rights.licenses import CameraLicense


class SubscriptionStatus(StrEnum):
    """Stripe's words for the state of a subscription."""

    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"


@dataclass(frozen=True, slots=True)
class PlanFeatures:
    """What the platform plan switches on; None is unlimited."""

    max_devices: int | None
    data_retention_days: int | None
    can_export_data: bool
    has_advanced_alerts: bool
    has_api_access: bool
    has_mqtt_access: bool
    has_custom_branding: bool

    @classmethod
    def of(cls, plan: Plan) -> "PlanFeatures":
        """From a platform plan. Raises UnknownName when it lacks a limit."""
        return cls(
            max_devices=plan.count("devices"),
            data_retention_days=plan.count("retention_days"),
            can_export_data=plan.switch("export"),
            has_advanced_alerts=plan.switch("advanced_alerts"),
            has_api_access=plan.switch("api"),
            has_mqtt_access=plan.switch("mqtt"),
            has_custom_branding=plan.switch("branding"),
        )


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """What the platform plan limits at an instance; None is unlimited."""

    max_users: int | None
    max_alert_rules: int | None
    max_dashboards: int | None

    @classmethod
    def of(cls, plan: Plan) -> "PlanLimits":
        """From a platform plan. Raises UnknownName when it lacks a limit."""
        return cls(plan.count("users"), plan.count("alert_rules"), plan.count("dashboards"))


@dataclass(frozen=True, slots=True)
class Epoch:
    """The version of a tenant's rights; compare for equality only."""

    incarnation: str
    number: int


@dataclass(frozen=True, slots=True)
class DeviceBundle:
    """What one device may run: a token with it is bound to the device's key.

    ``key_thumbprint`` is the RFC 7638 thumbprint of that key (RFC 7800 ``cnf.jkt``).
    """

    device_id: str
    key_thumbprint: str
    epoch: Epoch
    cameras: tuple[CameraLicense, ...]


@dataclass(frozen=True, slots=True)
class LicenseClaims:
    """Everything a licence token says. ``bundle`` is None in a tenant's own token,
    which starts no camera. ``kid`` is the key that verified it, empty before; it is no claim.
    ``feature_rules`` is None in older tokens: the reader's own catalogue counts then."""

    issuer: str
    audience: str
    token_id: str
    customer_id: str
    customer_name: str
    plan: str
    features: PlanFeatures
    limits: PlanLimits
    growth_packs: tuple[str, ...]
    cameras_allowed: int | None
    subscription_status: SubscriptionStatus
    current_period_ends_at: datetime
    offline_grace_days: int
    issued_at: datetime
    not_before: datetime
    expires_at: datetime
    bundle: DeviceBundle | None = None
    kid: str = field(default="", compare=False)
    grace_ladder: tuple[GraceRung, ...] = ()
    feature_rules: FeatureRules | None = None

    @property
    def grace(self) -> Grace:
        """How long and with how much a camera goes on offline after its paid time."""
        return Grace(timedelta(days=self.offline_grace_days), self.grace_ladder)
