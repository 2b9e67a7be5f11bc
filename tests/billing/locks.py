"""Transactions that wait for each other."""

import asyncio

import asyncpg


async def somebody_waits(connection: asyncpg.Connection, how_many: int = 1) -> None:
    """Until so many transactions of this connection's database wait for a lock."""
    async with asyncio.timeout(60):
        while not await connection.fetchval(
            "select count(*) >= $1 from pg_stat_activity "
            "where datname = current_database() and wait_event_type = 'Lock'",
            how_many,
        ):
            await asyncio.sleep(0.01)
