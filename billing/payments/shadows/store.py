"""SQL of the provider's invoices beside ours."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.paging import PageRequest
from billing.payments.shadows.compare import Difference, DifferenceKind
from billing.payments.shadows.row import ShadowRow, ShadowState
from mesh.database import Connection

_COLUMNS = """tenant_id, period_number, invoice_id, state, our_amount, their_amount, differences,
    changed_at"""


async def get(conn: Connection, tenant_id: UUID, period_number: int) -> ShadowRow | None:
    """One of them."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from stripe_shadows "  # noqa: S608 - constant
        "where tenant_id = $1 and period_number = $2",
        tenant_id,
        period_number,
    )
    return _row(row) if row is not None else None


async def save(conn: Connection, row: ShadowRow) -> None:
    """Writes it, unless it was compared before."""
    await conn.execute(
        """
        insert into stripe_shadows as held (tenant_id, period_number, invoice_id, state,
            our_amount, their_amount, differences, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
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
    return ShadowRow(**{**row, "state": ShadowState(row["state"]), "differences": differences})
