"""Periods that the payment provider issues, as the database has them, in the provider's words."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal

from billing.catalog.live import Catalogs
from billing.invoices.lines import InvoiceLine, LineKind
from billing.invoices.periods.period import BillingPeriod, Issuer, PeriodState
from billing.invoices.periods.service import PeriodsService
from billing.invoices.service import InvoicesService
from billing.payments.meters import store as known_store
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.objects import names
from billing.payments.objects.wanted import sold_metrics
from billing.payments.shadows import store
from billing.payments.shadows.amounts import day_prices, provider_amount
from billing.payments.shadows.compare import LineSum
from billing.payments.shadows.own_terms import own_terms, plan_of
from billing.payments.shadows.periods import ClosedPeriod, LateLine, MeteredLine, OwnTerms
from billing.payments.shadows.row import COMPARED
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import NotFound
from rights.terms import Interval

_LOOKED_FOR = timedelta(days=45)
"""After its end: there is none at the provider of a period in which its subscription ended."""


class StoredClosedPeriods:
    """`ClosedPeriods` of every tenant that the provider knows."""

    def __init__(
        self,
        db: Database,
        units: Units,
        periods: PeriodsService,
        invoices: InvoicesService,
        catalogs: Catalogs,
        *,
        clock: Clock,
    ) -> None:
        """`catalogs` know the meters' units. Reads as the worker role."""
        self._db = db
        self._units = units
        self._periods = periods
        self._invoices = invoices
        self._catalogs = catalogs
        self._clock = clock

    async def ended(self) -> tuple[IssuedPeriod, ...]:
        """See the protocol. Raises Unavailable."""
        async with self._db.worker() as conn:
            found = await self._periods.open_of_issuer(conn, Issuer.STRIPE)
        over = [each for each in found if each.state is PeriodState.DRAFT]
        return await self._known(over)

    async def closed(self) -> tuple[IssuedPeriod, ...]:
        """See the protocol. Raises Unavailable."""
        async with self._db.worker() as conn:
            since = self._clock.now() - _LOOKED_FOR
            found = await self._periods.closed_of_issuer(conn, Issuer.STRIPE, since)
            rows = [await store.get(conn, each.tenant_id, each.number) for each in found]
        waiting = [
            period
            for period, row in zip(found, rows, strict=True)
            if row is None or row.state not in COMPARED
        ]
        return await self._known(waiting)

    async def _known(self, periods: Sequence[BillingPeriod]) -> tuple[IssuedPeriod, ...]:
        async with self._db.worker() as conn:
            known = await known_store.known(conn, [each.tenant_id for each in periods])
        return tuple(
            IssuedPeriod(each.tenant_id, each.number, each.span, *known[each.tenant_id])
            for each in periods
            if each.tenant_id in known
        )

    async def read(self, closed: IssuedPeriod) -> ClosedPeriod:
        """See the protocol. Raises MeshError."""
        async with self._units.working(closed.tenant_id) as unit:
            period = await self._periods.get(unit, closed.number)
            try:
                invoice = await self._invoices.get(unit, period.invoice_id) if period else None
            except NotFound:
                invoice = None
        if period is None or invoice is None:
            return ClosedPeriod(closed, "", (), ())
        told = {each.name for each in sold_metrics(self._catalogs.live)}
        ours = [each for each in invoice.lines if _is_sold(each, told)]
        late = [each for each in invoice.lines if each.kind is LineKind.ADJUSTMENT]
        card = period.prices.card if period.prices is not None else None
        return ClosedPeriod(
            closed,
            invoice.currency,
            tuple(self._sum(each, period) for each in ours),
            tuple(_late(each, period) for each in late),
            tuple(
                self._metered(each, period, each.name in told)
                for each in ours
                if each.kind is LineKind.USAGE
            ),
            own=self._own(ours, period),
            day_prices=day_prices(card, period.days) if card is not None else {},
            days=period.days,
        )

    def _own(self, lines: Sequence[InvoiceLine], period: BillingPeriod) -> tuple[OwnTerms, ...]:
        """By the period's card; one for each price."""
        found: dict[str, OwnTerms] = {}
        for each in lines:
            if period.prices is not None and own_terms(each, period.prices.card):
                name = self._sum(each, period).name
                found[name] = OwnTerms(name, each.title, each.kind is LineKind.USAGE)
        return tuple(found.values())

    def _metered(self, line: InvoiceLine, period: BillingPeriod, told: bool) -> MeteredLine:
        return MeteredLine(
            line.name,
            self._sum(line, period),
            line.title,
            lambda units: self._charge(line, period, units),
            told=told,
        )

    def _charge(self, line: InvoiceLine, period: BillingPeriod, units: int) -> int:
        """What so many of the meter's units cost at the provider."""
        if period.prices is None:
            return line.amount.minor_units
        quantity = Decimal(units) / self._scale(line.name)
        return provider_amount(period.prices.card.usage(line.name, quantity))

    def _scale(self, metric: str) -> int:
        """So many of the meter's units are one of ours."""
        scales = {each.name: each.stripe_scale for each in sold_metrics(self._catalogs.live)}
        return scales.get(metric, 1)

    def _sum(self, line: InvoiceLine, period: BillingPeriod) -> LineSum:
        amount, currency = line.amount.minor_units, line.amount.currency
        card = period.prices.card if period.prices is not None else None
        if line.kind is LineKind.USAGE:
            rate = card.metrics.get(line.name) if card is not None else None
            name = names.metered_price(line.name, rate.plan if rate is not None else "", currency)
            units = int(line.quantity * self._scale(line.name))
            return LineSum(name, Decimal(units), self._charge(line, period, units))
        if line.kind is LineKind.ITEM:
            name = names.item_price(line.family, line.name, currency)
        else:
            interval = Interval.YEAR if line.of_year else Interval.MONTH
            name = names.plan_price(line.family, plan_of(line), interval, currency)
        return LineSum(name, line.quantity / (line.period_days or 1), amount)


def _is_sold(line: InvoiceLine, told: Collection[str]) -> bool:
    """Late use goes its own way; a metric that costs nothing and has no meter, such as frames, is
    on our invoice alone."""
    free = line.kind is LineKind.USAGE and line.name not in told and not line.amount.minor_units
    return line.kind is not LineKind.ADJUSTMENT and not free


def _late(line: InvoiceLine, period: BillingPeriod) -> LateLine:
    """The invoice that it is on names it too: its period may be late again."""
    return LateLine(
        f"{period.number}/{line.line_id}",
        line.title,
        line.amount.minor_units,
        line.service.start,
        line.service.end,
    )
