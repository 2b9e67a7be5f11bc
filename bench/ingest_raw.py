"""The plain insert that ingest is measured against."""

import asyncio
from collections.abc import Awaitable, Sequence
from time import perf_counter, time_ns
from typing import Any
from uuid import UUID

import asyncpg

from mesh.clock import SystemClock
from mesh.ids import uuid7_batch

BATCH = 1000

_RAW_TABLE = """
drop table if exists raw_events;
create table raw_events (
    event_id uuid primary key, tenant_id uuid not null, event_type text not null,
    resource_id text not null, quantity bigint not null, event_time bigint not null);
checkpoint
"""
_RAW_INSERT = """
insert into raw_events
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
on conflict do nothing
"""


async def raw_rate(dsn: str, connections: int, events: int) -> float:
    """Events a second of the plain insert."""
    owner = await asyncpg.connect(dsn)
    await owner.execute(_RAW_TABLE)
    waiting = iter([_raw_rows() for _ in range(events // BATCH)])
    lanes = [await asyncpg.connect(dsn) for _ in range(connections)]

    async def insert(lane: "asyncpg.Connection[asyncpg.Record]") -> None:
        for rows in waiting:
            await lane.execute(_RAW_INSERT, *rows)

    seconds = await timed([insert(lane) for lane in lanes])
    assert await owner.fetchval("select count(*) from raw_events") == events
    for lane in (*lanes, owner):
        await lane.close()
    return events / seconds


def _raw_rows() -> tuple[list[Any], ...]:
    now_us = time_ns() // 1000
    return (
        uuid7_batch(SystemClock(), BATCH),
        [UUID(int=1)] * BATCH,
        ["inference_frame"] * BATCH,
        [f"camera-{at % 100}" for at in range(BATCH)],
        [at * 100_000 for at in range(BATCH)],
        [now_us + at for at in range(BATCH)],
    )


async def timed(work: Sequence[Awaitable[None]]) -> float:
    """Seconds until all of it is done."""
    started = perf_counter()
    await asyncio.gather(*work)
    return perf_counter() - started
