"""A node's own word against what the cloud recorded of it, as pure rules."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from billing.reconcile.findings import Drift, Findings, NodeCount, Step, StepSum

INFERENCE_FRAME = "inference_frame"

_IN_FLIGHT = 64
"""Frames that may have been inferred and not counted yet, or counted and not in Triton's statistics
yet, when a node wrote its status."""


def compare_inference(device_id: UUID, count: NodeCount) -> Findings:
    """Frames that Triton inferred against those that the node counted in the same time."""
    found = Findings()
    if count.inferred is None or count.counted is None:
        return found
    inferred, counted = Decimal(count.inferred), Decimal(count.counted)
    found.sums = [StepSum(Step.INFERENCE, INFERENCE_FRAME, inferred, device_id=device_id)]
    if count.restarts:
        found.notes = [
            f"device {device_id}: Triton began anew {count.restarts} times since the node started, "
            f"so that its {inferred} frames are not compared with {counted} counted"
        ]
        return found
    missing = inferred - counted
    if abs(missing) > _IN_FLIGHT + inferred / 100:
        what = (
            "more frames were counted than Triton inferred"
            if missing < 0
            else "frames were inferred and not counted: dropped, or gone uncounted"
        )
        found.drifts = [
            Drift(
                Step.INFERENCE,
                Step.JOURNAL,
                INFERENCE_FRAME,
                inferred,
                counted,
                f"{what}; see the node's log",
                device_id=device_id,
            )
        ]
    return found


def journal_sums(device_id: UUID, count: NodeCount) -> list[StepSum]:
    """What the node's journal holds."""
    return [
        StepSum(Step.JOURNAL, metric, in_units(e5), device_id=device_id)
        for metric, e5 in sorted(count.journalled.items())
    ]


def compare_journal(
    device_id: UUID, count: NodeCount, recorded: Mapping[str, Decimal]
) -> list[Drift]:
    """The journal's sums against those of its recorded events, counted or not."""
    drifts = []
    for metric in sorted(count.journalled.keys() | recorded.keys()):
        expected = in_units(count.journalled.get(metric, 0))
        found = recorded.get(metric, Decimal(0))
        if expected != found:
            drifts.append(
                Drift(
                    Step.JOURNAL,
                    Step.LEDGER,
                    metric,
                    expected,
                    found,
                    f"journal {count.journal_id}: its events up to {count.last_seq} are recorded "
                    "and add up to something else; compare them one by one",
                    device_id=device_id,
                )
            )
    return drifts


def lost(device_id: UUID, count: NodeCount, through_seq: int, *, asked: bool) -> Drift:
    """The cloud does not have what it acknowledged, as after a restored backup."""
    return Drift(
        Step.JOURNAL,
        Step.LEDGER,
        "",
        Decimal(count.acked_seq),
        Decimal(through_seq),
        f"journal {count.journal_id}: events {through_seq + 1} to {count.acked_seq} were "
        "acknowledged and are not recorded, as after a restored backup; the node still holds them"
        + (" and was asked for them" if asked else ""),
        device_id=device_id,
        healed=asked,
    )


def forked(device_id: UUID, journal_id: UUID, batches: int) -> Drift:
    """A journal whose events are held for a person."""
    return Drift(
        Step.JOURNAL,
        Step.LEDGER,
        "",
        Decimal(batches),
        Decimal(0),
        f"journal {journal_id}: it forked, as after a cloned or restored disk; {batches} batches "
        "are held, uncounted, until a person decides",
        device_id=device_id,
    )


def in_units(e5: int) -> Decimal:
    """A quantity that counts 0.00001, in whole units."""
    return Decimal(e5).scaleb(-5)
