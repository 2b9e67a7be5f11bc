"""The node's values on the wire."""

from datetime import datetime

from brinkbyte.common.v1 import decision_pb2, epoch_pb2, error_reason_pb2
from brinkbyte.edge.v1 import edge_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from edge.cameras.state import CameraStatus
from edge.entitlements.wallet import Wallet
from edge.licensing.explanation import Explanation
from edge.licensing.held import CameraRights
from edge.telemetry.store import TelemetryRow
from rights.claims import Epoch
from rights.grace import GraceStep
from rights.licenses import LicenseMode
from rights.quantity import format_quantity
from rights.steps import Step


def epoch(value: Epoch) -> epoch_pb2.Epoch:
    """An epoch."""
    return epoch_pb2.Epoch(incarnation=value.incarnation, number=value.number)


def held_license(camera_id: str, rights: CameraRights, now: datetime) -> pb.HeldLicense:
    """What is held about a camera at `now` (aware)."""
    decision, signed = rights.camera(now), rights.held.license
    mode = signed.camera.mode if signed is not None else LicenseMode.UNLICENSED
    return pb.HeldLicense(
        camera_id=camera_id,
        allowed=decision.allowed,
        reason=reason(decision.reason or ""),
        message=decision.origin,
        license_mode=f"LICENSE_MODE_{mode.name}",
        enabled_growth_packs=sorted(rights.packs),
        valid_until=stamp(signed.camera.valid_until if signed else None),
        expires_at=stamp(signed.expires_at if signed else None),
        issued_at=stamp(signed.issued_at if signed else None),
        grace_step=grace_step(decision.step),
        source=f"LICENSE_SOURCE_{rights.held.source.upper()}",
        refreshed_at=stamp(rights.refreshed_at),
        cached_until=stamp(rights.held.cached_until),
    )


def explanation(camera_id: str, found: Explanation) -> pb.ExplainDecisionResponse:
    """An answer and its rules."""
    rights, decision = found.rights, found.decision
    return pb.ExplainDecisionResponse(
        allowed=decision.allowed,
        reason=reason(decision.reason or ""),
        message=decision.origin,
        steps=[_step(step) for step in found.steps],
        license=held_license(camera_id, rights, found.decided_at) if rights else None,
        offline=found.offline,
        decided_at=stamp(found.decided_at),
    )


def quota(wallet: Wallet) -> pb.NodeQuota:
    """What is left of one metric."""
    step, lease, word = wallet.step(), wallet.lease, wallet.word
    return pb.NodeQuota(
        metric=wallet.metric,
        allowed=step.passed,
        reason=reason(step.refusal or ""),
        message=step.text,
        granted=format_quantity(lease.granted_e5) if lease else None,
        remaining=format_quantity(max(0, wallet.left_e5)) if lease else None,
        expires_at=stamp(lease.expires_at if lease else None),
        answered_at=stamp(word.answered_at if word else None),
        resets_at=stamp(word.resets_at if word else None),
        refusals=wallet.refusals,
    )


def grace_step(step: GraceStep | None) -> str:
    """The wire's name of a step of the grace."""
    return f"GRACE_STEP_{step.name if step is not None else 'UNSPECIFIED'}"


def _step(step: Step) -> decision_pb2.DecisionStep:
    return decision_pb2.DecisionStep(
        rule=f"DECISION_RULE_{step.rule}",
        passed=step.passed,
        reason=reason(step.refusal or ""),
        text=step.text,
    )


def camera(status: CameraStatus) -> pb.Camera:
    """One camera of the node."""
    return pb.Camera(
        camera_id=status.camera_id,
        source=status.source,
        state=f"PIPELINE_STATE_{status.state}",
        reason=reason(status.reason),
        message=status.message,
        frames=status.frames,
        detections=status.detections,
        features=status.features,
        refused_features=[
            pb.RefusedFeature(
                feature=refused.feature, reason=reason(refused.reason), message=refused.message
            )
            for refused in status.refused
        ],
        grace_step=grace_step(status.grace_step),
        grace_message=status.grace_message,
        frame_stride=status.frame_stride,
    )


def event(row: TelemetryRow) -> pb.TelemetryEvent:
    """One telemetry event."""
    return pb.TelemetryEvent(
        telemetry_id=str(row.telemetry_id),
        event_type=row.event_type,
        event_time=stamp(row.event_time),
        frame_index=row.frame_index,
        payload=row.payload,
    )


def stamp(moment: datetime | None) -> Timestamp | None:
    """A moment, or none."""
    if moment is None:
        return None
    found = Timestamp()
    found.FromDatetime(moment)
    return found


def reason(name: str) -> str:
    """The wire's name of a reason without its prefix."""
    wanted = f"ERROR_REASON_{name or 'UNSPECIFIED'}"
    known = wanted in error_reason_pb2.ErrorReason.keys()  # noqa: SIM118 - no mapping
    return wanted if known else "ERROR_REASON_STATE_CONFLICT"
