"""SQL of the lines of finalised invoices and the windows behind them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.invoices.lines import Billed, InvoiceLine, LineKind, Service, Window
from mesh.database import Connection
from rights.money import Money
from rights.rating.written import charge_from_json, charge_to_json


async def add(
    conn: Connection, tenant_id: UUID, invoice_id: UUID, lines: Sequence[InvoiceLine]
) -> None:
    """The lines in their order, and the hours that each is made of."""
    await conn.executemany(
        """
        insert into invoice_lines (tenant_id, invoice_id, position, line_id, kind, family, name,
            title, unit, quantity, included, billable, unit_price, period_days, amount, events,
            service_period, service_start, service_end, charges, billed_quantity, billed_amount)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22)
        """,
        [_row(tenant_id, invoice_id, at, line) for at, line in enumerate(lines)],
    )
    windows = [(at, each) for at, line in enumerate(lines) for each in line.windows]
    await conn.execute(
        """
        insert into invoice_line_windows
            (tenant_id, invoice_id, position, metric, hour, revision, quantity, events)
        select $1, $2, * from unnest($3::integer[], $4::text[], $5::timestamptz[], $6::integer[],
            $7::numeric[], $8::bigint[])
        """,
        tenant_id,
        invoice_id,
        [at for at, _ in windows],
        [each.metric for _, each in windows],
        [each.hour for _, each in windows],
        [each.revision for _, each in windows],
        [each.quantity for _, each in windows],
        [each.events for _, each in windows],
    )


async def of_invoice(
    conn: Connection, tenant_id: UUID, invoice_id: UUID, currency: str
) -> tuple[InvoiceLine, ...]:
    """The lines in their order, without windows."""
    rows = await conn.fetch(
        "select * from invoice_lines where tenant_id = $1 and invoice_id = $2 order by position",
        tenant_id,
        invoice_id,
    )
    return tuple(_line(row, currency) for row in rows)


async def windows(
    conn: Connection,
    tenant_id: UUID,
    invoice_id: UUID,
    line_id: str,
    *,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[Window]:
    """The hours behind a line, after (hour, revision) in this order."""
    rows = await conn.fetch(
        """
        select w.metric, w.hour, w.quantity, w.events, w.revision from invoice_line_windows w
        join invoice_lines using (tenant_id, invoice_id, position)
        where tenant_id = $1 and invoice_id = $2 and line_id = $3
            and ($4::timestamptz is null or (w.hour, w.revision) > ($4, $5))
        order by w.hour, w.revision limit $6
        """,
        tenant_id,
        invoice_id,
        line_id,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
    )
    return [Window(**row) for row in rows]


async def count_windows(conn: Connection, tenant_id: UUID, invoice_id: UUID, line_id: str) -> int:
    """How many hours are behind a line."""
    found: int = await conn.fetchval(
        """
        select count(*) from invoice_line_windows
        join invoice_lines using (tenant_id, invoice_id, position)
        where tenant_id = $1 and invoice_id = $2 and line_id = $3
        """,
        tenant_id,
        invoice_id,
        line_id,
    )
    return found


def _row(tenant_id: UUID, invoice_id: UUID, position: int, line: InvoiceLine) -> tuple[Any, ...]:
    return (
        tenant_id,
        invoice_id,
        position,
        line.line_id,
        line.kind.value,
        line.family,
        line.name,
        line.title,
        line.unit,
        line.quantity,
        line.included,
        line.billable,
        line.unit_price,
        line.period_days,
        line.amount.minor_units,
        line.events,
        line.service.number,
        line.service.start,
        line.service.end,
        json.dumps([charge_to_json(each) for each in line.charges]),
        None if line.billed is None else line.billed.quantity,
        None if line.billed is None else line.billed.amount.minor_units,
    )


def _line(row: Any, currency: str) -> InvoiceLine:
    billed = None
    if row["billed_quantity"] is not None:
        billed = Billed(row["billed_quantity"], Money(currency, row["billed_amount"]))
    return InvoiceLine(
        kind=LineKind(row["kind"]),
        family=row["family"],
        name=row["name"],
        title=row["title"],
        unit=row["unit"],
        quantity=row["quantity"],
        included=row["included"],
        billable=row["billable"],
        unit_price=row["unit_price"],
        period_days=row["period_days"],
        amount=Money(currency, row["amount"]),
        charges=tuple(charge_from_json(each) for each in json.loads(row["charges"])),
        service=Service(row["service_period"], row["service_start"], row["service_end"]),
        events=row["events"],
        billed=billed,
    )
