"""When hours may pass at once: while nothing is on its way to a meter of Stripe's.

A call and the library's own retries take seconds. Would a day pass in the middle of them, which it
never does, Stripe would have forgotten the identifier of what it was told and count it twice.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import asyncpg

_ON_ITS_WAY = """
select exists (select from stripe_submissions
    where state = 'pending' and first_sent_at is not null and next_try_at <= $1)
"""


async def do_at_rest(
    dsn: str, clock: Callable[[], datetime], step: Callable[[], Awaitable[None]]
) -> bool:
    """Does the step, during which no submission begins; False, and nothing is done, while one has
    neither landed nor been put off."""
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction():
            await conn.execute("lock table stripe_submissions in share row exclusive mode")
            if await conn.fetchval(_ON_ITS_WAY, clock()):
                return False
            await step()
    finally:
        await conn.close()
    return True
