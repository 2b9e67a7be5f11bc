"""Periods, limits, carry-over and thresholds of quotas."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rights.catalog.model import Cap, PeriodKind, SoftCap
from rights.periods import Period, add_months, calendar_month
from rights.quotas import (
    Balance,
    account_key,
    begun_in,
    carried_over,
    period_before,
    period_of,
)
from rights.terms import Origin, QuotaTerms

NOW = datetime(2025, 3, 31, 10, 37, tzinfo=UTC)
HARD = QuotaTerms(
    metric="sms",
    unit="messages",
    included=Decimal(100),
    cap=Cap.HARD,
    period=PeriodKind.BILLING,
    rolling_days=0,
    carry_over_percent=0,
    soft_cap=None,
    ceiling=None,
    anchor=datetime(2025, 1, 31, 9, 59, tzinfo=UTC),
    origin=Origin.PLAN,
)
SOFT = replace(HARD, cap=Cap.SOFT, soft_cap=SoftCap((80, 100, 120), 7, 200))


def balance(terms: QuotaTerms | None = HARD, **amounts: int) -> Balance:
    parts = {name: Decimal(0) for name in ("carried", "used", "reserved", "leased", "over_cap")}
    parts |= {name: Decimal(each) for name, each in amounts.items()}
    period = period_of(terms, NOW)
    return Balance("sms", "messages", terms, period, full_since=None, **parts)


def test_a_billing_period_begins_on_the_anchors_hour_without_drift() -> None:
    period = period_of(HARD, NOW)
    assert period.start == datetime(2025, 3, 31, 9, tzinfo=UTC)
    assert period.end == datetime(2025, 4, 30, 9, tzinfo=UTC)


def test_a_calendar_period_is_a_month_and_a_rolling_one_ends_with_the_hour() -> None:
    calendar = period_of(replace(HARD, period=PeriodKind.CALENDAR), NOW)
    assert (calendar.start.day, calendar.end.month) == (1, 4)
    rolling = replace(HARD, period=PeriodKind.ROLLING, rolling_days=7)
    period = period_of(rolling, NOW)
    assert period.end == datetime(2025, 3, 31, 11, tzinfo=UTC)
    assert period.end - period.start == timedelta(days=7)
    assert account_key(rolling, period) == account_key(
        rolling, period_of(rolling, NOW + timedelta(hours=5))
    )


def test_used_reserved_and_lent_share_the_limit() -> None:
    held = balance(used=40, reserved=30, leased=20, carried=5)
    assert (held.limit(NOW), held.remaining(NOW)) == (105, 15)
    assert balance(used=200).remaining(NOW) == 0
    assert balance(None, used=200).remaining(NOW) is None


def test_a_soft_quota_stops_after_its_grace() -> None:
    held = balance(SOFT, used=130)
    assert held.limit(NOW) is None
    over = replace(held, full_since=NOW - timedelta(days=7))
    assert (over.limit(NOW), over.remaining(NOW)) == (200, 70)
    assert replace(over, full_since=NOW - timedelta(days=6)).limit(NOW) is None
    assert "120 %" in held.warning(NOW)


@pytest.mark.parametrize(
    ("used", "percents"),
    [(0, ()), (79, ()), (80, (80,)), (100, (80, 100)), (119, (80, 100)), (500, (80, 100, 120))],
)
def test_thresholds(used: int, percents: tuple[int, ...]) -> None:
    assert balance(used=used).crossed() == percents
    assert balance(SOFT, used=used).crossed() == percents


def test_where_nothing_is_included_the_first_use_is_all_of_it() -> None:
    nothing = replace(HARD, included=Decimal(0))
    assert balance(nothing).crossed() == ()
    assert balance(nothing, used=1).crossed() == (80, 100)


def test_what_is_left_over_goes_on_as_far_as_the_plan_says() -> None:
    terms = replace(HARD, carry_over_percent=20)
    assert carried_over(terms, Decimal(90)) == 10
    assert carried_over(terms, Decimal(10)) == 20
    assert carried_over(terms, Decimal(10), Decimal(85)) == 5
    assert carried_over(terms, Decimal(300)) == 0
    period = period_of(terms, NOW)
    before = period_before(terms, period)
    assert before is not None
    assert before.end == period.start
    assert period_before(HARD, period) is None
    assert period_before(terms, period_of(terms, terms.anchor)) is None, "nothing came before"
    calendar = replace(terms, period=PeriodKind.CALENDAR)
    february = period_of(calendar, datetime(2025, 2, 1, tzinfo=UTC))
    assert period_before(calendar, february) is None, "January had begun without it"
    assert period_before(calendar, period_of(calendar, NOW)) == february


def test_each_period_of_a_quota_begins_in_one_billing_period() -> None:
    anchor = HARD.anchor.replace(minute=0)
    spans = [period_of(HARD, add_months(anchor, number)) for number in range(24)]
    assert [begun_in(HARD, span) for span in spans] == spans
    calendar = replace(HARD, period=PeriodKind.CALENDAR)
    begun = [begun_in(calendar, span) for span in spans]
    firsts = [calendar_month(add_months(datetime(2025, 2, 1, tzinfo=UTC), n)) for n in range(24)]
    assert begun == firsts
    assert begun_in(calendar, Period(NOW - timedelta(days=3), NOW)) is None
    assert begun_in(HARD, period_of(HARD, anchor - timedelta(days=9))) is None
    rolling = replace(HARD, period=PeriodKind.ROLLING, rolling_days=30)
    assert begun_in(rolling, spans[0]) is None
