"""May this camera run, and may it use this feature?

A camera runs until ``valid_until``. One that was licensed when the cloud was
last heard goes on without it for its offline grace after that, because only
the cloud could have told of a renewal; with how much, the grace's ladder says.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from datetime import datetime

from rights.catalog.model import BASE_PACK, Catalog
from rights.grace import Grace, GraceState, GraceStep
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from rights.overrides import FeatureOverride
from rights.steps import Refusal, Rule, Step, walk
from rights.terms import QuotaStanding

__all__ = ["NO_GRACE", "Decision", "Refusal", "camera_steps", "decide", "decide_camera"]
__all__ += ["decide_feature", "feature_steps", "grace_state", "override_step", "pack_steps"]
__all__ += ["quota_step", "with_grace", "with_quota"]

NO_GRACE = Grace()


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer. ``reason`` is None when allowed; ``origin`` says what it rests on.

    ``step`` is where in its offline grace the camera stands, None outside of it; then one
    frame in ``frame_stride`` may be looked at. ``quota`` is how the metric that the feature uses
    stands, and ``warning`` why an allowed answer needs attention, empty when it does not.
    """

    allowed: bool
    reason: Refusal | None
    origin: str
    step: GraceStep | None = None
    frame_stride: int = 1
    quota: QuotaStanding | None = None
    warning: str = ""


def decide(steps: Iterable[Step]) -> Decision:
    """The answer that the rules come to; the last one looked at is what it rests on."""
    last = tuple(walk(steps))[-1]
    return Decision(last.passed, last.refusal, last.text)


def decide_camera(
    held: CameraLicense | None,
    now: datetime,
    offline_since: datetime | None = None,
    grace: Grace = NO_GRACE,
) -> Decision:
    """Whether the camera may run at ``now``.

    ``held`` is the last licence known, None when there is none. ``offline_since``
    is when the cloud was last heard, None while it is reachable. Moments are
    aware.
    """
    decision = decide(camera_steps(held, now, offline_since, grace))
    return with_grace(decision, grace_state(held, now, offline_since, grace))


def decide_feature(
    catalog: Catalog,
    held: CameraLicense | None,
    feature: str,
    now: datetime,
    *,
    offline_since: datetime | None = None,
    grace: Grace = NO_GRACE,
    override: FeatureOverride | None = None,
    quota: QuotaStanding | None = None,
) -> Decision:
    """Whether the camera may use the feature at ``now``; the camera itself must be allowed.

    ``held``, ``offline_since`` and ``grace`` are those of decide_camera, ``override`` and
    ``quota`` those of feature_steps.
    """
    camera = camera_steps(held, now, offline_since, grace)
    packs = held.growth_packs if held is not None else frozenset[str]()
    state = grace_state(held, now, offline_since, grace)
    steps = feature_steps(catalog, feature, camera, packs, state, override=override, quota=quota)
    return with_grace(with_quota(decide(steps), quota), state)


def camera_steps(
    held: CameraLicense | None,
    now: datetime,
    offline_since: datetime | None = None,
    grace: Grace = NO_GRACE,
) -> Iterator[Step]:
    """The rules of decide_camera, in their order; to be read through ``walk``."""
    if held is None:
        yield _unknown_camera(offline_since)
        return
    if held.mode is LicenseMode.UNLICENSED:
        refusal = Refusal.CAMERA_UNLICENSED
        yield Step(Rule.SLOT, refusal, f"camera {held.camera_id} has no licence")
    yield Step(Rule.SLOT, None, f"camera {held.camera_id} has a {held.mode} licence")
    yield status_step(held.mode, held.status)
    if now < held.valid_until:
        yield Step(Rule.DATES, None, f"{held.mode} licence")
    else:
        yield from _after_expiry(held, now, offline_since, grace)


def feature_steps(
    catalog: Catalog,
    feature: str,
    camera: Iterable[Step],
    packs: Set[str],
    state: GraceState | None = None,
    *,
    override: FeatureOverride | None = None,
    quota: QuotaStanding | None = None,
) -> Iterator[Step]:
    """The rules of a feature around those of its ``camera``, which has these ``packs`` beside
    base and may be in its offline grace; to be read through ``walk``.

    ``override`` is the one in force for the feature and the camera: it refuses whatever the packs,
    or counts like a pack. ``quota`` is how the metric stands that the feature uses.
    """
    known = catalog.features.get(feature)
    pack = known.pack if known is not None else None
    yield from pack_steps(feature, pack, camera, packs, state=state, override=override)
    if known is not None and known.metric is not None and quota is not None:
        yield quota_step(quota)


