"""SQL of late payments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.dunning.late import OpenInvoice, Source
from mesh.database import Connection
from rights.dunning import DunningStage


@dataclass(frozen=True, slots=True)
class CaseRow:
    """How far a tenant's late payment has gone; `suspended` says that the licence was suspended
    for it."""

    open: OpenInvoice
    stage: DunningStage
    suspended: bool


async def find(conn: Connection, tenant_id: UUID) -> CaseRow | None:
    """The tenant's case."""
    row = await conn.fetchrow(
        """
        select source, invoice, due_since, attempts, next_attempt_at, stage, suspended
        from dunning_cases where tenant_id = $1
        """,
        tenant_id,
    )
    if row is None:
        return None
    late = OpenInvoice(
        Source(row["source"]),
        row["invoice"],
        row["due_since"],
        row["attempts"],
        row["next_attempt_at"],
    )
    return CaseRow(late, DunningStage(row["stage"]), row["suspended"])


async def put(conn: Connection, tenant_id: UUID, case: CaseRow, now: datetime) -> None:
    """Adds or replaces the tenant's case."""
    late = case.open
    await conn.execute(
        """
        insert into dunning_cases (tenant_id, source, invoice, due_since, attempts,
            next_attempt_at, stage, suspended, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id) do update set
            source = excluded.source, invoice = excluded.invoice,
            due_since = excluded.due_since, attempts = excluded.attempts,
            next_attempt_at = excluded.next_attempt_at, stage = excluded.stage,
            suspended = excluded.suspended, changed_at = excluded.changed_at
        """,
        tenant_id,
        late.source.value,
        late.invoice,
        late.due_since,
        late.attempts,
        late.next_attempt_at,
        case.stage.value,
        case.suspended,
        now,
    )


async def remove(conn: Connection, tenant_id: UUID) -> None:
    """Ends the tenant's case."""
    await conn.execute("delete from dunning_cases where tenant_id = $1", tenant_id)


async def tenants(conn: Connection) -> list[UUID]:
    """Every tenant with a case."""
    rows = await conn.fetch("select tenant_id from dunning_cases order by tenant_id")
    return [row["tenant_id"] for row in rows]
