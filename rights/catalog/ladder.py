"""The ladder of a plan's offline grace, as the catalogue writes it."""

from rights.catalog.document import Entry
from rights.catalog.schema import GRACE_STEP
from rights.grace import MAX_STRIDE, STEPS, GraceRung, GraceStep


def grace_ladder(entry: Entry) -> tuple[GraceRung, ...]:
    """Rungs that grow harder with time. Raises CatalogError."""
    rungs: list[GraceRung] = []
    for item in entry.items():
        rung = _rung(item)
        if rungs and STEPS.index(rung.step) <= STEPS.index(rungs[-1].step):
            item.refuse(f"steps come once each, in the order {', '.join(STEPS)}")
        if rungs and rung.after_percent < rungs[-1].after_percent:
            item.refuse("a step begins before the one above it")
        rungs.append(rung)
    return tuple(rungs)


def _rung(entry: Entry) -> GraceRung:
    members = entry.members(GRACE_STEP)
    step = GraceStep(members["step"].choice(STEPS))
    after = members["after_percent"].integer()
    if after >= 100:
        members["after_percent"].refuse("a step begins before the grace is over: below 100")
    if (step is GraceStep.FEWER_FRAMES) != ("frame_stride" in members):
        entry.refuse("fewer_frames needs a frame_stride, and no other step has one")
    stride = members["frame_stride"].integer() if "frame_stride" in members else 1
    if "frame_stride" in members and not 2 <= stride <= MAX_STRIDE:
        members["frame_stride"].refuse(f"a stride is 2 to {MAX_STRIDE}")
    return GraceRung(step, after, stride)