def pack_steps(
    feature: str,
    pack: str | None,
    camera: Iterable[Step],
    packs: Set[str],
    *,
    state: GraceState | None = None,
    override: FeatureOverride | None = None,
) -> Iterator[Step]:
    """As ``feature_steps`` for a feature of this ``pack``, None when no pack has it.

    ``override`` is the one in force: it refuses whatever the packs, or counts like a pack.
    """
    if pack is None:
        text = f"the catalogue has no feature {feature!r}"
        yield Step(Rule.FEATURE, Refusal.FEATURE_UNKNOWN, text)
        return
    yield Step(Rule.FEATURE, None, f"the feature {feature} belongs to the pack {pack}")
    basis = ""
    for step in camera:
        yield step
        basis = step.text if step.rule in {Rule.DATES, Rule.GRACE} else basis
    if override is not None:
        yield override_step(override)
    given = override is not None or pack in packs
    if pack == BASE_PACK:
        yield Step(Rule.PACK, None, f"pack base, implied by the {basis}")
    elif given and state is not None and state.base_only:
        text = f"pack {pack} is dropped: {basis}; let the node reach the cloud"
        yield Step(Rule.GRACE, Refusal.LICENSE_EXPIRED, text)
    elif pack in packs:
        yield Step(Rule.PACK, None, f"pack {pack} of the {basis}")
    elif override is None:
        text = f"pack {pack} is not enabled for the camera"
        yield Step(Rule.PACK, Refusal.FEATURE_NOT_LICENSED, text)


def override_step(override: FeatureOverride) -> Step:
    """What the vendor said of the feature beside the plan."""
    whose = "the tenant" if override.camera_id is None else "the camera"
    until = f" until {override.until.isoformat()}" if override.until is not None else ""
    if override.allowed:
        text = f"the vendor gave {override.feature} to {whose}{until}: {override.reason}"
        return Step(Rule.OVERRIDE, None, text)
    text = f"the vendor took {override.feature} from {whose}{until}: {override.reason}"
    return Step(Rule.OVERRIDE, Refusal.FEATURE_WITHDRAWN, text)


def quota_step(quota: QuotaStanding) -> Step:
    """Whether anything is left of the metric."""
    if quota.limit is None or quota.remaining is None:
        return Step(Rule.QUOTA, None, f"{quota.used:f} of {quota.metric} used, without a limit")
    resets = f"; it resets at {quota.resets_at.isoformat()}" if quota.resets_at else ""
    text = f"{quota.remaining:f} of {quota.limit:f} {quota.metric} left{resets}"
    if quota.exhausted:
        return Step(Rule.QUOTA, Refusal.QUOTA_EXHAUSTED, text)
    return Step(Rule.QUOTA, None, text)


def status_step(mode: LicenseMode, status: LicenseStatus) -> Step:
    """Whether a licence is in force by its status."""
    if status is LicenseStatus.SUSPENDED:
        return Step(Rule.STATUS, Refusal.LICENSE_SUSPENDED, f"the {mode} licence is suspended")
    if status is LicenseStatus.EXPIRED:
        return Step(Rule.STATUS, Refusal.LICENSE_EXPIRED, f"the {mode} licence has expired")
    return Step(Rule.STATUS, None, f"the {mode} licence is {status}")


def _unknown_camera(offline_since: datetime | None) -> Step:
    if offline_since is None:
        return Step(Rule.SLOT, Refusal.CAMERA_UNLICENSED, "the camera has no licence")
    since = offline_since.isoformat()
    text = f"the camera was never validated and the cloud is away since {since}"
    return Step(Rule.SLOT, Refusal.NEVER_VALIDATED, text)


def _after_expiry(
    held: CameraLicense, now: datetime, offline_since: datetime | None, grace: Grace
) -> Iterator[Step]:
    ended = held.valid_until.isoformat()
    state = grace_state(held, now, offline_since, grace)
    if state is None:
        text = f"the {held.mode} licence ended at {ended}"
        yield Step(Rule.DATES, Refusal.LICENSE_EXPIRED, text)
        return
    text = f"the {held.mode} licence ended at {ended}; the cloud cannot tell of a renewal"
    yield Step(Rule.DATES, None, text)
    until = (held.valid_until + grace.length).isoformat()
    if state.step is GraceStep.STOP:
        text = f"the {held.mode} licence ended at {ended}, its grace at {until}"
        yield Step(Rule.GRACE, Refusal.LICENSE_EXPIRED, text)
    else:
        yield Step(Rule.GRACE, None, f"{held.mode} licence in its grace until {until}")


def grace_state(
    held: CameraLicense | None, now: datetime, offline_since: datetime | None, grace: Grace
) -> GraceState | None:
    """Where in its grace the camera stands; None while it is paid for or the cloud can tell."""
    ended = held.valid_until if held is not None else None
    if ended is None or now < ended or offline_since is None or offline_since >= ended:
        return None
    return grace.state(ended, now)


def with_quota(decision: Decision, quota: QuotaStanding | None) -> Decision:
    """The decision with how the metric stands, and its warning where allowed."""
    if quota is None:
        return decision
    return replace(decision, quota=quota, warning=quota.warning if decision.allowed else "")


def with_grace(decision: Decision, state: GraceState | None) -> Decision:
    """The decision with the step at which it was made."""
    if state is None:
        return decision
    return replace(decision, step=state.step, frame_stride=state.frame_stride)
