"""Signs and verifies licence tokens. Pure but for the random token id."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from billing.keys.ring import KeyRing
from billing.licenses.store import RightsRow
from billing.licenses.validation import Rights
from mesh.errors import FailedPrecondition, InvalidArgument
from rights.claim_members import to_claims
from rights.claims import (
    DeviceBundle,
    LicenseClaims,
    PlanFeatures,
    PlanLimits,
    SubscriptionStatus,
)
from rights.errors import TokenFault, TokenInvalid
from rights.feature_rules import FeatureRules
from rights.ids import render_tenant
from rights.licenses import LicenseMode, LicenseStatus
from rights.terms import Terms
from rights.tokens import sign, verify

DEVICE_AUDIENCE = "brinkbyte-edge"
TENANT_AUDIENCE = "brinkbyte-instance"
LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token and its end: aware, UTC, whole seconds."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found; `claims` is JSON, empty when not valid."""

    reason: str | None
    message: str
    claims: str


class TokenIssuer:
    """A token ends at the earlier of one year and the end of the licence plus its grace."""

    def __init__(self, ring: KeyRing, issuer: str) -> None:
        """`issuer` is the `iss` of every token."""
        self._ring = ring
        self._issuer = issuer

    def for_tenant(
        self, tenant_id: UUID, rights: RightsRow, terms: Terms, now: datetime
    ) -> SignedToken:
        """The tenant's own token, which starts no camera; `terms` are those of its plans.

        Raises FailedPrecondition (LICENSE_REVOKED; LICENSE_SUSPENDED; LICENSE_EXPIRED once
        licence and grace are over).
        """
        if rights.license.status == "revoked":
            raise FailedPrecondition(
                "LICENSE_REVOKED", "license", "the licence was revoked; ask for a new one"
            )
        if rights.license.status == LicenseStatus.SUSPENDED:
            raise FailedPrecondition(
                "LICENSE_SUSPENDED", "license", "the licence is suspended; settle the account"
            )
        claims = self._claims(tenant_id, rights, terms, now)
        if claims.expires_at <= now:
            raise FailedPrecondition(
                "LICENSE_EXPIRED", "license", "the licence and its grace are over; renew it"
            )
        return SignedToken(sign(claims, self._ring.signing), claims.expires_at)

    def for_device(
        self,
        tenant_id: UUID,
        rights: Rights,
        terms: Terms,
        now: datetime,
        *,
        device_id: UUID,
        thumbprint: str,
    ) -> SignedToken | None:
        """A token over `rights.cameras`, bound to the device's key; None once the licence was
        revoked, or is over and its grace too.

        Raises InvalidArgument naming `camera_ids` when no verifier would take it for its size.
        """
        if rights.row.license.status == "revoked":
            return None
        cameras = tuple(rights.cameras[each] for each in sorted(rights.cameras))
        bundle = DeviceBundle(str(device_id), thumbprint, rights.row.epoch, cameras)
        claims = self._claims(tenant_id, rights.row, terms, now, bundle)
        if claims.expires_at <= now:
            return None
        try:
            return SignedToken(sign(claims, self._ring.signing), claims.expires_at)
        except TokenInvalid as error:
            raise InvalidArgument.field(
                "camera_ids", f"too many for one token, ask for fewer at once: {error.text}"
            ) from None

    def check(self, token: str, now: datetime) -> Verdict:
        """Verifies a token of either audience."""
        try:
            claims = self._verify(token, now)
        except TokenInvalid as error:
            return Verdict(error.error_reason, error.text, "")
        return Verdict(None, "", json.dumps(to_claims(claims), ensure_ascii=False))

    def _verify(self, token: str, now: datetime) -> LicenseClaims:
        try:
            return verify(
                token, self._ring.keys, now=now, audience=DEVICE_AUDIENCE, issuer=self._issuer
            )
        except TokenInvalid as error:
            if error.fault is not TokenFault.AUDIENCE_WRONG:
                raise
        return verify(
            token, self._ring.keys, now=now, audience=TENANT_AUDIENCE, issuer=self._issuer
        )

    def _claims(
        self,
        tenant_id: UUID,
        rights: RightsRow,
        terms: Terms,
        now: datetime,
        bundle: DeviceBundle | None = None,
    ) -> LicenseClaims:
        license_ = rights.license
        plan = terms.plan("platform")
        vision = terms.catalog.plan("vision", license_.license_mode)
        trial = license_.license_mode == LicenseMode.TRIAL
        paid_until = license_.valid_until or now + timedelta(days=vision.trial_days or 0)
        issued = now.replace(microsecond=0)
        grace = timedelta(days=vision.offline_grace_days)
        ends = min(issued + LIFETIME - grace, paid_until) + grace  # in this order: no overflow
        return LicenseClaims(
            issuer=self._issuer,
            audience=DEVICE_AUDIENCE if bundle is not None else TENANT_AUDIENCE,
            token_id=str(uuid4()),
            customer_id=render_tenant(tenant_id),
            customer_name=rights.company_name,
            plan=plan.name,
            features=PlanFeatures.of(plan),
            limits=PlanLimits.of(plan),
            growth_packs=("base", *license_.growth_packs),
            cameras_allowed=license_.cameras_allowed,
            subscription_status=SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE,
            current_period_ends_at=paid_until.replace(microsecond=0),
            offline_grace_days=vision.offline_grace_days,
            issued_at=issued,
            not_before=issued,
            expires_at=ends.replace(microsecond=0),
            bundle=bundle,
            grace_ladder=vision.grace_ladder,
            feature_rules=FeatureRules.of(terms.catalog, terms.overrides.features.values(), now),
        )
