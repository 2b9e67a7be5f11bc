"""Billing periods of a campaign: closed in time, and their invoices against the sums."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from tests.chaos.checks import Unequal
from tests.chaos.world import World

_DRAFT = timedelta(hours=72, minutes=1)
_OPEN = """
select min(ends_at) as ends_at, (select closes from billing_accounts where tenant_id = $1) as closes
from billing_periods where tenant_id = $1 and state <> 'closed'
"""
_SUMS = """
select event_type as metric, window_start as hour, revision, sum(quantity) as quantity,
    sum(events)::bigint as events
from (
    select event_type, window_start, revision, quantity, events
    from usage_aggregates where tenant_id = $1
    union all
    select event_type, window_start, revision, quantity, events
    from usage_deltas where tenant_id = $1
) as both_parts group by 1, 2, 3
"""
_LINES = """
select metric, hour, revision, quantity, events from invoice_line_windows where tenant_id = $1
"""
_UNMATCHED = """
select count(*) from invoice_lines line where tenant_id = $1 and kind in ('usage', 'adjustment')
    and events <> (
        select coalesce(sum(held.events), 0) from invoice_line_windows held
        where held.tenant_id = line.tenant_id and held.invoice_id = line.invoice_id
            and held.position = line.position)
"""
_NUMBERS = """
select number from invoices where number is not null order by number
"""

Ended = Callable[[datetime], Awaitable[None]]


async def nothing(_: datetime) -> None:
    """A period that this server invoices needs no more than its close."""


async def close_period(world: World, tenant_id: UUID, ended: Ended = nothing) -> None:
    """Lets time pass until the tenant's oldest open period is due, and waits for its close.
    `ended` is done as soon as the period is over."""
    while (state := await _account(world, tenant_id))["ends_at"] is None:
        await world.work("close")
    await ended(state["ends_at"])
    due = state["ends_at"] + _DRAFT - world.now()
    if due > timedelta(0):
        await world.advance(due)
    while (await _account(world, tenant_id))["closes"] <= state["closes"]:
        await world.work("close")
        await asyncio.sleep(0.05)


async def closing_waits(world: World, tenant_id: UUID) -> str:
    """Which period is open still."""
    row = await _account(world, tenant_id)
    return f"{row['closes']} periods are closed, the next one ends at {row['ends_at']}"


async def check_invoices(world: World, tenant_id: UUID) -> int:
    """Every sum is on one line of one invoice, as it is; how many lines' hours.

    Raises Unequal.
    """
    conn = await asyncpg.connect(world.cloud_store.dsn("chaos"))
    try:
        sums = _by_hour(await conn.fetch(_SUMS, tenant_id))
        lines = _by_hour(await conn.fetch(_LINES, tenant_id))
        unmatched = await conn.fetchval(_UNMATCHED, tenant_id)
        numbers = [row["number"] for row in await conn.fetch(_NUMBERS)]
        await _leave(conn, tenant_id)
    finally:
        await conn.close()
    if sums != lines:
        keys = [key for key in {*sums, *lines} if sums.get(key) != lines.get(key)]
        detail = [f"{key}: {lines.get(key)} for {sums.get(key)}" for key in keys[:5]]
        raise Unequal(f"invoiced: {len(keys)} hours differ: {detail}")
    if unmatched:
        raise Unequal(f"{unmatched} lines count other events than their hours")
    _check_gapless(numbers)
    return len(lines)


def _check_gapless(numbers: list[str]) -> None:
    """Within each year the numbers are 1, 2, 3 …"""
    by_year: dict[str, list[int]] = {}
    for number in numbers:
        year, _, serial = number.rpartition("-")
        by_year.setdefault(year, []).append(int(serial))
    for year, serials in by_year.items():
        if sorted(serials) != list(range(1, len(serials) + 1)):
            raise Unequal(f"invoices of {year} are numbered {sorted(serials)}")


async def _leave(conn: asyncpg.Connection, tenant_id: UUID) -> None:
    """The tenant's next period never ends, so that it costs later runs no time."""
    await conn.execute(
        "update billing_periods set ends_at = '2190-01-01Z', planned_end = '2190-01-01Z' "
        "where tenant_id = $1 and state = 'running'",
        tenant_id,
    )


def _by_hour(rows: list[asyncpg.Record]) -> dict[Any, Any]:
    return {
        (row["metric"], row["hour"], row["revision"]): (row["quantity"], row["events"])
        for row in rows
    }


async def _account(world: World, tenant_id: UUID) -> asyncpg.Record:
    conn = await asyncpg.connect(world.cloud_store.dsn("chaos"))
    try:
        (row,) = await conn.fetch(_OPEN, tenant_id)
        return row
    finally:
        await conn.close()
