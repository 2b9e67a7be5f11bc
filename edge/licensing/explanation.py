"""How an answer comes about: the rules that decided, behind what they stood on."""

from dataclasses import dataclass, replace
from datetime import datetime

from edge.licensing.clock import ForwardClock
from edge.licensing.held import CameraRights, refuse
from rights.claims import Epoch
from rights.decision import Decision
from rights.steps import Rule, Step

NEVER = refuse("NEVER_VALIDATED", "the cloud was never asked about this camera")


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer and the rules that made it, in their order; `rights` is None for a camera that
    nothing is held about. `offline` says whether the cloud is away; `decided_at` is aware."""

    decision: Decision
    steps: tuple[Step, ...]
    rights: CameraRights | None
    offline: bool
    decided_at: datetime


def explain(
    rights: CameraRights | None,
    feature: str | None,
    clock: ForwardClock,
    epoch: Epoch,
    *,
    offline: bool,
) -> Explanation:
    """Asks the very rules that decide, and keeps what each says."""
    now = clock.now()
    stands_on = _epoch(epoch), _clock(now, clock.fault)
    if rights is None:
        unknown = Step(Rule.SLOT, NEVER.reason, NEVER.origin)
        return Explanation(NEVER, (*stands_on, unknown), None, offline, now)
    decision = rights.camera(now) if feature is None else rights.feature(feature, now)
    steps = (*stands_on, *rights.steps(feature, now))
    return Explanation(decision, steps, rights, offline, now)


def and_then(found: Explanation, step: Step) -> Explanation:
    """An answer that one more rule had its say in, unless it was a refusal before."""
    if not found.decision.allowed:
        return found
    decision = found.decision
    if not step.passed:
        decision = Decision(False, step.refusal, step.text)
    return replace(found, decision=decision, steps=(*found.steps, step))


def _epoch(epoch: Epoch) -> Step:
    return Step(Rule.EPOCH, None, f"epoch {epoch.number} of the history {epoch.incarnation}")


def _clock(now: datetime, fault: str) -> Step:
    said = f"whatever the machine's clock says: {fault}" if fault else "the machine's clock agrees"
    return Step(Rule.CLOCK, None, f"it is {now.isoformat()}; {said}")
