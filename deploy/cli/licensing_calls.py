"""LicenseService for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from brinkbyte.common.v1 import decision_pb2, error_reason_pb2
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.cli.cloud import Cloud

T = TypeVar("T")


class LicenseCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def show(self) -> list[str]:
        """The licence."""
        request = pb.GetLicenseRequest(tenant_id=self._tenant)
        return _license(self._call(lambda stub: stub.GetLicense(request)))

    def suspend(self, reason: str) -> list[str]:
        """The licence, suspended."""
        request = pb.SuspendLicenseRequest(tenant_id=self._tenant, reason=reason)
        return _license(self._call(lambda stub: stub.SuspendLicense(request)))

    def resume(self) -> list[str]:
        """The licence, resumed."""
        request = pb.ResumeLicenseRequest(tenant_id=self._tenant)
        return _license(self._call(lambda stub: stub.ResumeLicense(request)))

    def revoke(self, reason: str) -> list[str]:
        """The licence, revoked."""
        request = pb.RevokeLicenseRequest(tenant_id=self._tenant, reason=reason)
        return _license(self._call(lambda stub: stub.RevokeLicense(request)))

    def renew(self, until: datetime, *, shorten: bool) -> list[str]:
        """The licence with its new end (aware)."""
        request = pb.RenewLicenseRequest(
            tenant_id=self._tenant, valid_until=_stamp(until), allow_shortening=shorten
        )
        return _license(self._call(lambda stub: stub.RenewLicense(request)))

    def upgrade(
        self,
        cameras: int | None,
        mode: str,
        add: Sequence[str],
        remove: Sequence[str],
        until: datetime | None,
    ) -> list[str]:
        """The licence as it was changed."""
        request = pb.UpgradeLicenseRequest(
            tenant_id=self._tenant,
            license_mode=getattr(pb, f"LICENSE_MODE_{mode.upper() or 'UNSPECIFIED'}"),
            cameras_allowed=cameras,
            add_growth_packs=add,
            remove_growth_packs=remove,
            valid_until=_stamp(until) if until is not None else None,
        )
        return _license(self._call(lambda stub: stub.UpgradeLicense(request)))

    def move(self, camera: str, device: str) -> list[str]:
        """The camera at its new device."""
        request = pb.MoveCameraLicenseRequest(
            tenant_id=self._tenant, camera_id=camera, device_id=device
        )
        return _camera(self._call(lambda stub: stub.MoveCameraLicense(request)))

    def release(self, camera: str) -> list[str]:
        """Whether the camera held a slot."""
        request = pb.ReleaseCameraLicenseRequest(tenant_id=self._tenant, camera_id=camera)
        answer = self._call(lambda stub: stub.ReleaseCameraLicense(request))
        said = "its slot is free now" if answer.released else "it held no slot"
        return [f"{camera}: {said}", f"epoch {answer.epoch.number}"]

    def reset_fingerprint(self, camera: str) -> list[str]:
        """The camera, known by nothing."""
        request = pb.ResetCameraFingerprintRequest(tenant_id=self._tenant, camera_id=camera)
        return _camera(self._call(lambda stub: stub.ResetCameraFingerprint(request)))

    def explain(
        self, camera: str, feature: str, at: datetime | None, device: str, fingerprint: str
    ) -> tuple[bool, list[str]]:
        """Whether it is allowed, and the rules in their order."""
        request = pb.ExplainDecisionRequest(
            tenant_id=self._tenant,
            camera_id=camera,
            feature=feature,
            at=_stamp(at) if at is not None else None,
            device_id=device,
            fingerprint=fingerprint,
        )
        answer = self._call(lambda stub: stub.ExplainDecision(request))
        lines = [
            f"{'passed ' if step.passed else 'refused'}  {_word(_RULES, step.rule):<12} {step.text}"
            for step in answer.steps
        ]
        verdict = "allowed" if answer.allowed else _word(_REASONS, answer.reason)
        return answer.allowed, [*lines, f"{verdict}: {answer.message}".removesuffix(": ")]

    def export_bundle(self, device: str, cameras: Sequence[str]) -> tuple[str, list[str]]:
        """The bundle, and what became of each camera."""
        request = pb.ExportOfflineBundleRequest(
            tenant_id=self._tenant, device_id=device, camera_ids=cameras
        )
        answer = self._call(lambda stub: stub.ExportOfflineBundle(request))
        lines = [_bundled(each.camera_id, each.validation) for each in answer.validations]
        return answer.bundle, [*lines, f"ends at {answer.expires_at.ToJsonString()}"]

    def _call(self, ask: Callable[[rpc.LicenseServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.LicenseServiceStub(api)))


def _license(answer: Any) -> list[str]:
    held: pb.License = answer.license
    why = f" since {held.status_since.ToJsonString()}" if held.HasField("status_since") else ""
    words = f": {held.status_reason}" if held.status_reason else ""
    reason = f" ({_word(_REASONS, held.reason)}{why}{words})" if held.reason else ""
    ends = held.valid_until.ToJsonString() if held.HasField("valid_until") else "not begun"
    return [
        f"tenant       {held.tenant_id}",
        f"mode         {_word(pb.LicenseMode.DESCRIPTOR, held.license_mode)}",
        f"status       {_word(pb.LicenseStatus.DESCRIPTOR, held.status)}{reason}",
        f"cameras      {held.cameras_used} of {held.cameras_allowed}",
        f"packs        {', '.join(held.growth_packs) or 'base alone'}",
        f"valid until  {ends}",
        f"epoch        {answer.epoch.number}",
    ]


def _bundled(camera_id: str, said: pb.ValidateCameraResponse) -> str:
    return f"{camera_id}  {'licensed' if said.is_valid else f'left out: {said.message}'}"


def _camera(answer: Any) -> list[str]:
    held: pb.CameraLicense = answer.camera_license
    return [
        f"camera       {held.camera_id}",
        f"device       {held.device_id or 'none yet'}",
        f"fingerprint  {held.fingerprint or 'none yet'}",
        f"epoch        {answer.epoch.number}",
    ]


_RULES = decision_pb2.DecisionRule.DESCRIPTOR
_REASONS = error_reason_pb2.ErrorReason.DESCRIPTOR


def _word(kind: Any, number: int) -> str:
    """An enum's value as REST writes it."""
    prefix = kind.values_by_number[0].name.removesuffix("UNSPECIFIED")
    name: str = kind.values_by_number[number].name
    return name.removeprefix(prefix).lower()


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
