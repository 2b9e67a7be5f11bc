"""Licence values on the wire."""

from brinkbyte.license.v1 import license_service_pb2 as pb

from billing.licenses.answers import CameraAnswer
from billing.licenses.service import HeldCamera
from billing.wire import epoch, reason, stamp
from rights.keys import PublicKey
from rights.licenses import LicenseMode, LicenseStatus

_MODES = {
    LicenseMode.TRIAL: pb.LICENSE_MODE_TRIAL,
    LicenseMode.BASE: pb.LICENSE_MODE_BASE,
    LicenseMode.UNLICENSED: pb.LICENSE_MODE_UNLICENSED,
}
_STATUSES = {
    LicenseStatus.ACTIVE: pb.LICENSE_STATUS_ACTIVE,
    LicenseStatus.SUSPENDED: pb.LICENSE_STATUS_SUSPENDED,
    LicenseStatus.EXPIRED: pb.LICENSE_STATUS_EXPIRED,
}


def mode(wire: pb.LicenseMode) -> LicenseMode:
    """A mode from the wire. Raises KeyError for a value that the contract refuses."""
    return {number: known for known, number in _MODES.items()}[wire]


def validation(answer: CameraAnswer) -> pb.ValidateCameraResponse:
    """One camera's answer."""
    return pb.ValidateCameraResponse(
        is_valid=answer.is_valid,
        license_mode=_MODES[answer.mode],
        enabled_growth_packs=answer.packs,
        valid_until=stamp(answer.valid_until),
        cameras_allowed=answer.cameras_allowed,
        cameras_used=answer.cameras_used,
        status=_STATUSES[answer.status],
        reason=reason(answer.reason),
        message=answer.message,
        cached_until=stamp(answer.cached_until),
        epoch=epoch(answer.epoch),
    )


def camera(held: HeldCamera) -> pb.CameraLicense:
    """One camera's licence."""
    return pb.CameraLicense(
        camera_id=held.license.camera_id,
        license_mode=_MODES[held.license.mode],
        status=_STATUSES[held.license.status],
        enabled_growth_packs=sorted(held.license.growth_packs),
        valid_until=stamp(held.license.valid_until),
        device_id=str(held.device_id or ""),
    )


def public_key(key: PublicKey) -> pb.PublicKey:
    """One key that verifies."""
    jwk = key.jwk()
    return pb.PublicKey(kid=key.kid, public_key_pem=key.pem(), n=jwk["n"], e=jwk["e"])
