"""What an invoice charges of a paid year and gives back of it, line by line."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing.invoices import years
from billing.invoices.invoice import InvoiceStatus
from billing.invoices.lines import LineKind, Service
from billing.invoices.periods.period import BillingPeriod, Issuer, PeriodPrices
from billing.invoices.years import PaidYear, PaidYears, year_lines
from rights.errors import NoPrice
from rights.money import Money
from rights.periods import Period
from rights.rating.annual import YearStep
from rights.rating.card import Piece, PieceKind, PieceRate, RateCard
from rights.terms import Interval, Origin

TENANT = uuid4()
STARTER: Piece = (PieceKind.PLAN, "platform", "starter")
METERED: Piece = (PieceKind.PLAN, "metered", "standard")
FREE: Piece = (PieceKind.PLAN, "metered", "free")
YEAR = Period(datetime(2026, 1, 11, 10, 20, tzinfo=UTC), datetime(2027, 1, 11, 10, 20, tzinfo=UTC))
BEGUN = YearStep(YEAR, date(2026, 1, 11), begins=True)
LEFT = YearStep(YEAR, date(2026, 3, 11), begins=False)
TAKEN_UP = YearStep(YEAR, date(2026, 3, 21), begins=True)


def card(**prices: str) -> RateCard:
    """Monthly prices in dollars by plan; 15 % less for a year."""
    pieces = {
        (PieceKind.PLAN, family, name): PieceRate(
            family,
            name,
            name.title(),
            "month",
            Decimal(prices.get(name, 0)),
            Origin.PLAN,
            Interval.YEAR,
        )
        for _, family, name in (STARTER, METERED, FREE)
    }
    return RateCard("USD", "0" * 64, Decimal("0.15"), {}, pieces)


def period(number: int, *, issuer: Issuer = Issuer.LOCAL, **prices: str) -> BillingPeriod:
    """A month of 2026."""
    start, end = datetime(2026, number, 1, tzinfo=UTC), datetime(2026, number + 1, 1, tzinfo=UTC)
    prices_of = PeriodPrices(card(**prices))
    return BillingPeriod(TENANT, number, start, start, end, end, issuer=issuer, prices=prices_of)


JANUARY, MARCH = period(1, starter="29", standard="99"), period(3, starter="290")


class Periods:
    """Those of a tenant by number, some of them invoiced."""

    def __init__(self, *known: BillingPeriod) -> None:
        self._known = known

    async def of_day(self, _: Any, day: date) -> BillingPeriod | None:
        return next((each for each in self._known if each.start.month == day.month), None)


def invoiced(monkeypatch: pytest.MonkeyPatch, found: Mapping[UUID, InvoiceStatus]) -> None:
    """The periods' invoices have these states; others are none."""

    async def get(_: Any, __: UUID, invoice_id: UUID) -> Any:
        status = found.get(invoice_id)
        return None if status is None else SimpleNamespace(status=status)

    monkeypatch.setattr(years.store, "get", get)


async def priced(now: BillingPeriod, step: YearStep, *known: BillingPeriod) -> list[PaidYear]:
    """What of the step counts in a period."""
    unit: Any = SimpleNamespace(conn=None, tenant_id=TENANT)
    paid: Any = PaidYears(None, Periods(*known))  # type: ignore[arg-type]
    return list(await paid.priced(unit, now, [(STARTER, step)]))


@pytest.mark.parametrize("status", [*InvoiceStatus, None])
async def test_a_year_is_given_back_where_it_was_paid(
    monkeypatch: pytest.MonkeyPatch, status: InvoiceStatus | None
) -> None:
    invoiced(monkeypatch, {JANUARY.invoice_id: status} if status else {})
    owed = status in (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE, InvoiceStatus.VOID)
    found = await priced(MARCH, LEFT, JANUARY, MARCH)
    assert found == ([] if owed else [PaidYear(STARTER, LEFT, JANUARY)])
    at_once = replace(LEFT, day=date(2026, 1, 12))
    assert len(await priced(JANUARY, at_once)) == 1, "it is charged on the same invoice"


async def test_a_year_that_another_issuer_was_paid_for_is_not_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invoiced(monkeypatch, {JANUARY.invoice_id: InvoiceStatus.PAID})
    assert await priced(replace(MARCH, issuer=Issuer.STRIPE), LEFT, JANUARY) == []
    assert len(await priced(MARCH, LEFT, JANUARY)) == 1


async def test_a_year_from_before_all_periods_is_charged_by_the_one_that_takes_it_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invoiced(monkeypatch, {})
    assert await priced(MARCH, TAKEN_UP) == [PaidYear(STARTER, TAKEN_UP, MARCH)]
    assert await priced(MARCH, LEFT) == [], "nobody was charged for it"


def test_the_lines_of_a_year_that_is_left_and_taken_up_again() -> None:
    lines = list(
        year_lines([PaidYear(STARTER, each, JANUARY) for each in (TAKEN_UP, LEFT, BEGUN)], "USD")
    )
    assert [(line.kind, line.unit, line.quantity, line.period_days) for line in lines] == [
        (LineKind.PLAN, "year", Decimal(1), 0),
        (LineKind.CREDIT, "year-day", Decimal(-306), 365),
        (LineKind.PLAN, "year-day", Decimal(296), 365),
    ]
    back, again = -round(29580 * 306 / 365), 29580 - round(29580 * 69 / 365)
    assert [line.amount for line in lines] == [Money("USD", n) for n in (29580, back, again)]
    assert [line.service for line in lines] == [
        Service(1, YEAR.start, YEAR.end),
        Service(1, datetime(2026, 3, 11, tzinfo=UTC), YEAR.end),
        Service(1, datetime(2026, 3, 21, tzinfo=UTC), YEAR.end),
    ]
    for line in lines:
        (tier,) = line.charges
        assert round(tier.amount * 100) == line.amount.minor_units, "the line explains itself"
    metered = list(
        year_lines([PaidYear(each, BEGUN, JANUARY) for each in (STARTER, METERED)], "USD")
    )
    assert [line.name for line in metered] == ["metered_standard", "platform_starter"]


def test_what_costs_nothing_has_no_line_and_other_money_is_not_mixed() -> None:
    unpriced = replace(JANUARY, prices=None)
    paid = [PaidYear(FREE, BEGUN, JANUARY), PaidYear(STARTER, BEGUN, unpriced)]
    assert list(year_lines(paid, "USD")) == []
    with pytest.raises(NoPrice, match="USD"):
        list(year_lines([PaidYear(STARTER, LEFT, JANUARY)], "EUR"))
