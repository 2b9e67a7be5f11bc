"""SQL of holdings."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from billing.holdings.holding import HoldingRow
from mesh.database import Connection
from rights.rating.card import Piece, PieceKind

_COLUMNS = "kind, family, name, day, peak, closing, held_until, changed_at, year"


async def lock_tenant(conn: Connection, tenant_id: UUID) -> None:
    """Lets one transaction at a time note what the tenant holds."""
    await conn.execute("select from tenants where tenant_id = $1 for no key update", tenant_id)


async def last(conn: Connection, tenant_id: UUID) -> dict[Piece, HoldingRow]:
    """The last row of each piece."""
    rows = await conn.fetch(
        f"""
        select distinct on (kind, family, name) {_COLUMNS} from holdings where tenant_id = $1
        order by kind, family, name, day desc
        """,  # noqa: S608 - constant
        tenant_id,
    )
    return {row.piece: row for row in map(_row, rows)}


async def between(conn: Connection, tenant_id: UUID, first: date, end: date) -> list[HoldingRow]:
    """The rows of each piece from `first` up to, but without, `end`, and the last one before."""
    rows = await conn.fetch(
        f"""
        (select {_COLUMNS} from holdings
         where tenant_id = $1 and day >= $2 and day < $3)
        union all
        (select distinct on (kind, family, name) {_COLUMNS} from holdings
         where tenant_id = $1 and day < $2
         order by kind, family, name, day desc)
        """,  # noqa: S608 - constant
        tenant_id,
        first,
        end,
    )
    return [_row(row) for row in rows]


async def put(conn: Connection, tenant_id: UUID, rows: Sequence[HoldingRow]) -> None:
    """Adds or replaces days."""
    await conn.executemany(
        f"""
        insert into holdings (tenant_id, {_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
            $10)
        on conflict (tenant_id, kind, family, name, day) do update set
            peak = excluded.peak, closing = excluded.closing,
            held_until = excluded.held_until, changed_at = excluded.changed_at,
            year = excluded.year
        """,  # noqa: S608 - constant
        [
            (
                tenant_id,
                row.piece[0].value,
                *row.piece[1:],
                row.day,
                row.peak,
                row.closing,
                row.held_until,
                row.changed_at,
                row.year,
            )
            for row in rows
        ],
    )


async def never_noted(conn: Connection, after: UUID, at_most: int) -> list[UUID]:
    """Tenants without any row, by id, those after one; for the worker role."""
    rows = await conn.fetch(
        """
        select tenant_id from tenants t
        where tenant_id > $1
            and not exists (select from holdings h where h.tenant_id = t.tenant_id)
        order by tenant_id limit $2
        """,
        after,
        at_most,
    )
    return [row["tenant_id"] for row in rows]


def _row(row: Any) -> HoldingRow:
    piece = (PieceKind(row["kind"]), row["family"], row["name"])
    return HoldingRow(
        piece,
        row["day"],
        row["peak"],
        row["closing"],
        row["held_until"],
        row["changed_at"],
        row["year"],
    )
