"""SQL of the provider's invoices beside ours."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.invoices.invoice import InvoiceStatus, ProviderInvoice
from billing.paging import PageRequest
from billing.payments.shadows.compare import Difference, DifferenceKind
from billing.payments.shadows.row import ShadowRow, ShadowState
from mesh.database import Connection

_COLUMNS = """tenant_id, period_number, invoice_id, state, our_amount, their_amount, differences,
    changed_at, number, status, paid_at, hosted_url"""
_LATER = "array['', 'draft', 'open', 'uncollectible', 'void', 'paid']"
"""An invoice moves on in this order alone."""


async def get(conn: Connection, tenant_id: UUID, period_number: int) -> ShadowRow | None:
    """One of them."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from stripe_shadows "  # noqa: S608 - constant
        "where tenant_id = $1 and period_number = $2",
        tenant_id,
        period_number,
    )
    return _row(row) if row is not None else None


async def of_periods(
    conn: Connection, tenant_id: UUID, numbers: Sequence[int]
) -> dict[int, ProviderInvoice]:
    """Of a tenant's periods those of which the provider has an invoice."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from stripe_shadows "  # noqa: S608 - constant
        "where tenant_id = $1 and period_number = any($2)",
        tenant_id,
        numbers,
    )
    return {row["period_number"]: _provided(row) for row in rows}


async def stand(conn: Connection, tenant_id: UUID, told: Sequence[ProviderInvoice]) -> None:
    """Writes how the provider's invoices stand, where one did not come further before."""
    await conn.executemany(
        f"""
        update stripe_shadows set number = $3, status = $4, paid_at = $5, hosted_url = $6
        where tenant_id = $1 and invoice_id = $2
            and array_position({_LATER}, $4) >= array_position({_LATER}, status)
        """,  # noqa: S608 - constant
        [(tenant_id, each.invoice_id, *_facts(each)) for each in told],
    )


async def save(conn: Connection, row: ShadowRow) -> None:
    """Writes it, unless it was compared before; how it stands with the first time alone."""
    await conn.execute(
        """
        insert into stripe_shadows as held (tenant_id, period_number, invoice_id, state,
            our_amount, their_amount, differences, changed_at, number, status, paid_at,
            hosted_url)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (tenant_id, period_number) do update set invoice_id = excluded.invoice_id,
            state = excluded.state, our_amount = excluded.our_amount,
            their_amount = excluded.their_amount, differences = excluded.differences,
            changed_at = excluded.changed_at
        where held.state not in ('matches', 'differs')
        """,
        row.tenant_id,
        row.period_number,
        row.invoice_id,
        row.state.value,
        row.our_amount,
        row.their_amount,
        json.dumps([asdict(each) for each in row.differences], default=str),
        row.changed_at,
        *_facts(row.provided),
    )


async def page(
    conn: Connection, request: PageRequest, *, tenant_id: UUID | None, state: ShadowState | None
) -> list[ShadowRow]:
    """Rows, newest first, one more than asked for; for the vendor role."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from stripe_shadows
        where ($1::uuid is null or tenant_id = $1) and ($2::text is null or state = $2)
            and ($3::timestamptz is null
                or (changed_at, tenant_id::text || '/' || period_number) < ($3, $4))
        order by changed_at desc, tenant_id::text || '/' || period_number desc limit $5
        """,  # noqa: S608 - constant
        tenant_id,
        state.value if state else None,
        after.moment if after else None,
        after.key if after else None,
        request.size + 1,
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> ShadowRow:
    differences = tuple(
        Difference(
            each["name"],
            Decimal(each["our_quantity"]),
            Decimal(each["their_quantity"]),
            each["our_amount"],
            each["their_amount"],
            DifferenceKind(each.get("kind", DifferenceKind.UNEXPLAINED)),
        )
        for each in json.loads(row["differences"])
    )
    return ShadowRow(
        tenant_id=row["tenant_id"],
        period_number=row["period_number"],
        provided=_provided(row),
        state=ShadowState(row["state"]),
        our_amount=row["our_amount"],
        their_amount=row["their_amount"],
        differences=differences,
        changed_at=row["changed_at"],
    )


def _provided(row: Any) -> ProviderInvoice:
    return ProviderInvoice(
        row["invoice_id"],
        row["number"],
        InvoiceStatus(row["status"]) if row["status"] else None,
        row["paid_at"],
        row["hosted_url"],
    )


def _facts(one: ProviderInvoice) -> tuple[str, str, datetime | None, str]:
    return one.number, one.status.value if one.status else "", one.paid_at, one.hosted_url
