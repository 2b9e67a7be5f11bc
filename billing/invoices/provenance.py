"""From a line back to the prices, hours and events that made it."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.invoices import line_store
from billing.invoices.invoice import Invoice
from billing.invoices.lines import InvoiceLine, LineKind, Window
from billing.invoices.periods.period import BillingPeriod
from billing.invoices.periods.service import PeriodsService
from billing.invoices.service import InvoicesService
from billing.paging import Page, PageRequest, Position, numbered, page_of
from billing.unit import Unit
from billing.usage.service import UsageService
from billing.usage.windows import RecordedEvent
from mesh.errors import InvalidArgument, NotFound
from rights.rating.card import MetricRate, PieceKind, PieceRate, RateCard

_WINDOWS_A_PAGE = 200
_SEPARATOR = "~"
_BEFORE_ALL = -1
"""No revision, but before every one of an hour."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line, the entry of the rate card that priced it (None where the card has none), the
    catalogue's version, and how many windows are behind it."""

    line: InvoiceLine
    rate: MetricRate | PieceRate | None
    catalog_version: str
    windows: int


class Provenance:
    """Explains lines, of finalised invoices and of periods that are still open alike."""

    def __init__(
        self, invoices: InvoicesService, periods: PeriodsService, usage: UsageService
    ) -> None:
        """`usage` has the events."""
        self._invoices = invoices
        self._periods = periods
        self._usage = usage

    async def explain(self, unit: Unit, invoice_id: UUID, line_id: str) -> Explanation:
        """Raises NotFound."""
        invoice, line = await self._line(unit, invoice_id, line_id)
        period = await self._period(unit, line.service.number)
        if period.prices is None:
            raise NotFound("invoice_line", line_id)
        card = period.prices.card
        if invoice.finalised:
            count = await line_store.count_windows(unit.conn, unit.tenant_id, invoice_id, line_id)
        else:
            count = len(line.windows)
        return Explanation(line, _rate(card, line), card.catalog_version, count)

    async def windows(
        self, unit: Unit, invoice_id: UUID, line_id: str, request: PageRequest
    ) -> Page[Window]:
        """The hours behind a line, in order. Raises NotFound, InvalidArgument (page_token)."""
        invoice, line = await self._line(unit, invoice_id, line_id)
        after = None
        if request.after is not None:
            after = (request.after.moment, int(request.after.key))
        rows = await self._windows(unit, invoice, line, after, request.size + 1)
        return page_of(request, rows, lambda each: Position(each.hour, str(each.revision)))

    async def events(
        self,
        unit: Unit,
        invoice_id: UUID,
        line_id: str,
        *,
        hour: datetime | None,
        size: int,
        token: str,
    ) -> Page[RecordedEvent]:
        """The events behind a line, or behind its window that begins at `hour` (aware), window by
        window. A page holds up to `size` of one or several windows.

        Raises NotFound, InvalidArgument naming `page_token`.
        """
        invoice, line = await self._line(unit, invoice_id, line_id)
        after, inner = _read_token(token)
        if hour is not None and (after is None or after < (hour, _BEFORE_ALL)):
            after = (hour, _BEFORE_ALL)
        found: list[RecordedEvent] = []
        windows = await self._windows(unit, invoice, line, after, _WINDOWS_A_PAGE)
        if hour is not None:
            windows = [each for each in windows if each.hour == hour]
        for window in windows:
            page = await self._usage.events_of(
                unit,
                window.metric,
                window.hour,
                window.revision,
                PageRequest.read(size - len(found), inner),
            )
            found += page.rows
            if page.next_token:
                return Page(tuple(found), _token(after, page.next_token))
            after, inner = (window.hour, window.revision), ""
            if len(found) >= size:
                return Page(tuple(found), _token(after, ""))
        more = hour is None and len(windows) == _WINDOWS_A_PAGE
        return Page(tuple(found), _token(after, "") if more else "")

    async def _windows(
        self,
        unit: Unit,
        invoice: Invoice,
        line: InvoiceLine,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> list[Window]:
        if invoice.finalised:
            return await line_store.windows(
                unit.conn,
                unit.tenant_id,
                invoice.invoice_id,
                line.line_id,
                after=after,
                limit=limit,
            )
        return list(_behind(line.windows, after))[:limit]

    async def _line(
        self, unit: Unit, invoice_id: UUID, line_id: str
    ) -> tuple[Invoice, InvoiceLine]:
        invoice = await self._invoices.get(unit, invoice_id)
        line = invoice.line(line_id)
        if line is None:
            raise NotFound("invoice_line", line_id)
        return invoice, line

    async def _period(self, unit: Unit, number: int) -> BillingPeriod:
        for each in await self._periods.open_ones(unit):
            if each.number == number:
                return each
        found = await self._periods.get(unit, number)
        if found is None:
            raise NotFound("billing_period", str(number))
        return found


def _rate(card: RateCard, line: InvoiceLine) -> MetricRate | PieceRate | None:
    if line.kind in (LineKind.USAGE, LineKind.ADJUSTMENT):
        return card.metrics.get(line.name)
    of_kind = PieceKind.ITEM if line.kind is LineKind.ITEM else PieceKind.PLAN
    return next(
        (
            rate
            for (kind, _, _), rate in card.pieces.items()
            if kind is of_kind
            and rate.family == line.family
            and line.name in (rate.name, f"{rate.family}_{rate.name}")
        ),
        None,
    )


def _behind(windows: Sequence[Window], after: tuple[datetime, int] | None) -> Iterator[Window]:
    for each in sorted(windows, key=lambda one: (one.hour, one.revision)):
        if after is None or (each.hour, each.revision) > after:
            yield each


def _token(after: tuple[datetime, int] | None, inner: str) -> str:
    hour = "" if after is None else f"{after[0].isoformat()} {after[1]}"
    return base64.urlsafe_b64encode(f"{hour}{_SEPARATOR}{inner}".encode()).decode()


def _read_token(token: str) -> tuple[tuple[datetime, int] | None, str]:
    if not token:
        return None, ""
    try:
        text, separator, inner = base64.urlsafe_b64decode(token).decode().partition(_SEPARATOR)
        if not separator:
            raise ValueError("no token")
        if not text:
            return None, inner
        hour, _, revision = text.partition(" ")
        moment = datetime.fromisoformat(hour)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return (moment, numbered(revision)), inner
    except (ValueError, binascii.Error, OverflowError):
        raise InvalidArgument.field("page_token", "not a token of this list") from None
