"""What a run does, all of it decided by its seed."""

from dataclasses import dataclass
from datetime import timedelta
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
CLOUD_POINTS = (
    "usage.before_insert",
    "usage.before_commit",
    "usage.after_commit_before_ack",
    "usage.fold.before_commit",
    "usage.fold.after_commit",
    "stripe.before_submit",
    "stripe.after_submit_before_record",
    "stripe.after_record",
    "invoices.before_number",
    "invoices.after_number_before_commit",
    "invoices.after_commit",
)
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

_FAILURES = (Outcome.RATE_LIMITED, Outcome.CUT, Outcome.LOST_ANSWER, Outcome.DONE_AND_500)
_LATE = (timedelta(0), timedelta(minutes=10), timedelta(days=1), timedelta(days=40))


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Faults are point=kill@hit; a blow falls once `progress` of the frames are used.

    `late` is how long ago the node's frames were taken, `foreign` the number of events with ids
    of their own, `replays` that of the slices of the journal sent by a second sender.
    `stripe_failures` meet a meter event of Stripe after so many others; `stripe_pause` passes
    before what got no answer is tried again.
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
    stripe_failures: tuple[tuple[Outcome, int], ...]
    stripe_pause: timedelta

    @property
    def with_stripe(self) -> bool:
        """Stripe remembers what a restored cloud forgot, which is for a person to settle."""
        return all(name != "cloud_restored" for _, name in self.blows)

    @classmethod
    def of(cls, seed: int) -> "Plan":
        """The plan of a seed."""
        random = Random(seed)
        chosen = {POINTS[seed % len(POINTS)], *random.sample(POINTS, random.randint(0, 2))}
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
            stripe_failures=tuple(
                (random.choice(_FAILURES), random.randint(0, 6))
                for _ in range(random.randint(0, 3))
            ),
            stripe_pause=random.choice((timedelta(seconds=31), timedelta(hours=24))),
            blows=tuple(sorted((random.uniform(0.1, 0.9), blow) for blow in chosen & set(BLOWS))),
        )


def _faults(random: Random, chosen: set[str], points: tuple[str, ...]) -> tuple[str, ...]:
    hits = {each: 1 if each.startswith("invoices.") else random.randint(1, 4) for each in points}
    return tuple(f"{each}=kill@{hits[each]}" for each in points if each in chosen)
