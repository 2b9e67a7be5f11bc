"""Reads sums that belong together although each part tells its own at another moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from deploy.demo.result import Result
from deploy.demo.sums import Journal
from deploy.local.errors import StartError

MOST_READS = 3


async def read_steady(
    at_rest: Callable[[], Awaitable[Journal]], read: Callable[[], Awaitable[Result]]
) -> Result:
    """What `read` finds while the node's journal stands still.

    `at_rest` returns the journal once nothing is on its way; `read` ends with the journal. An
    event made meanwhile (a minute of API calls that ended) makes it read again.
    Raises StartError when the journal never stands still.
    """
    for _ in range(MOST_READS):
        before = await at_rest()
        result = await read()
        if result.journal == before:
            return result
    raise StartError("demo", "the node's journal never stood still", "see the edge's log")
