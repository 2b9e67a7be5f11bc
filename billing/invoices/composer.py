"""The one place where usage, and what was held, become lines.

A preview, a draft, a projection, a preview of a change of plan and the finalised invoice all come
from here, so that they cannot differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from billing.invoices.lines import Billed, InvoiceLine, LineKind, Service, Window, by_metric
from billing.invoices.periods.period import BillingPeriod, PeriodPrices
from billing.invoices.years import PaidYear, year_lines
from mesh.errors import FailedPrecondition
from rights.errors import MoneyInvalid, NoPrice, UnknownName
from rights.money import Money, exact_context, total_of
from rights.rating.card import Piece, PieceKind, PieceRate, RateCard
from rights.rating.line import RatedLine

_NOTHING = Decimal(0)
_KINDS = {PieceKind.PLAN: LineKind.PLAN, PieceKind.ITEM: LineKind.ITEM}


@dataclass(frozen=True, slots=True)
class Held:
    """An item, or a plan that is paid by the month, and its pieces added up over the UTC days on
    which they were held."""

    piece: Piece
    piece_days: Decimal


@dataclass(frozen=True, slots=True)
class Late:
    """Usage of a closed period that came after it: `billed` are the quantities, by metric, that
    invoices charged for before."""

    period: BillingPeriod
    billed: Mapping[str, Decimal]
    used: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Basis:
    """What an invoice charges for: usage that came in time, what was held, years that began or
    ended, and late usage."""

    period: BillingPeriod
    used: Sequence[Window]
    held: Sequence[Held]
    late: Sequence[Late] = ()
    years: Sequence[PaidYear] = ()

    @property
    def prices(self) -> PeriodPrices:
        """What the period is rated by."""
        return _prices(self.period)


@dataclass(frozen=True, slots=True)
class Cost:
    """Lines and their sum, before tax."""

    lines: tuple[InvoiceLine, ...]
    subtotal: Money


def cost(basis: Basis) -> Cost:
    """What the basis comes to before tax. Raises FailedPrecondition as `compose` does, also when
    64 bits of minor units do not hold the sum."""
    lines = compose(basis)
    with within_range():
        return Cost(lines, total_of((each.amount for each in lines), basis.prices.card.currency))


@contextmanager
def within_range() -> Iterator[None]:
    """Sums of an invoice. Raises FailedPrecondition (STATE_CONFLICT) for one that 64 bits of minor
    units do not hold."""
    try:
        yield
    except MoneyInvalid as error:
        raise FailedPrecondition("STATE_CONFLICT", "invoice", str(error)) from None


def compose(basis: Basis) -> tuple[InvoiceLine, ...]:
    """Usage by metric, plans by family, years, items by name, adjustments by period and metric.

    Raises FailedPrecondition (STATE_CONFLICT) when something has no price in the currency, or costs
    more than 64 bits of minor units hold.
    """
    period = basis.period
    try:
        return (
            *_usage(period, basis.used),
            *_held(period, basis.held, PieceKind.PLAN),
            *year_lines(basis.years, basis.prices.card.currency),
            *_held(period, basis.held, PieceKind.ITEM),
            *(line for late in basis.late for line in _late(late, basis.prices.card.currency)),
        )
    except (MoneyInvalid, NoPrice, UnknownName) as error:
        raise FailedPrecondition("STATE_CONFLICT", "invoice", str(error)) from None


def quantity_of(windows: Sequence[Window]) -> Decimal:
    """Their exact sum."""
    exact, total = exact_context(), _NOTHING
    for each in windows:
        total = exact.add(total, each.quantity)
    return total


def _usage(period: BillingPeriod, used: Sequence[Window]) -> Iterator[InvoiceLine]:
    card = _prices(period).card
    for metric, windows in by_metric(used).items():
        rated = card.usage(metric, quantity_of(windows))
        yield _metered(LineKind.USAGE, card, rated, period, windows=windows)


def _late(late: Late, currency: str) -> Iterator[InvoiceLine]:
    card = _prices(late.period).card
    if card.currency != currency:
        raise NoPrice(f"period {late.period.number} was charged in {card.currency}")
    for metric, windows in by_metric(late.used).items():
        before = late.billed.get(metric, _NOTHING)
        found = card.adjustment(metric, before, quantity_of(windows))
        after = found.after
        rated = RatedLine(
            metric,
            found.late,
            after.included,
            after.billable - found.before.billable,
            after.unit_price,
            after.charges,
            found.amount,
        )
        billed = Billed(before, found.before.amount)
        yield _metered(
            LineKind.ADJUSTMENT, card, rated, late.period, windows=windows, billed=billed
        )


def _metered(
    kind: LineKind,
    card: RateCard,
    rated: RatedLine,
    period: BillingPeriod,
    *,
    windows: tuple[Window, ...],
    billed: Billed | None = None,
) -> InvoiceLine:
    rate = card.metrics.get(rated.name)
    return InvoiceLine(
        kind=kind,
        family="",
        name=rated.name,
        title=rate.title if rate is not None else rated.name,
        unit=rate.unit if rate is not None else "",
        quantity=rated.quantity,
        included=rated.included,
        billable=rated.billable,
        unit_price=rated.unit_price,
        period_days=0,
        amount=rated.amount,
        charges=rated.charges,
        service=_service(period),
        events=sum(each.events for each in windows),
        billed=billed,
        windows=windows,
    )


def _held(period: BillingPeriod, held: Sequence[Held], kind: PieceKind) -> Iterator[InvoiceLine]:
    """Pieces of one kind that cost something; a plan whose price is not agreed upon does not."""
    prices = _prices(period)
    for each in sorted(held, key=lambda one: one.piece):
        if each.piece[0] is not kind or not each.piece_days:
            continue
        rate = prices.card.piece(each.piece)
        if kind is PieceKind.PLAN and not rate.price:
            continue
        rated = prices.card.held(each.piece, each.piece_days, period.days)
        yield _piece(period, kind, rate, rated)


def _piece(
    period: BillingPeriod, kind: PieceKind, rate: PieceRate, rated: RatedLine
) -> InvoiceLine:
    plan = kind is PieceKind.PLAN
    what = "plan" if plan else rate.per
    return InvoiceLine(
        kind=_KINDS[kind],
        family=rate.family,
        name=f"{rate.family}_{rate.name}" if plan else rate.name,
        title=rate.title,
        unit=f"{what}-day",
        quantity=rated.quantity,
        included=_NOTHING,
        billable=rated.billable,
        unit_price=rated.unit_price,
        period_days=period.days,
        amount=rated.amount,
        charges=rated.charges,
        service=_service(period),
    )


def _service(period: BillingPeriod) -> Service:
    return Service(period.number, period.start, period.end)


def _prices(period: BillingPeriod) -> PeriodPrices:
    if period.prices is None:
        raise ValueError(f"period {period.number} has no prices yet")
    return period.prices
