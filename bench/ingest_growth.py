"""Whether ingest stays as fast when the ledger is large."""

from collections.abc import Awaitable, Callable
from statistics import median
from uuid import UUID, uuid4

import asyncpg

_FILL = """
insert into usage_events (tenant_id, received_day, event_type, resource_id, quantity, event_time,
    billing_time, received_at, billing_corrected, journal_id, seq, dimensions)
select $1, (now() at time zone 'UTC')::date, 'inference_frame', 'camera-' || n % 100, 1 + n % 1800,
    now(), now(), now(), false, $2, n,
    jsonb_build_object('camera', 'camera-' || n % 100, 'model', 'scene_detector', 'pack', 'base')
from generate_series(1, $3::bigint) as n
"""
_AT_ONCE = 500_000


async def growth(
    dsn: str,
    tenant_id: UUID,
    rows: tuple[int, int],
    *,
    rounds: int,
    rate: Callable[[], Awaitable[float]],
) -> tuple[float, float]:
    """Events a second at the first and at the second number of rows, medians over the rounds.

    The rows between are made by the database itself, as its superuser by `dsn`.
    """
    found = []
    for wanted in rows:
        await _fill(dsn, tenant_id, wanted)
        found.append(median([await rate() for _ in range(rounds)]))
    early, late = found
    return early, late


async def _fill(dsn: str, tenant_id: UUID, wanted: int) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        missing = wanted - int(await conn.fetchval("select count(*) from usage_events"))
        while missing > 0:
            some = min(missing, _AT_ONCE)
            await conn.execute(_FILL, tenant_id, uuid4(), some)
            missing -= some
        await conn.execute("analyze usage_events")
        await conn.execute("checkpoint")
    finally:
        await conn.close()
