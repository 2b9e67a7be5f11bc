"""The rights of one camera as held in memory, and the decisions that follow from them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rights.catalog.model import Catalog
from rights.claims import LicenseClaims
from rights.decision import Decision, Refusal, decide_camera, decide_feature
from rights.licenses import CameraLicense

_FOREVER = datetime.max.replace(tzinfo=UTC)
_REFUSALS = {refusal.value: refusal for refusal in Refusal}


def refuse(reason: str, message: str) -> Decision:
    """A refusal in the cloud's words; a reason that no rule knows becomes CAMERA_UNLICENSED."""
    return Decision(False, _REFUSALS.get(reason, Refusal.CAMERA_UNLICENSED), message)


@dataclass(frozen=True, slots=True)
class SignedLicense:
    """A camera's licence as a verified device token says it. Moments are aware.

    `issued_at` is when the cloud said so: what it would have said later is not known. `kid` is
    the key that signed it.
    """

    camera: CameraLicense
    issued_at: datetime
    expires_at: datetime
    grace: timedelta
    kid: str

    @classmethod
    def find(cls, claims: LicenseClaims, camera_id: str) -> "SignedLicense | None":
        """The camera's part of a verified token, None when it has none."""
        cameras = claims.bundle.cameras if claims.bundle is not None else ()
        for camera in cameras:
            if camera.camera_id == camera_id:
                grace = timedelta(days=claims.offline_grace_days)
                return cls(camera, claims.issued_at, claims.expires_at, grace, claims.kid)
        return None


@dataclass(frozen=True, slots=True)
class HeldRights:
    """Either a signed licence or a refusal; to be asked again after `cached_until`."""

    license: SignedLicense | None
    refusal: Decision | None
    cached_until: datetime


class CameraRights:
    """Decisions about one camera, kept until time or new rights can change them."""

    __slots__ = ("_catalog", "_features", "_offline", "_until", "decision", "held", "refreshed_at")

    def __init__(self, held: HeldRights, catalog: Catalog, now: datetime, *, offline: bool) -> None:
        """`now` is aware; `offline` says whether the cloud is away."""
        self.held = held
        self.refreshed_at = now
        self._catalog = catalog
        self._offline = offline
        self._features: dict[str, Decision] = {}
        self._decide(now)

    @property
    def packs(self) -> frozenset[str]:
        """Packs beside base; empty without a licence."""
        signed = self.held.license
        return signed.camera.growth_packs if signed is not None else frozenset()

    def camera(self, now: datetime) -> Decision:
        """Whether the camera may run at `now`."""
        if now >= self._until:
            self._decide(now)
        return self.decision

    def feature(self, feature: str, now: datetime) -> Decision:
        """Whether the camera may use the feature at `now`."""
        if now >= self._until:
            self._decide(now)
        known = self._features.get(feature)
        if known is None:
            known = self._features[feature] = self._decide_feature(feature, now)
        return known

    def set_offline(self, now: datetime, *, offline: bool) -> None:
        """Whether the cloud is away, which decides if grace applies."""
        self._offline = offline
        self._decide(now)

    def _decide(self, now: datetime) -> None:
        self._features.clear()
        self._until = _FOREVER
        signed = self.held.license
        if signed is None:
            self.decision = self.held.refusal or refuse("CAMERA_UNLICENSED", "no licence")
            return
        if now >= signed.expires_at:
            ended = signed.expires_at.isoformat()
            self.decision = refuse("LICENSE_EXPIRED", f"the signed licence expired at {ended}")
            return
        since = signed.issued_at if self._offline else None
        self.decision = decide_camera(signed.camera, now, since, signed.grace)
        ends = signed.camera.valid_until
        self._until = min(
            moment for moment in (ends, ends + signed.grace, signed.expires_at) if moment > now
        )

    def _decide_feature(self, feature: str, now: datetime) -> Decision:
        signed = self.held.license
        if signed is None or not self.decision.allowed:
            if feature not in self._catalog.features:
                return decide_feature(self._catalog, None, feature, now)
            return self.decision
        since = signed.issued_at if self._offline else None
        return decide_feature(
            self._catalog,
            signed.camera,
            feature,
            now,
            offline_since=since,
            grace=signed.grace,
        )
