"""Delays between attempts."""

from itertools import islice
from random import Random

from mesh.retry import Backoff


def test_delays_grow_to_the_cap_and_start_again():
    backoff = Backoff(0.2, factor=2, cap=5, jitter="none")
    assert list(islice(backoff, 7)) == [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5]
    backoff.reset()
    assert next(backoff) == 0.2


def test_full_jitter_spreads_over_the_whole_delay():
    drawn = [next(Backoff(1.0, rng=Random(seed))) for seed in range(200)]
    assert all(0 <= delay <= 1 for delay in drawn)
    assert min(drawn) < 0.1
    assert max(drawn) > 0.9


def test_the_jitter_repeats_with_its_generator():
    first = list(islice(Backoff(1, rng=Random(7)), 5))
    assert first == list(islice(Backoff(1, rng=Random(7)), 5))
