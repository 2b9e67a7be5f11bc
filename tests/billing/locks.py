"""Transactions that wait for each other."""

import asyncio

import asyncpg


async def somebody_waits(connection: asyncpg.Connection) -> None:
    """Until another transaction of this connection's database waits for a lock."""
    async with asyncio.timeout(30):
        while not await connection.fetchval(
            "select exists (select from pg_stat_activity "
            "where datname = current_database() and wait_event_type = 'Lock')"
        ):
            await asyncio.sleep(0.01)
