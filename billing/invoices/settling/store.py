"""SQL of payments, credit notes and the credit balance."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from billing.invoices.invoice import CreditNote, Payment
from mesh.database import Connection
from rights.money import Money


class EntryKind(StrEnum):
    """Why the credit balance changed."""

    APPLIED = "applied"
    NEGATIVE_TOTAL = "negative_total"
    CREDIT_NOTE = "credit_note"
    OVERPAYMENT = "overpayment"
    VOIDED = "voided"


async def balance(conn: Connection, tenant_id: UUID, currency: str) -> Money:
    """The tenant's credit balance."""
    total = await conn.fetchval(
        """
        select coalesce(sum(amount), 0)::bigint from credit_entries
        where tenant_id = $1 and currency = $2
        """,
        tenant_id,
        currency,
    )
    return Money(currency, total)


async def enter(
    conn: Connection,
    tenant_id: UUID,
    kind: EntryKind,
    source: str,
    *,
    amount: Money,
    now: datetime,
) -> None:
    """Changes the balance by an amount, once for a kind and source."""
    await conn.execute(
        """
        insert into credit_entries (tenant_id, kind, source, currency, amount, created_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        tenant_id,
        kind.value,
        source,
        amount.currency,
        amount.minor_units,
        now,
    )


async def find_payment(
    conn: Connection, tenant_id: UUID, reference: str, currency: str
) -> tuple[UUID, Payment] | None:
    """A payment and its invoice."""
    row = await conn.fetchrow(
        "select * from payments where tenant_id = $1 and reference = $2", tenant_id, reference
    )
    return None if row is None else (row["invoice_id"], _payment(row, currency))


async def add_payment(
    conn: Connection, tenant_id: UUID, invoice_id: UUID, payment: Payment, now: datetime
) -> bool:
    """Notes a payment; False when its reference came meanwhile."""
    added = await conn.fetchval(
        """
        insert into payments
            (tenant_id, reference, invoice_id, amount, method, paid_at, recorded_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant_id, reference) do nothing returning true
        """,
        tenant_id,
        payment.reference,
        invoice_id,
        payment.amount.minor_units,
        payment.method,
        payment.paid_at,
        now,
    )
    return bool(added)


async def payments(
    conn: Connection, tenant_id: UUID, invoice_id: UUID, currency: str
) -> tuple[Payment, ...]:
    """An invoice's payments, oldest first."""
    rows = await conn.fetch(
        """
        select * from payments where tenant_id = $1 and invoice_id = $2
        order by recorded_at, reference
        """,
        tenant_id,
        invoice_id,
    )
    return tuple(_payment(row, currency) for row in rows)


async def find_note(
    conn: Connection, tenant_id: UUID, reference: str, currency: str
) -> CreditNote | None:
    """A credit note."""
    row = await conn.fetchrow(
        "select * from credit_notes where tenant_id = $1 and reference = $2", tenant_id, reference
    )
    return None if row is None else _note(row, currency)


async def add_note(conn: Connection, tenant_id: UUID, note: CreditNote) -> bool:
    """Writes a credit note; False when its reference came meanwhile."""
    added = await conn.fetchval(
        """
        insert into credit_notes (tenant_id, reference, credit_note_id, number, invoice_id, line_id,
            net, tax, reason, issued_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (tenant_id, reference) do nothing returning true
        """,
        tenant_id,
        note.reference,
        note.credit_note_id,
        note.number,
        note.invoice_id,
        note.line_id,
        note.net.minor_units,
        note.tax.minor_units,
        note.reason,
        note.issued_at,
    )
    return bool(added)


async def notes(
    conn: Connection, tenant_id: UUID, invoice_id: UUID, currency: str
) -> tuple[CreditNote, ...]:
    """An invoice's credit notes, oldest first."""
    rows = await conn.fetch(
        """
        select * from credit_notes where tenant_id = $1 and invoice_id = $2
        order by issued_at, number
        """,
        tenant_id,
        invoice_id,
    )
    return tuple(_note(row, currency) for row in rows)


def _payment(row: Any, currency: str) -> Payment:
    return Payment(row["reference"], Money(currency, row["amount"]), row["method"], row["paid_at"])


def _note(row: Any, currency: str) -> CreditNote:
    return CreditNote(
        row["credit_note_id"],
        row["number"],
        row["invoice_id"],
        row["reference"],
        row["line_id"],
        Money(currency, row["net"]),
        Money(currency, row["tax"]),
        row["reason"],
        row["issued_at"],
    )
