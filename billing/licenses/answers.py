"""From what a tenant holds to what one camera is told. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.licenses.store import CameraRow, LicenseRow, RightsRow
from rights.claims import Epoch
from rights.decision import Refusal, decide_camera
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus

CACHE_FOR = timedelta(hours=1)
CACHE_REFUSAL_FOR = timedelta(minutes=1)
CAMERA_LIMIT_REACHED = "CAMERA_LIMIT_REACHED"


@dataclass(frozen=True, slots=True)
class CameraAnswer:
    """Whether a camera may run now. `packs` are those beyond base, sorted; `reason` is the name
    of an ErrorReason without its prefix, None when it may run; moments are aware, UTC."""

    camera_id: str
    is_valid: bool
    mode: LicenseMode
    status: LicenseStatus
    packs: tuple[str, ...]
    valid_until: datetime | None
    cameras_allowed: int
    cameras_used: int
    reason: str | None
    message: str
    cached_until: datetime
    epoch: Epoch


def status_of(license_: LicenseRow, now: datetime) -> LicenseStatus:
    """The licence's state at `now`."""
    if license_.status == "suspended":
        return LicenseStatus.SUSPENDED
    if license_.valid_until is not None and license_.valid_until <= now:
        return LicenseStatus.EXPIRED
    return LicenseStatus.ACTIVE


def camera_license(license_: LicenseRow, camera: CameraRow, now: datetime) -> CameraLicense:
    """The licence of a camera that holds a slot; its packs are its own and the tenant's.

    A camera in a trial that has not begun cannot be: taking its slot begins the trial.
    """
    return CameraLicense(
        camera.camera_id,
        LicenseMode(license_.license_mode),
        status_of(license_, now),
        frozenset(camera.growth_packs) | frozenset(license_.growth_packs),
        license_.valid_until or now,
    )


def answer(
    rights: RightsRow, camera_id: str, held: CameraLicense | None, now: datetime
) -> CameraAnswer:
    """What the camera is told; `held` is None when it holds no slot."""
    status = status_of(rights.license, now)
    if held is None:
        reason = _no_slot(rights, status)
        return _refusal(rights, camera_id, mode=LicenseMode.UNLICENSED, reason=reason, now=now)
    decision = decide_camera(held, now)
    if not decision.allowed:
        reason = decision.reason or Refusal.CAMERA_UNLICENSED
        return _refusal(
            rights,
            camera_id,
            mode=held.mode,
            reason=reason,
            now=now,
            valid_until=held.valid_until,
        )
    return CameraAnswer(
        camera_id,
        True,
        held.mode,
        held.status,
        tuple(sorted(held.growth_packs)),
        held.valid_until,
        rights.license.cameras_allowed,
        rights.cameras_used,
        None,
        "",
        min(now + CACHE_FOR, held.valid_until),
        rights.epoch,
    )


def _no_slot(rights: RightsRow, status: LicenseStatus) -> str:
    if status is LicenseStatus.SUSPENDED:
        return Refusal.LICENSE_SUSPENDED
    if status is LicenseStatus.EXPIRED:
        return Refusal.LICENSE_EXPIRED
    taken = rights.cameras_used >= rights.license.cameras_allowed
    if not taken or rights.license.license_mode == LicenseMode.TRIAL:
        return Refusal.CAMERA_UNLICENSED
    return CAMERA_LIMIT_REACHED


def _refusal(
    rights: RightsRow,
    camera_id: str,
    *,
    mode: LicenseMode,
    reason: str,
    now: datetime,
    valid_until: datetime | None = None,
) -> CameraAnswer:
    return CameraAnswer(
        camera_id,
        False,
        mode,
        status_of(rights.license, now),
        (),
        valid_until,
        rights.license.cameras_allowed,
        rights.cameras_used,
        str(reason),
        message_of(reason, rights),
        now + CACHE_REFUSAL_FOR,
        rights.epoch,
    )


def message_of(reason: str, rights: RightsRow) -> str:
    """The refusal in words, with what to do."""
    license_ = rights.license
    slots, mode = license_.cameras_allowed, license_.license_mode
    if reason == Refusal.CAMERA_UNLICENSED and rights.cameras_used < slots:
        return "The camera holds no slot of the licence yet. Validate it to take a free one."
    if reason == Refusal.CAMERA_UNLICENSED:
        return f"All {slots} camera slots of the trial are taken. Buy a licence for more cameras."
    if reason == CAMERA_LIMIT_REACHED:
        return f"All {slots} camera slots of the licence are taken. Add slots to the licence."
    if reason == Refusal.LICENSE_SUSPENDED:
        return "The licence is suspended. Settle the account with the vendor."
    ended = license_.valid_until.isoformat() if license_.valid_until else "an unknown time"
    return f"The {mode} licence ended at {ended}. Renew it."
