"""Reads what a period is charged for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from billing.devices.service import DevicesService
from billing.holdings.holding import HeldDays
from billing.holdings.service import HoldingsService
from billing.invoices import store
from billing.invoices.composer import Basis, Held, Late
from billing.invoices.held import held_throughout, year_left, years_throughout
from billing.invoices.lines import Window
from billing.invoices.periods.period import BillingPeriod, PeriodPrices
from billing.invoices.periods.service import PeriodsService
from billing.invoices.years import PaidYears
from billing.licenses.billable import BillableItems, Billables
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from billing.usage.service import UsageService
from billing.usage.windows import HourSum
from rights.money import exact_context
from rights.terms import Subscription, Terms

_HOUR = timedelta(hours=1)
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_STEP = Decimal("0.00001")


class BasisReader:
    """Sums of usage, what was held, and what came late: never single events."""

    def __init__(
        self,
        terms: TermsReader,
        usage: UsageService,
        holdings: HoldingsService,
        billables: Billables,
        devices: DevicesService,
        *,
        periods: PeriodsService,
    ) -> None:
        """Plain constructor."""
        self._terms = terms
        self._usage = usage
        self._holdings = holdings
        self._billables = billables
        self._devices = devices
        self._periods = periods
        self._years = PaidYears(holdings, periods)

    async def read(self, unit: Unit, period: BillingPeriod) -> Basis:
        """What a period, with prices, is charged for up to now. Raises NotFound without a licence.

        Usage from before a tenant's first period is the first period's.
        """
        start = _ALWAYS if period.number == 1 else period.start
        used = _windows(await self._usage.windows(unit, start, period.end, 0), 0)
        held = _held(await self._holdings.in_period(unit, period.span))
        late = () if period.passes_on else await self._late(unit, period)
        return Basis(period, used, held, late, await self._years.read(unit, period))

    async def projected(self, unit: Unit, period: BillingPeriod) -> tuple[Basis, int, int]:
        """The basis at the end of the period that runs, if usage goes on as so far and what is held
        now is held to the end; then the seconds that passed, and those of the whole period."""
        basis = await self.read(unit, period)
        elapsed = max(int((unit.now - period.start).total_seconds()), 1)
        whole = int((period.end - period.start).total_seconds())
        scaled = [_scaled(each, whole, elapsed, period) for each in basis.used]
        held = _held(await self._holdings.in_period(unit, period.span, ahead=True))
        years = await self._years.read(unit, period, ahead=True)
        return replace(basis, used=scaled, held=held, years=years), elapsed, whole

    async def whole(
        self,
        unit: Unit,
        terms: Terms,
        items: BillableItems | None,
        left: Subscription | None = None,
    ) -> Basis:
        """The period that runs with usage so far, rated by the terms, as if what they and `items`
        (None costs nothing) come to had been held all the time; of what was `left` now, a year
        that was paid is given back. Raises FailedPrecondition."""
        running = (await self._periods.open_ones(unit))[-1]
        prices = await self._periods.prices(unit, terms, running.start)
        if running.prices is not None:
            prices = PeriodPrices(prices.card.carrying(running.prices.card.carried))
        period = replace(running, prices=prices)
        start = _ALWAYS if period.number == 1 else period.start
        used = _windows(await self._usage.windows(unit, start, period.end, 0), 0)
        held = held_throughout(terms, items, await self._devices.count(unit), period.days)
        steps = [*years_throughout(terms, period.span), *year_left(left, period.span, unit.now)]
        return Basis(period, used, held, (), await self._years.priced(unit, period, steps))

    async def items(self, unit: Unit) -> BillableItems | None:
        """What is licensed now; None costs nothing. Raises NotFound without a licence."""
        return await self._billables.in_force(unit)

    async def _late(self, unit: Unit, period: BillingPeriod) -> tuple[Late, ...]:
        if period.number == 1:
            return ()
        since = max(await self._periods.passed_on_to(unit, period.number), 1)
        hours = list[Window]()
        for revision in range(since, period.number):
            hours += _windows(await self._usage.late(unit, revision), revision)
        if not hours:
            return ()
        first, last = min(each.hour for each in hours), max(each.hour for each in hours)
        periods = await self._periods.closed_between(unit, first, last + _HOUR)
        found = []
        for each in periods:
            start = _ALWAYS if each.number == 1 else each.start
            used = [hour for hour in hours if start <= hour.hour < each.end]
            if used:
                found.append(await self._of_period(unit, each, start, used))
        return tuple(found)

    async def _of_period(
        self, unit: Unit, period: BillingPeriod, start: datetime, used: Sequence[Window]
    ) -> Late:
        metrics = sorted({each.metric for each in used})
        billed = await store.billed(unit.conn, unit.tenant_id, metrics, start=start, end=period.end)
        return Late(period, billed, used)


def _windows(hours: Sequence[HourSum], revision: int) -> list[Window]:
    return [Window(each.metric, each.hour, revision, each.quantity, each.events) for each in hours]


def _held(days: Sequence[HeldDays]) -> tuple[Held, ...]:
    return tuple(Held(each.piece, Decimal(each.piece_days)) for each in days if each.year is None)


def _scaled(hour: Window, whole: int, elapsed: int, period: BillingPeriod) -> Window:
    """An hour's share of what the whole period is expected to use."""
    if hour.hour < period.start:
        return hour
    exact = exact_context()
    quantity = exact.divide(exact.multiply(hour.quantity, Decimal(whole)), Decimal(elapsed))
    return replace(hour, quantity=quantity.quantize(_STEP, ROUND_HALF_EVEN, exact))
