"""A slice stays reserved until its device has told what it spent, and its journal has arrived."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rights.leases import (
    NOTHING,
    Lease,
    LeaseState,
    Report,
    end,
    extend,
    forked,
    give_back,
    release,
    settle,
    slice_of,
)
from tests.rights.simulation.restored import adopt, heard, possible_slice, unclaimed

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)
LEASE = Lease(Decimal(20), NOTHING, LeaseState.ACTIVE, NOW, NOW + timedelta(hours=1))
SPENT = Report(Decimal(12), through_seq=5)


def test_a_report_is_believed_once_the_journal_has_arrived_and_never_shrinks() -> None:
    assert settle(LEASE, SPENT, recorded_seq=4) == LEASE
    told = settle(LEASE, SPENT, recorded_seq=5)
    assert (told.settled, told.outstanding, told.over_cap) == (12, 8, 0)
    assert settle(told, Report(Decimal(3), 5), recorded_seq=9) == told


def test_what_is_told_beyond_the_slice_is_over_the_cap() -> None:
    told = settle(LEASE, Report(Decimal(23), 5), recorded_seq=5)
    assert (told.settled, told.over_cap, told.outstanding) == (20, 3, 0)


def test_an_ended_lease_stays_reserved_until_it_is_given_back() -> None:
    over = end(LEASE)
    assert (over.state, over.outstanding) == (LeaseState.ENDED, 20)
    waiting = give_back(over, SPENT, recorded_seq=4)
    assert (waiting.state, waiting.outstanding) == (LeaseState.ENDED, 20)
    closed = give_back(waiting, SPENT, recorded_seq=5)
    assert (closed.state, closed.settled, closed.outstanding) == (LeaseState.CLOSED, 12, 0)
    assert give_back(closed, Report(Decimal(12), 9), recorded_seq=5) == closed
    assert release(closed) == closed == end(closed)


@pytest.mark.parametrize("freed", [release(LEASE), replace(LEASE, state=LeaseState.CLOSED)])
def test_what_comes_after_nothing_was_reserved_any_more_is_over_the_cap(freed: Lease) -> None:
    assert freed.outstanding == 0
    told = give_back(freed, SPENT, recorded_seq=5)
    assert (told.state, told.over_cap, told.outstanding) == (freed.state, 12, 0)


def test_a_forked_journal_closes_its_lease() -> None:
    assert (forked(LEASE).state, forked(LEASE).outstanding) == (LeaseState.CLOSED, 0)
    assert forked(release(LEASE)).state is LeaseState.RELEASED


def test_more_never_shortens_a_promise() -> None:
    longer = extend(LEASE, Decimal(5), NOW)
    assert (longer.granted, longer.expires_at) == (25, LEASE.expires_at)


@pytest.mark.parametrize(
    ("wanted", "free", "remaining", "lent"),
    [
        (None, "0", "1000", "10"),
        ("100", "0", "1000", "100"),
        ("100", "30", "1000", "70"),
        ("900", "0", "1000", "250"),
        ("900", "0", "8", "8"),
        ("900", "0", "0.5", "0.5"),
        ("900", "0", "0", "0"),
        ("5", "40", "1000", "0"),
    ],
)
def test_a_slice_follows_the_wish_within_a_share_of_what_is_left(
    wanted: str | None, free: str, remaining: str, lent: str
) -> None:
    wish = Decimal(wanted) if wanted is not None else None
    assert slice_of(wish, Decimal(free), Decimal(remaining)) == Decimal(lent)


def test_a_restored_cloud_counts_all_that_is_left_until_every_device_was_heard() -> None:
    assert possible_slice(Decimal(30), unheard=1) == 30
    assert possible_slice(Decimal(30), unheard=0) == 0
    assert heard(through_seq=5, recorded_seq=5)
    assert not heard(through_seq=6, recorded_seq=5)


def test_a_restored_cloud_learns_leases_from_their_devices() -> None:
    held = replace(LEASE, granted=Decimal(50))
    assert adopt(None, held) == held
    assert adopt(settle(LEASE, SPENT, 5), held).outstanding == 38
    assert adopt(held, LEASE).granted == 50
    freed = release(LEASE)
    assert adopt(freed, held) == freed


def test_what_a_device_does_not_claim_after_a_restore_is_not_renewed() -> None:
    assert unclaimed(LEASE, through_seq=6, recorded_seq=5).state is LeaseState.ENDED
    assert unclaimed(LEASE, through_seq=5, recorded_seq=5).state is LeaseState.CLOSED
