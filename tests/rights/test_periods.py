"""Periods follow one another without gap, overlap or drift."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.periods import ANNUAL, MONTHLY, calendar_month, nth_period, period_at

moments = st.integers(631152000, 3786912000).map(lambda second: datetime.fromtimestamp(second, UTC))
lengths = st.sampled_from([MONTHLY, 3, ANNUAL])


def test_the_31st_comes_back_after_february() -> None:
    anchor = datetime(2025, 1, 31, 10, tzinfo=UTC)
    days = [nth_period(anchor, number).end for number in range(3)]
    assert [(day.month, day.day, day.hour) for day in days] == [
        (2, 28, 10),
        (3, 31, 10),
        (4, 30, 10),
    ]


def test_a_leap_day_subscription_renews_yearly() -> None:
    anchor = datetime(2024, 2, 29, tzinfo=UTC)
    ends = [nth_period(anchor, number, ANNUAL).end.date().isoformat() for number in range(4)]
    assert ends == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


@given(moments, moments, lengths)
def test_every_moment_lies_in_exactly_its_period(
    anchor: datetime, moment: datetime, months: int
) -> None:
    period = period_at(anchor, moment, months)
    assert moment in period
    assert period_at(anchor, period.start, months) == period
    after = period_at(anchor, period.end, months)
    assert after.start == period.end
    assert period.end not in period


@given(moments, st.integers(0, 500))
def test_the_anchor_day_is_only_clamped(anchor: datetime, number: int) -> None:
    start = nth_period(anchor, number).start
    assert start.day == min(anchor.day, monthrange(start.year, start.month)[1])
    assert start.time() == anchor.time()


def test_a_calendar_month_is_cut_in_utc() -> None:
    new_year_in_tokyo = datetime(2025, 1, 1, 3, tzinfo=timezone(timedelta(hours=9)))
    month = calendar_month(new_year_in_tokyo)
    assert (month.start, month.end) == (
        datetime(2024, 12, 1, tzinfo=UTC),
        datetime(2025, 1, 1, tzinfo=UTC),
    )


def test_a_moment_without_a_zone_is_refused() -> None:
    aware = datetime(2025, 1, 1, tzinfo=UTC)
    naive = aware.replace(tzinfo=None)
    for wrong in (
        lambda: calendar_month(naive),
        lambda: nth_period(naive, 0),
        lambda: period_at(aware, naive),
        lambda: period_at(naive, aware),
    ):
        with pytest.raises(ValueError, match="time zone"):
            wrong()
    with pytest.raises(ValueError, match="at least one month"):
        period_at(aware, aware, 0)
