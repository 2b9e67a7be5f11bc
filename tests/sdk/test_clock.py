"""Time moves forward, whoever turns the machine's clock."""

from datetime import timedelta

from mesh.clock import ManualClock
from sdk.clock import ForwardClock
from tests.sdk.instance import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_turning_back_is_noticed_and_gives_no_time() -> None:
    machine = ManualClock(NOON)
    clock = ForwardClock(machine, None)
    assert clock.turned_back() is None
    machine.turn_to(NOON - 2 * DAY)
    assert clock.now() == NOON
    assert clock.turned_back() == 2 * DAY


def test_so_is_turning_back_between_two_runs() -> None:
    clock = ForwardClock(ManualClock(NOON - 2 * DAY), NOON)
    assert (clock.now(), clock.turned_back()) == (NOON, 2 * DAY)


def test_a_small_correction_is_no_offence() -> None:
    machine = ManualClock(NOON)
    clock = ForwardClock(machine, None)
    machine.turn_to(NOON - timedelta(minutes=4))
    assert clock.turned_back() is None
    assert clock.now() == NOON


def test_signed_time_settles_it_and_then_time_runs_by_itself() -> None:
    machine = ManualClock(NOON - 2 * DAY)
    clock = ForwardClock(machine, NOON)
    clock.heard(NOON + HOUR)
    assert clock.turned_back() is None
    machine.advance(HOUR)
    machine.turn_to(NOON - 9 * DAY)
    assert clock.now() == NOON + 2 * HOUR
    assert clock.turned_back() is None


def test_a_false_jump_into_the_future_is_taken_back() -> None:
    clock = ForwardClock(ManualClock(NOON), NOON + 30 * DAY)
    assert clock.turned_back() == 30 * DAY
    clock.heard(NOON)
    assert (clock.now(), clock.turned_back()) == (NOON, None)


def test_an_old_signature_only_ever_moves_time_forward() -> None:
    clock = ForwardClock(ManualClock(NOON), None)
    clock.at_least(NOON - DAY)
    assert clock.now() == NOON
    clock.at_least(NOON + DAY)
    assert (clock.now(), clock.turned_back()) == (NOON + DAY, DAY)
