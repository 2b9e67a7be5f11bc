"""From the cloud's answers to what is held and stored, and back from what was stored."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edge.licensing.answers import CameraAnswer
from edge.licensing.held import HeldRights, SignedLicense, refuse
from edge.licensing.store import StoredLicense
from rights.claims import Epoch, LicenseClaims
from rights.licenses import LicenseMode

LONGEST_CACHE = timedelta(hours=1)
_SHORTEST_CACHE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Belief:
    """What a kept token says, or why it is not believed."""

    claims: LicenseClaims | None
    fault: str

    @property
    def epoch(self) -> Epoch | None:
        """At which epoch it was signed."""
        bundle = self.claims.bundle if self.claims is not None else None
        return bundle.epoch if bundle is not None else None


def hold_answer(answer: CameraAnswer, claims: LicenseClaims | None, now: datetime) -> HeldRights:
    """What an answer allows: a refusal is taken as said, a permission only as signed."""
    until = cached_until(answer, now)
    if not answer.is_valid:
        return HeldRights(None, refuse(answer.reason, answer.message), until, "cloud")
    signed = SignedLicense.find(claims, answer.camera_id) if claims is not None else None
    if signed is None:
        refusal = refuse("TOKEN_INVALID", "the cloud's signed token does not name the camera")
        return HeldRights(None, refusal, until, "cloud")
    return HeldRights(signed, None, until, "cloud")


def store_answer(
    answer: CameraAnswer, held: HeldRights, token: str, now: datetime
) -> StoredLicense:
    """The answer as a row; a licensed camera's row carries the token that proves it."""
    camera = held.license.camera if held.license is not None else None
    trial = camera is not None and camera.mode is LicenseMode.TRIAL
    refusal = held.refusal
    return StoredLicense(
        camera_id=answer.camera_id,
        license_mode=(camera.mode if camera else answer.mode).value,
        trial_end_date=camera.valid_until if camera and trial else None,
        growth_packs=tuple(sorted(camera.growth_packs)) if camera else (),
        status=(camera.status if camera else answer.status).value,
        is_valid=camera is not None,
        reason=(answer.reason or "TOKEN_INVALID") if refusal else "",
        message=refusal.origin if refusal else answer.message,
        device_token=token if camera else None,
        last_validated=now,
        cached_until=held.cached_until,
    )


def hold_stored(row: StoredLicense, claims: LicenseClaims | None, source: str) -> HeldRights | None:
    """What a row kept in `source` allows; None when it says "valid" and no token proves it."""
    if not row.is_valid:
        return HeldRights(None, refuse(row.reason, row.message), row.cached_until, source)
    signed = SignedLicense.find(claims, row.camera_id) if claims is not None else None
    return None if signed is None else HeldRights(signed, None, row.cached_until, source)


def disproved(row: StoredLicense, fault: str) -> StoredLicense:
    """The row as the log shows one whose token does not prove what it says."""
    reason = "TOKEN_INVALID"
    message = fault or "the signed token does not name the camera"
    return replace(row, is_valid=False, reason=reason, message=message)


def store_bundled(held: HeldRights, token: str, now: datetime) -> StoredLicense:
    """A licence out of a signed bundle as a row; `now` is aware."""
    assert held.license is not None
    camera = held.license.camera
    trial = camera.mode is LicenseMode.TRIAL
    return StoredLicense(
        camera_id=camera.camera_id,
        license_mode=camera.mode.value,
        trial_end_date=camera.valid_until if trial else None,
        growth_packs=tuple(sorted(camera.growth_packs)),
        status=camera.status.value,
        is_valid=True,
        reason="",
        message="from an offline bundle",
        device_token=token,
        last_validated=now,
        cached_until=held.cached_until,
    )


def cached_until(answer: CameraAnswer, now: datetime) -> datetime:
    """The cloud's limit, within a minute and an hour from `now` (aware)."""
    wished = answer.cached_until or now + LONGEST_CACHE
    return max(now + _SHORTEST_CACHE, min(wished, now + LONGEST_CACHE))
