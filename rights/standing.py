"""May this camera run, as the books of its tenant stand: the rules of the cloud.

They know more than a camera's own licence says: every slot of the tenant, the device that a
camera is bound to, and by what it is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rights.catalog.model import Plan
from rights.claims import Epoch
from rights.decision import status_step
from rights.licenses import LicenseMode, LicenseStatus
from rights.steps import Refusal, Rule, Step


@dataclass(frozen=True, slots=True)
class TenantStanding:
    """What the tenant holds at one epoch.

    ``status`` says suspended or active, ``revoked`` that the licence is over for good.
    ``valid_until`` (aware) is None while a trial waits for its first camera.
    """

    epoch: Epoch
    plan: Plan
    mode: LicenseMode
    status: LicenseStatus
    revoked: bool
    valid_until: datetime | None
    cameras_allowed: int
    cameras_used: int


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """What is known of a camera that holds a slot, ``within_cap`` unless the licence became too
    small for it. ``device_id`` is the device in service that it is bound to."""

    within_cap: bool
    device_id: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about a camera, and by what the camera is known there; None when not said.

    ``namesake`` is another camera of the tenant that is known by the same fingerprint.
    """

    device_id: str | None = None
    fingerprint: str | None = None
    namesake: str | None = None


def standing_steps(
    tenant: TenantStanding, camera: CameraStanding | None, question: Question, now: datetime
) -> Iterator[Step]:
    """The rules in their order; to be read through ``rights.steps.walk``.

    ``camera`` is None when it holds no slot. ``now`` is aware.
    """
    yield from tenant_steps(tenant, now)
    yield _device(camera, question)
    yield _fingerprint(camera, question)
    yield _slot(tenant, camera)


def tenant_steps(tenant: TenantStanding, now: datetime) -> Iterator[Step]:
    """The rules about the tenant itself, in their order. ``now`` is aware."""
    epoch = tenant.epoch
    yield Step(Rule.EPOCH, None, f"epoch {epoch.number} of the history {epoch.incarnation}")
    yield Step(Rule.PLAN, None, _plan(tenant.plan))
    yield _status(tenant)
    yield _dates(tenant, now)


def _plan(plan: Plan) -> str:
    if plan.trial_days is None:
        return f"{plan.family} plan {plan.name}"
    cameras = plan.count("cameras")
    return f"{plan.family} plan {plan.name}: {cameras} cameras for {plan.trial_days} days"


def _status(tenant: TenantStanding) -> Step:
    if tenant.revoked:
        return Step(Rule.STATUS, Refusal.LICENSE_REVOKED, f"the {tenant.mode} licence was revoked")
    return status_step(tenant.mode, tenant.status)


def _dates(tenant: TenantStanding, now: datetime) -> Step:
    ends = tenant.valid_until
    if ends is None:
        return Step(Rule.DATES, None, f"{tenant.mode} licence that begins with its first camera")
    if ends <= now:
        text = f"the {tenant.mode} licence ended at {ends.isoformat()}"
        return Step(Rule.DATES, Refusal.LICENSE_EXPIRED, text)
    return Step(Rule.DATES, None, f"{tenant.mode} licence until {ends.isoformat()}")


def _device(camera: CameraStanding | None, question: Question) -> Step:
    bound = camera.device_id if camera is not None else None
    if bound is None:
        return Step(Rule.DEVICE, None, "the camera is bound to no device")
    if question.device_id is None:
        return Step(Rule.DEVICE, None, f"the camera is bound to device {bound}; none was named")
    if question.device_id == bound:
        return Step(Rule.DEVICE, None, f"the camera is bound to device {bound}, which asks")
    text = f"another device, {bound}, holds the camera"
    return Step(Rule.DEVICE, Refusal.CAMERA_HELD_ELSEWHERE, text)


def _fingerprint(camera: CameraStanding | None, question: Question) -> Step:
    known = camera.fingerprint if camera is not None else None
    if question.namesake is not None:
        text = f"the camera is known already, by its fingerprint, as {question.namesake}"
        return Step(Rule.FINGERPRINT, Refusal.CAMERA_MISMATCH, text)
    if question.fingerprint is None:
        return Step(Rule.FINGERPRINT, None, "no fingerprint was given")
    if known is None:
        return Step(Rule.FINGERPRINT, None, "the fingerprint is seen for the first time")
    if known == question.fingerprint:
        return Step(Rule.FINGERPRINT, None, "the fingerprint is the one on record")
    text = "the id is licensed for another camera: its fingerprint differs"
    return Step(Rule.FINGERPRINT, Refusal.CAMERA_MISMATCH, text)


def _slot(tenant: TenantStanding, camera: CameraStanding | None) -> Step:
    allowed, used = tenant.cameras_allowed, tenant.cameras_used
    if camera is not None and camera.within_cap:
        return Step(Rule.SLOT, None, f"the camera holds a slot; {used} of {allowed} are taken")
    if camera is None and used < allowed:
        text = f"the camera holds no slot yet; {used} of {allowed} are taken"
        return Step(Rule.SLOT, Refusal.CAMERA_UNLICENSED, text)
    if tenant.mode is LicenseMode.TRIAL:
        text = f"all {allowed} camera slots of the trial are taken"
        return Step(Rule.SLOT, Refusal.CAMERA_UNLICENSED, text)
    text = f"all {allowed} camera slots of the licence are taken"
    return Step(Rule.SLOT, Refusal.CAMERA_LIMIT_REACHED, text)
