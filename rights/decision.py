"""May this camera run, and may it use this feature?

A camera runs until ``valid_until``. One that was licensed when the cloud was
last heard goes on without it for its offline grace after that, because only
the cloud could have told of a renewal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rights.catalog.model import BASE_PACK, Catalog
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus

NO_GRACE = timedelta(0)


class Refusal(StrEnum):
    """Names of brinkbyte.common.v1.ErrorReason without their prefix."""

    NEVER_VALIDATED = "NEVER_VALIDATED"
    CAMERA_UNLICENSED = "CAMERA_UNLICENSED"
    LICENSE_SUSPENDED = "LICENSE_SUSPENDED"
    LICENSE_EXPIRED = "LICENSE_EXPIRED"
    FEATURE_UNKNOWN = "FEATURE_UNKNOWN"
    FEATURE_NOT_LICENSED = "FEATURE_NOT_LICENSED"


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer. ``reason`` is None when allowed; ``origin`` says what it rests on."""

    allowed: bool
    reason: Refusal | None
    origin: str


def decide_camera(
    held: CameraLicense | None,
    now: datetime,
    offline_since: datetime | None = None,
    grace: timedelta = NO_GRACE,
) -> Decision:
    """Whether the camera may run at ``now``.

    ``held`` is the last licence known, None when there is none. ``offline_since``
    is when the cloud was last heard, None while it is reachable. Moments are
    aware.
    """
    if held is None:
        return _unknown_camera(offline_since)
    if held.mode is LicenseMode.UNLICENSED:
        return _refuse(Refusal.CAMERA_UNLICENSED, f"camera {held.camera_id} has no licence")
    if held.status is LicenseStatus.SUSPENDED:
        return _refuse(Refusal.LICENSE_SUSPENDED, f"the {held.mode} licence is suspended")
    if held.status is LicenseStatus.EXPIRED:
        return _refuse(Refusal.LICENSE_EXPIRED, f"the {held.mode} licence has expired")
    if now < held.valid_until:
        return Decision(True, None, f"{held.mode} licence")
    return _after_expiry(held, now, offline_since, grace)


def decide_feature(
    catalog: Catalog,
    held: CameraLicense | None,
    feature: str,
    now: datetime,
    *,
    offline_since: datetime | None = None,
    grace: timedelta = NO_GRACE,
) -> Decision:
    """Whether the camera may use the feature at ``now``; the camera itself must be allowed.

    ``held``, ``offline_since`` and ``grace`` are those of decide_camera.
    """
    known = catalog.features.get(feature)
    if known is None:
        return _refuse(Refusal.FEATURE_UNKNOWN, f"the catalogue has no feature {feature!r}")
    camera = decide_camera(held, now, offline_since, grace)
    if not camera.allowed or held is None:
        return camera
    if known.pack == BASE_PACK:
        return Decision(True, None, f"pack base, implied by the {camera.origin}")
    if known.pack in held.growth_packs:
        return Decision(True, None, f"pack {known.pack} of the {camera.origin}")
    return _refuse(
        Refusal.FEATURE_NOT_LICENSED,
        f"pack {known.pack} is not enabled for camera {held.camera_id}",
    )


def _unknown_camera(offline_since: datetime | None) -> Decision:
    if offline_since is None:
        return _refuse(Refusal.CAMERA_UNLICENSED, "the camera has no licence")
    return _refuse(
        Refusal.NEVER_VALIDATED,
        f"the camera was never validated and the cloud is away since {offline_since.isoformat()}",
    )


def _after_expiry(
    held: CameraLicense, now: datetime, offline_since: datetime | None, grace: timedelta
) -> Decision:
    ended = held.valid_until.isoformat()
    if offline_since is None or offline_since >= held.valid_until:
        return _refuse(Refusal.LICENSE_EXPIRED, f"the {held.mode} licence ended at {ended}")
    until = held.valid_until + grace
    if now >= until:
        return _refuse(
            Refusal.LICENSE_EXPIRED,
            f"the {held.mode} licence ended at {ended}, its grace at {until.isoformat()}",
        )
    return Decision(True, None, f"{held.mode} licence in its grace until {until.isoformat()}")


def _refuse(reason: Refusal, origin: str) -> Decision:
    return Decision(False, reason, origin)
