"""SQL of finalised invoices."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.invoices.invoice import Invoice, InvoiceStatus
from billing.invoices.lines import Service
from billing.invoices.parties import Issued
from billing.invoices.periods.period import Issuer
from mesh.database import Connection
from rights.money import Money

_COLUMNS = """i.tenant_id, i.invoice_id, i.number, i.currency, i.subtotal, i.tax, i.credit_applied,
    i.issued, i.issued_at, i.due_at, i.status, i.amount_paid, i.amount_credited, i.paid_at,
    p.number as period_number, p.starts_at, p.ends_at, p.issuer"""

_JOINED = """invoices i join billing_periods p
    on p.tenant_id = i.tenant_id and p.number = i.period_number"""


async def add(conn: Connection, invoice: Invoice) -> None:
    """A finalised invoice, without its lines."""
    await conn.execute(
        """
        insert into invoices (tenant_id, invoice_id, period_number, number, currency, subtotal, tax,
            total, credit_applied, issued, issued_at, due_at, status, paid_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """,
        invoice.tenant_id,
        invoice.invoice_id,
        invoice.period.number,
        invoice.number or None,
        invoice.currency,
        invoice.subtotal.minor_units,
        invoice.tax.minor_units,
        invoice.total.minor_units,
        invoice.credit_applied.minor_units,
        json.dumps(invoice.issued.to_json()),
        invoice.issued_at,
        invoice.due_at,
        invoice.status.value,
        invoice.paid_at,
    )


async def get(
    conn: Connection, tenant_id: UUID, invoice_id: UUID, *, lock: bool = False
) -> Invoice | None:
    """A finalised invoice without its lines; with `lock` nobody else changes it until the
    transaction ends."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from {_JOINED} where i.tenant_id = $1 and i.invoice_id = $2"  # noqa: S608
        + (" for no key update of i" if lock else ""),
        tenant_id,
        invoice_id,
    )
    return None if row is None else _invoice(row)


async def change(conn: Connection, invoice: Invoice) -> None:
    """What payments and credit notes made of it."""
    await conn.execute(
        """
        update invoices set status = $3, amount_paid = $4, amount_credited = $5, paid_at = $6
        where tenant_id = $1 and invoice_id = $2
        """,
        invoice.tenant_id,
        invoice.invoice_id,
        invoice.status.value,
        invoice.amount_paid.minor_units,
        invoice.amount_credited.minor_units,
        invoice.paid_at,
    )


async def page(
    conn: Connection,
    tenant_id: UUID,
    status: InvoiceStatus | None,
    issuer: Issuer | None,
    *,
    below: int | None,
    limit: int,
) -> list[tuple[int, Invoice | None]]:
    """Period numbers `below` one with their invoices, None for a draft, newest first."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from billing_periods p
        left join invoices i on i.tenant_id = p.tenant_id and i.period_number = p.number
        where p.tenant_id = $1 and (p.state = 'draft' or i.invoice_id is not null)
            and ($2::text is null or coalesce(i.status, 'draft') = $2)
            and ($3::text is null or p.issuer = $3)
            and ($4::integer is null or p.number < $4)
        order by p.number desc limit $5
        """,  # noqa: S608 - constant
        tenant_id,
        None if status is None else status.value,
        None if issuer is None else issuer.value,
        below,
        limit,
    )
    return [
        (row["period_number"], _invoice(row) if row["invoice_id"] is not None else None)
        for row in rows
    ]


async def unpaid(
    conn: Connection, tenant_id: UUID, due_before: datetime | None = None
) -> list[Invoice]:
    """Open invoices, the one due first first; those alone that were due before a moment."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from {_JOINED}
        where i.tenant_id = $1 and i.status = 'open' and ($2::timestamptz is null or i.due_at < $2)
        order by i.due_at, i.number
        """,  # noqa: S608 - constant
        tenant_id,
        due_before,
    )
    return [_invoice(row) for row in rows]


async def overdue_tenants(conn: Connection, now: datetime) -> list[UUID]:
    """Tenants with an open invoice that was due; `conn` sees every tenant."""
    rows = await conn.fetch(
        "select distinct tenant_id from invoices where status = 'open' and due_at < $1", now
    )
    return [row["tenant_id"] for row in rows]


async def billed(
    conn: Connection,
    tenant_id: UUID,
    metrics: Sequence[str],
    *,
    start: datetime,
    end: datetime,
) -> dict[str, Decimal]:
    """What invoices charged for, by metric, of the hours from `start` up to, but without, `end`."""
    rows = await conn.fetch(
        """
        select metric, sum(quantity) as quantity from invoice_line_windows
        where tenant_id = $1 and metric = any($2) and hour >= $3 and hour < $4 group by metric
        """,
        tenant_id,
        metrics,
        start,
        end,
    )
    return {row["metric"]: row["quantity"] for row in rows}


async def next_number(conn: Connection, issuer: str, kind: str, year: int) -> int:
    """The next number of a kind of document, from 1. Who takes it holds it until the transaction
    ends, so it is the last thing that a transaction locks."""
    number: int = await conn.fetchval(
        """
        insert into document_numbers as held (issuer, kind, year, last) values ($1, $2, $3, 1)
        on conflict (issuer, kind, year) do update set last = held.last + 1 returning last
        """,
        issuer,
        kind,
        year,
    )
    return number


def _invoice(row: Any) -> Invoice:
    currency = row["currency"]

    def money(column: str) -> Money:
        return Money(currency, row[column])

    return Invoice(
        invoice_id=row["invoice_id"],
        tenant_id=row["tenant_id"],
        period=Service(row["period_number"], row["starts_at"], row["ends_at"]),
        number=row["number"] or "",
        status=InvoiceStatus(row["status"]),
        subtotal=money("subtotal"),
        tax=money("tax"),
        credit_applied=money("credit_applied"),
        amount_paid=money("amount_paid"),
        amount_credited=money("amount_credited"),
        issued=Issued.from_json(json.loads(row["issued"]), currency),
        issuer=Issuer(row["issuer"]),
        issued_at=row["issued_at"],
        due_at=row["due_at"],
        paid_at=row["paid_at"],
    )
