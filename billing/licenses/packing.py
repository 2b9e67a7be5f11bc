"""Licence values on the wire."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from brinkbyte.common.v1 import decision_pb2
from brinkbyte.license.v1 import license_service_pb2 as pb

from billing.licenses.answers import CameraAnswer
from billing.licenses.book import Asked, status_of
from billing.licenses.changes.service import Change, Told
from billing.licenses.explanation import Explanation
from billing.licenses.lifecycle import Upgrade
from billing.licenses.service import HeldCamera
from billing.licenses.store import RightsRow
from billing.wire import epoch, moment, reason, stamp
from mesh.errors import InvalidArgument
from rights.ids import render_tenant
from rights.keys import PublicKey
from rights.licenses import LicenseMode, LicenseStatus
from rights.steps import Step

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


def asked(camera_ids: Iterable[str], given: Iterable[pb.CameraFingerprint]) -> list[Asked]:
    """The cameras of a batch. Raises InvalidArgument naming `fingerprints`."""
    known: dict[str, str] = {}
    for index, each in enumerate(given):
        if each.camera_id in known:
            raise InvalidArgument.field(f"fingerprints[{index}].camera_id", "comes twice")
        known[each.camera_id] = each.fingerprint
    found = [Asked(camera_id, known.pop(camera_id, None)) for camera_id in camera_ids]
    if known:
        raise InvalidArgument.field("fingerprints", f"{min(known)!r} is not among camera_ids")
    return found


def upgrade(request: pb.UpgradeLicenseRequest) -> Upgrade:
    """What a request names. Raises InvalidArgument naming `valid_until`."""
    named = request.HasField("valid_until")
    return Upgrade(
        mode(request.license_mode) if request.license_mode else None,
        request.cameras_allowed if request.HasField("cameras_allowed") else None,
        tuple(request.add_growth_packs),
        tuple(request.remove_growth_packs),
        moment("valid_until", request.valid_until) if named else None,
    )


def license_(tenant_id: UUID, row: RightsRow, now: datetime) -> pb.License:
    """The tenant's licence as it stands at `now`."""
    held = row.license
    status = status_of(held, now)
    why = None if status is LicenseStatus.ACTIVE else f"LICENSE_{status.name}"
    return pb.License(
        tenant_id=render_tenant(tenant_id),
        license_mode=_MODES[LicenseMode(held.license_mode)],
        status=_STATUSES[status],
        reason=reason("LICENSE_REVOKED" if held.status == "revoked" else why),
        status_reason=held.status_reason,
        status_since=stamp(held.status_since),
        cameras_allowed=held.cameras_allowed,
        cameras_used=row.cameras_used,
        growth_packs=held.growth_packs,
        valid_from=stamp(held.valid_from),
        valid_until=stamp(held.valid_until),
    )


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


def validations(answers: Iterable[CameraAnswer]) -> list[pb.CameraValidation]:
    """The answers about several cameras, in their order."""
    return [
        pb.CameraValidation(camera_id=each.camera_id, validation=validation(each))
        for each in answers
    ]


def camera(held: HeldCamera) -> pb.CameraLicense:
    """One camera's licence."""
    return pb.CameraLicense(
        camera_id=held.license.camera_id,
        license_mode=_MODES[held.license.mode],
        status=_STATUSES[held.license.status],
        enabled_growth_packs=sorted(held.license.growth_packs),
        valid_until=stamp(held.license.valid_until),
        device_id=str(held.device_id or ""),
        fingerprint=held.fingerprint or "",
    )


def explanation(found: Explanation) -> pb.ExplainDecisionResponse:
    """A decision and its rules."""
    last = found.steps[-1]
    return pb.ExplainDecisionResponse(
        allowed=last.passed,
        reason=reason(last.refusal),
        message=found.message,
        steps=[_step(each) for each in found.steps],
        at=stamp(found.at),
        epoch=epoch(found.epoch),
    )


def told(message: Told) -> pb.WatchLicensesResponse:
    """A message of the stream."""
    if not isinstance(message, Change):
        return pb.WatchLicensesResponse(snapshot=pb.LicenseSnapshot(epoch=epoch(message.epoch)))
    kind: pb.LicenseChangeKind = getattr(pb, f"LICENSE_CHANGE_KIND_{message.row.kind}")
    change = pb.LicenseChange(
        epoch=epoch(message.epoch),
        kind=kind,
        camera_ids=message.row.camera_ids,
        changed_at=stamp(message.row.changed_at),
    )
    return pb.WatchLicensesResponse(change=change)


def public_key(key: PublicKey) -> pb.PublicKey:
    """One key that verifies."""
    jwk = key.jwk()
    return pb.PublicKey(kid=key.kid, public_key_pem=key.pem(), n=jwk["n"], e=jwk["e"])


def _step(step: Step) -> decision_pb2.DecisionStep:
    rule: decision_pb2.DecisionRule = getattr(decision_pb2, f"DECISION_RULE_{step.rule.name}")
    return decision_pb2.DecisionStep(
        rule=rule,
        passed=step.passed,
        reason=reason(step.refusal),
        text=step.text,
    )
