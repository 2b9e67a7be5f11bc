"""A cloud in process that grants every camera and signs real device tokens."""

from collections.abc import Sequence
from datetime import timedelta
from importlib.resources import files
from uuid import UUID, uuid4

from edge.licensing.answers import Answers, CameraAnswer
from mesh.clock import Clock
from rights.catalog.load import load_catalog
from rights.claims import (
    DeviceBundle,
    Epoch,
    LicenseClaims,
    PlanFeatures,
    PlanLimits,
    SubscriptionStatus,
)
from rights.ids import render_tenant
from rights.keys import KeySet, SigningKey
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from rights.revocations import RevocationList, sign_list
from rights.tokens import sign
from rights.trust import NEVER_TOLD, PublishedKeys

ISSUER = "brinkbyte-billing"
_PAID, _CACHED = timedelta(days=30), timedelta(hours=1)


class SigningCloud:
    """Implements edge.licensing.answers.LicenseSource."""

    def __init__(self, clock: Clock, *, tenant_id: UUID, device_id: UUID) -> None:
        """Answers for one device."""
        self.catalog = load_catalog((files("rights.catalog") / "catalog.yaml").read_text())
        self.tenant_id = tenant_id
        self.device_id = device_id
        self.thumbprint = "t" * 43
        self._clock = clock
        self._key = SigningKey.generate()
        self._epoch = Epoch(str(uuid4()), 1)

    async def validate(self, camera_ids: Sequence[str]) -> Answers:
        """Every camera is licensed."""
        until = self._clock.now() + _CACHED
        base, active = LicenseMode.BASE, LicenseStatus.ACTIVE
        answers = [CameraAnswer(each, True, base, active, "", "", until) for each in camera_ids]
        return Answers(answers, sign(self._claims(camera_ids), self._key), self._epoch)

    async def public_keys(self) -> PublishedKeys:
        """The one key."""
        return PublishedKeys(KeySet([self._key.public]), NEVER_TOLD)

    async def revocation_list(self) -> str:
        """Nothing is revoked."""
        nothing = RevocationList(
            issuer=ISSUER,
            customer_id=render_tenant(self.tenant_id),
            list_id=str(uuid4()),
            issued_at=self._clock.now().replace(microsecond=0),
            epoch=self._epoch,
            trust=NEVER_TOLD,
            void_before=None,
            retired_devices=frozenset(),
        )
        return sign_list(nothing, self._key)

    def _claims(self, camera_ids: Sequence[str]) -> LicenseClaims:
        now = self._clock.now().replace(microsecond=0)
        paid = now + _PAID
        platform, vision = (
            self.catalog.plan("platform", "trial"),
            self.catalog.plan("vision", "base"),
        )
        cameras = tuple(
            CameraLicense(each, LicenseMode.BASE, LicenseStatus.ACTIVE, frozenset(), paid)
            for each in camera_ids
        )
        return LicenseClaims(
            issuer=ISSUER,
            audience="brinkbyte-edge",
            token_id=str(uuid4()),
            customer_id=render_tenant(self.tenant_id),
            customer_name="Bench",
            plan=platform.name,
            features=PlanFeatures.of(platform),
            limits=PlanLimits.of(platform),
            growth_packs=("base",),
            cameras_allowed=1000,
            subscription_status=SubscriptionStatus.ACTIVE,
            current_period_ends_at=paid,
            offline_grace_days=vision.offline_grace_days,
            issued_at=now,
            not_before=now,
            expires_at=paid + timedelta(days=vision.offline_grace_days),
            bundle=DeviceBundle(str(self.device_id), self.thumbprint, self._epoch, cameras),
            grace_ladder=vision.grace_ladder,
        )
