"""Every feature's answer for one camera, or for the tenant itself, decided once.

The answers are those of the walk; what is left of a quota is looked at when one is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rights.catalog.model import BASE_PACK, Feature
from rights.decision import Decision, feature_steps, quota_step
from rights.licenses import LicenseMode
from rights.steps import Step, walk
from rights.terms import QuotaStanding, Terms


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom features are decided for: a camera, or the tenant itself when it names none.

    ``packs`` are those of the camera beside base, ``tenant_packs`` those of the whole tenant.
    """

    mode: LicenseMode
    tenant_packs: frozenset[str]
    camera_id: str | None = None
    packs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer for one feature, quota aside. ``origin`` is ``base``, ``trial``, ``camera``,
    ``tenant`` or ``override``, empty when refused; ``step`` decided."""

    feature: Feature
    decision: Decision
    origin: str
    step: Step

    def decide(self, quota: QuotaStanding | None = None) -> Decision:
        """The answer while the metric stands like this."""
        held = self.decision
        if quota is None or not held.allowed or self.feature.metric is None:
            return held
        if not quota.exhausted:
            return Decision(True, None, held.origin, quota=quota, warning=quota.warning)
        step = quota_step(quota)
        return Decision(False, step.refusal, step.text, quota=quota)


def rulings(
    terms: Terms, holder: Holder, camera: Sequence[Step], now: datetime
) -> Mapping[str, Ruling]:
    """The answers by feature, as ``camera``, the walk of the holder's own rules, came out.

    They hold until ``now`` (aware) passes the end of the licence or of an override.
    """
    return {name: _ruling(terms, holder, camera, each, now) for name, each in _features(terms)}


def _features(terms: Terms) -> list[tuple[str, Feature]]:
    return sorted(terms.catalog.features.items())


def _ruling(
    terms: Terms, holder: Holder, camera: Sequence[Step], feature: Feature, now: datetime
) -> Ruling:
    override = terms.feature(feature.name, holder.camera_id, now)
    packs = holder.packs | holder.tenant_packs
    steps = feature_steps(terms.catalog, feature.name, camera, packs, override=override)
    *_, last = walk(steps)
    decision = Decision(last.passed, last.refusal, last.text)
    if not last.passed:
        return Ruling(feature, decision, "", last)
    return Ruling(feature, decision, _origin(holder, feature.pack), last)


def _origin(holder: Holder, pack: str) -> str:
    if pack == BASE_PACK:
        return "trial" if holder.mode is LicenseMode.TRIAL else "base"
    if pack in holder.tenant_packs:
        return "tenant"
    return "camera" if pack in holder.packs else "override"
