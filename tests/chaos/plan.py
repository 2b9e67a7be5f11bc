"""What a run does, all of it decided by its seed."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from tests.stripe_simulator.faults import Outcome

EDGE_POINTS = (
    "edge.infer.after",
    "edge.meter.before_commit",
    "edge.meter.after_commit",
    "edge.journal.before_commit",
    "edge.journal.after_close",
    "edge.sync.after_ready",
    "edge.sync.before_send",
    "edge.sync.after_send",
    "edge.sync.after_ack",
    "edge.sync.after_mark",
)
INGEST_POINTS = (
    "usage.before_insert",
    "usage.before_commit",
    "usage.after_commit_before_ack",
    "usage.fold.before_commit",
    "usage.fold.after_commit",
    "invoices.after_commit",
)
LOCAL_POINTS = ("invoices.before_number", "invoices.after_number_before_commit")
"""Where this server numbers invoices."""
STRIPE_POINTS = (
    "stripe.before_submit",
    "stripe.after_submit_before_record",
    "stripe.after_record",
    "stripe.after_items_before_record",
    "stripe.after_hold_before_record",
    "stripe.after_late_item_before_finalize",
    "stripe.before_finalize",
    "stripe.after_finalize_before_record",
    "webhooks.before_store",
    "webhooks.after_store_before_answer",
    "webhooks.after_answer_before_follow",
    "webhooks.after_fetch_before_commit",
    "webhooks.after_follow_before_record",
    "subscriptions.after_customer_before_commit",
    "subscriptions.after_checkout_before_answer",
    "subscriptions.after_change_before_commit",
    "subscriptions.after_cancel_before_commit",
    "dunning.after_suspend_before_record",
    "dunning.after_stage_before_commit",
    "dunning.after_heal_before_commit",
    "dunning.after_cancel_before_commit",
)
"""Where Stripe collects."""
CLOUD_POINTS = (*INGEST_POINTS, *LOCAL_POINTS, *STRIPE_POINTS)
BLOWS = (
    "node_killed",
    "cloud_killed",
    "edge_store_crashed",
    "cloud_store_crashed",
    "redis_killed",
    "redis_flushed",
    "cloud_restored",
    "period_closed",
)
POINTS = (*EDGE_POINTS, *CLOUD_POINTS, *BLOWS)
"""Everything that can happen; run number n meets POINTS[n % len(POINTS)] at least."""


class Payment(StrEnum):
    """What becomes of Stripe's invoice."""

    PAID = "paid"
    SUSPENDED = "suspended"
    """Refused until the licence stops, then paid."""
    NEVER = "never"


_NEEDS = {
    "dunning.after_suspend_before_record": Payment.SUSPENDED,
    "dunning.after_stage_before_commit": Payment.SUSPENDED,
    "dunning.after_heal_before_commit": Payment.SUSPENDED,
    "dunning.after_cancel_before_commit": Payment.NEVER,
    "subscriptions.after_cancel_before_commit": Payment.PAID,
}
_APART = {"cloud_restored", "period_closed"}
"""Stripe's invoice was finalised with a close that a restored cloud forgot: a person settles it."""
_AT_FIRST = ("invoices.", "subscriptions.", "dunning.", "stripe.after_", "stripe.before_finalize")
"""What comes once or twice in a run is struck at its first hit."""
_FAILURES = (Outcome.RATE_LIMITED, Outcome.CUT, Outcome.LOST_ANSWER, Outcome.DONE_AND_500)
_LATE = (timedelta(0), timedelta(minutes=10), timedelta(days=1), timedelta(days=40))


@dataclass(frozen=True, slots=True)
class Failure:
    """Of Stripe at a meter event after `skip` others; so many `times`, the server's own retries
    included."""

    outcome: Outcome
    skip: int
    times: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Faults are point=kill@hit; a blow falls once `progress` of the frames are used.

    `late` is how long ago the node's frames were taken, `foreign` the number of events with ids
    of their own, `replays` that of the slices of the journal sent by a second sender. `selling`
    says that Stripe issues, collects (`payment`) and tells; `stripe_pause` passes before what got
    no answer is tried again.
    """

    seed: int
    frames: int
    late: timedelta
    step: timedelta
    foreign: int
    replays: int
    edge_faults: tuple[str, ...]
    cloud_faults: tuple[str, ...]
    blows: tuple[tuple[float, str], ...]
    selling: bool
    payment: Payment
    stripe_failures: tuple[Failure, ...]
    stripe_pause: timedelta

    @classmethod
    def of(cls, seed: int) -> "Plan":
        """The plan of a seed."""
        random = Random(seed)
        first = POINTS[seed % len(POINTS)]
        chosen = {first, *random.sample(POINTS, random.randint(0, 2))}
        selling = _is_selling(first, random)
        chosen -= _impossible(selling) - {first}
        if selling and chosen >= _APART:
            chosen -= _APART - {first}
        if "cloud_restored" in chosen and random.random() < 0.5:
            chosen -= {"cloud_store_crashed"}
        return cls(
            seed=seed,
            frames=random.randint(40, 90),
            late=random.choice(_LATE),
            step=timedelta(seconds=random.choice((1, 7, 20))),
            foreign=random.randint(10, 60),
            replays=random.randint(1, 6),
            edge_faults=_faults(random, chosen, EDGE_POINTS),
            cloud_faults=_faults(random, chosen, CLOUD_POINTS),
            blows=tuple(sorted((random.uniform(0.1, 0.9), blow) for blow in chosen & set(BLOWS))),
            selling=selling,
            payment=_NEEDS.get(first, random.choice(tuple(Payment))),
            stripe_failures=tuple(
                Failure(random.choice(_FAILURES), random.randint(0, 6), random.choice((1, 3)))
                for _ in range(random.randint(0, 3))
            ),
            stripe_pause=random.choice((timedelta(seconds=31), timedelta(hours=24))),
        )


def _is_selling(first: str, random: Random) -> bool:
    by_chance = random.random() < (0.5 if first in BLOWS else 0.1)
    return first not in _impossible(selling=True) and (first in STRIPE_POINTS or by_chance)


def _impossible(selling: bool) -> set[str]:
    return set(LOCAL_POINTS if selling else STRIPE_POINTS)


def _faults(random: Random, chosen: set[str], points: tuple[str, ...]) -> tuple[str, ...]:
    hits = {each: 1 if each.startswith(_AT_FIRST) else random.randint(1, 4) for each in points}
    return tuple(f"{each}=kill@{hits[each]}" for each in points if each in chosen)
