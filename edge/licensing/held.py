"""The rights of one camera as held in memory, and the decisions that follow from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rights.claims import LicenseClaims
from rights.decision import (
    Decision,
    Refusal,
    camera_steps,
    decide,
    grace_state,
    pack_steps,
    with_grace,
)
from rights.feature_rules import FeatureRules
from rights.grace import Grace, GraceState
from rights.licenses import CameraLicense
from rights.overrides import FeatureOverride
from rights.steps import Rule, Step, walk

_FOREVER = datetime.max.replace(tzinfo=UTC)
_REFUSALS = {refusal.value: refusal for refusal in Refusal}


def refuse(reason: str, message: str) -> Decision:
    """A refusal in the cloud's words; a reason that no rule knows becomes CAMERA_UNLICENSED."""
    return Decision(False, _REFUSALS.get(reason, Refusal.CAMERA_UNLICENSED), message)


@dataclass(frozen=True, slots=True)
class SignedLicense:
    """A camera's licence as a verified device token says it. Moments are aware.

    `issued_at` is when the cloud said so: what it would have said later is not known. `kid` is
    the key that signed it. `rules` say which pack holds a feature, None in an older token.
    """

    camera: CameraLicense
    issued_at: datetime
    expires_at: datetime
    grace: Grace
    kid: str
    rules: FeatureRules | None = None

    @classmethod
    def of(cls, claims: LicenseClaims, camera: CameraLicense) -> "SignedLicense":
        """A camera of a verified token."""
        return cls(
            camera,
            claims.issued_at,
            claims.expires_at,
            claims.grace,
            claims.kid,
            claims.feature_rules,
        )

    @classmethod
    def find(cls, claims: LicenseClaims, camera_id: str) -> "SignedLicense | None":
        """The camera's part of a verified token, None when it has none."""
        cameras = claims.bundle.cameras if claims.bundle is not None else ()
        for camera in cameras:
            if camera.camera_id == camera_id:
                return cls.of(claims, camera)
        return None


@dataclass(frozen=True, slots=True)
class HeldRights:
    """Either a signed licence or a refusal; to be asked again after `cached_until`. `source` is
    the layer that it is from: redis, postgres, cloud or bundle."""

    license: SignedLicense | None
    refusal: Decision | None
    cached_until: datetime
    source: str


class CameraRights:
    """Decisions about one camera, kept until time or new rights can change them."""

    __slots__ = (
        "_features",
        "_offline",
        "_turned",
        "_until",
        "decision",
        "held",
        "refreshed_at",
        "rules",
    )

    def __init__(
        self, held: HeldRights, shipped: FeatureRules, now: datetime, *, offline: bool
    ) -> None:
        """`shipped` are the rules for a token that has none; `now` is aware; `offline` says
        whether the cloud is away."""
        self.held = held
        self.refreshed_at = now
        signed = held.license
        self.rules = signed.rules if signed is not None and signed.rules is not None else shipped
        self._turned = False
        self._offline = offline
        self._features: dict[str, Decision] = {}
        self._decide(now)

    @property
    def packs(self) -> frozenset[str]:
        """Packs beside base; empty without a licence."""
        signed = self.held.license
        return signed.camera.growth_packs if signed is not None else frozenset()

    def turned(self, now: datetime) -> bool:
        """Whether a moment passed, since this was asked last, at which answers may change."""
        if now >= self._until:
            self._pass(now)
        turned, self._turned = self._turned, False
        return turned

    def camera(self, now: datetime) -> Decision:
        """Whether the camera may run at `now`."""
        if now >= self._until:
            self._pass(now)
        return self.decision

    def feature(self, feature: str, now: datetime) -> Decision:
        """Whether the camera may use the feature at `now`."""
        if now >= self._until:
            self._pass(now)
        known = self._features.get(feature)
        if known is None:
            known = self._features[feature] = self._decide_feature(feature, now)
        return known

    def in_grace(self, now: datetime) -> bool:
        """Whether the camera runs past its licence's end at `now`."""
        signed = self.held.license
        over = signed is not None and now >= signed.camera.valid_until
        return over and self.camera(now).allowed

    def set_offline(self, now: datetime, *, offline: bool) -> None:
        """Whether the cloud is away, which decides if grace applies."""
        self._offline = offline
        self._decide(now)

    def steps(self, feature: str | None, now: datetime) -> Iterator[Step]:
        """The rules behind the decision about the camera, or about one of its features."""
        if feature is None:
            return walk(self._camera_steps(now))
        state = self._grace_state(now)
        camera = self._camera_steps(now)
        pack, override = self.rules.pack_of.get(feature), self._override(feature, now)
        return walk(pack_steps(feature, pack, camera, self.packs, state=state, override=override))

    def _override(self, feature: str, now: datetime) -> FeatureOverride | None:
        signed = self.held.license
        if signed is None or not self.rules.overrides:
            return None
        return self.rules.override(feature, signed.camera.camera_id, now)

    def _pass(self, now: datetime) -> None:
        """A moment at which answers may change went by."""
        self._turned = True
        self._decide(now)

    def _camera_steps(self, now: datetime) -> Iterator[Step]:
        signed = self.held.license
        if signed is None:
            refusal = self.held.refusal or refuse("CAMERA_UNLICENSED", "no licence")
            yield Step(Rule.SLOT, refusal.reason, refusal.origin)
            return
        ended = signed.expires_at.isoformat()
        if now >= signed.expires_at:
            text = f"the signed licence expired at {ended}"
            yield Step(Rule.BUNDLE, Refusal.LICENSE_EXPIRED, text)
        text = f"signed at {signed.issued_at.isoformat()}, holds until {ended} at the latest"
        yield Step(Rule.BUNDLE, None, text)
        yield from camera_steps(signed.camera, now, self._since, signed.grace)

    @property
    def _since(self) -> datetime | None:
        signed = self.held.license
        return signed.issued_at if signed is not None and self._offline else None

    def _grace_state(self, now: datetime) -> GraceState | None:
        signed = self.held.license
        return grace_state(signed.camera, now, self._since, signed.grace) if signed else None

    def _decide(self, now: datetime) -> None:
        self._features.clear()
        self._until = _FOREVER
        self.decision = with_grace(decide(self.steps(None, now)), self._grace_state(now))
        signed = self.held.license
        if signed is None or now >= signed.expires_at:
            return
        ends = signed.camera.valid_until
        changes = (signed.grace.begin(rung, ends) for rung in signed.grace.ladder)
        overrides = self.rules.of_camera(signed.camera.camera_id)
        over = (each.until for each in overrides if each.until is not None)
        moments = (ends, ends + signed.grace.length, signed.expires_at, *changes, *over)
        self._until = min(moment for moment in moments if moment > now)

    def _decide_feature(self, feature: str, now: datetime) -> Decision:
        return with_grace(decide(self.steps(feature, now)), self._grace_state(now))
