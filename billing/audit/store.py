"""SQL that writes audit rows."""

import json
from collections.abc import Iterable, Sequence

from billing.audit.entry import Entry, RefusalCount
from mesh.database import Connection


async def add(conn: Connection, entries: Sequence[Entry]) -> None:
    """Writes rows, unsealed, in the transaction of what they tell of."""
    await conn.execute(
        """
        insert into audit_log (tenant_id, entry_id, recorded_at, actor_kind, actor_id, request_id,
            action, resource, details)
        select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::text[], $9::jsonb[])
        """,
        *transposed(
            (
                each.fact.tenant_id,
                each.entry_id,
                each.recorded_at,
                each.actor.kind,
                each.actor.actor_id,
                each.actor.request_id,
                each.fact.action.value,
                each.fact.resource,
                json.dumps(dict(each.fact.details)),
            )
            for each in entries
        ),
    )


async def count_refusals(conn: Connection, counts: Sequence[RefusalCount]) -> None:
    """Adds to the counts of their minutes. Ordered, so that two replicas cannot deadlock."""
    await conn.execute(
        """
        insert into audit_refusals (tenant_id, action, resource, reason, minute, count,
            actor_kind, actor_id, request_id)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
            $6::bigint[], $7::text[], $8::text[], $9::text[])
            as given (tenant_id, action, resource, reason, minute, count)
        order by tenant_id, action, resource, reason, minute
        on conflict (tenant_id, action, resource, reason, minute)
            do update set count = audit_refusals.count + excluded.count
        """,
        *transposed(
            (
                each.refusal.tenant_id,
                each.refusal.action.value,
                each.refusal.resource,
                each.refusal.reason,
                each.minute,
                each.count,
                each.first.kind,
                each.first.actor_id,
                each.first.request_id,
            )
            for each in counts
        ),
    )


def transposed(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """One list a column, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)]
