"""One verified licence: what its token says, and until when."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rights.claims import LicenseClaims, PlanFeatures, PlanLimits, SubscriptionStatus
from rights.errors import TokenFault, TokenInvalid
from rights.keys import KeySet
from rights.tokens import DEFAULT_LEEWAY, MAX_TOKEN, verify

AUDIENCE = "brinkbyte-instance"
DEFAULT_ISSUER = "brinkbyte-billing"


@dataclass(frozen=True, slots=True)
class Subscription:
    """The state of the paying side; the end of the period is aware, UTC."""

    status: SubscriptionStatus
    current_period_ends_at: datetime


@dataclass(frozen=True, slots=True)
class License:
    """Made by `from_token` alone, so that nothing unsigned is ever in it.

    A count without limit (-1 in the token) is None. Moments are aware, UTC.
    """

    token: str
    claims: LicenseClaims

    @classmethod
    def from_token(
        cls,
        token: str,
        keys: KeySet,
        now: datetime,
        *,
        issuer: str = DEFAULT_ISSUER,
        customer_id: str | None = None,
    ) -> "License":
        """The licence in a customer's token, verified under the `kid` it names.

        `now` is aware; `customer_id` (as the token writes it) refuses any other's token.
        Raises TokenInvalid.
        """
        claims = verify(token, keys, now=now, audience=AUDIENCE, issuer=issuer)
        if claims.bundle is not None:
            raise TokenInvalid(TokenFault.DEVICE_WRONG, "the token is a device's")
        if customer_id is not None and claims.customer_id != customer_id:
            raise TokenInvalid(TokenFault.AUDIENCE_WRONG, "the token is another customer's")
        return cls(token, claims)

    @property
    def customer_id(self) -> str:
        """Whose licence it is: `cust_…`."""
        return self.claims.customer_id

    @property
    def plan(self) -> str:
        """The platform plan, `trial` while trialing."""
        return self.claims.plan

    @property
    def features(self) -> PlanFeatures:
        """What the plan switches on."""
        return self.claims.features

    @property
    def limits(self) -> PlanLimits:
        """What the plan limits."""
        return self.claims.limits

    @property
    def packs(self) -> frozenset[str]:
        """The growth packs, `base` among them."""
        return frozenset(self.claims.growth_packs)

    @property
    def subscription(self) -> Subscription:
        """The paying side."""
        return Subscription(self.claims.subscription_status, self.claims.current_period_ends_at)

    @property
    def issued_at(self) -> datetime:
        """When the cloud signed it."""
        return self.claims.issued_at

    @property
    def expires_at(self) -> datetime:
        """The end of all offline use, grace included."""
        return self.claims.expires_at

    @property
    def offline_grace(self) -> timedelta:
        """How long it goes on after the paid time; part of `expires_at` already."""
        return timedelta(days=self.claims.offline_grace_days)

    def in_grace(self, now: datetime) -> bool:
        """Whether the paid time is over and the grace is not."""
        return self.claims.current_period_ends_at <= now and not self.expired(now)

    def expired(self, now: datetime) -> bool:
        """Whether it is over, a minute's leeway for clocks allowed."""
        return now >= self.claims.expires_at + DEFAULT_LEEWAY


def stated_issue(token: str) -> datetime | None:
    """When the token says that it was issued, not verified; None when it says nothing readable.

    To be used as the moment of a verification that proves it.
    """
    parts = token.split(".") if len(token) <= MAX_TOKEN else []
    if len(parts) != 3:
        return None
    try:
        members = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(members["iat"], UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return None
