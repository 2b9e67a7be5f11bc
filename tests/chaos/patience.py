"""Deadlines of what a run waits for: one that is missed says who waits for what."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

PHASE_S = 300.0
"""A phase takes seconds, and a minute on a busy machine; what takes so long has failed."""


class Stuck(AssertionError):
    """Something that should have come never did."""


@asynccontextmanager
async def phase(
    name: str, waits: Callable[[], Awaitable[str]], *, limit_s: float = PHASE_S
) -> AsyncIterator[None]:
    """Lets the block take `limit_s` seconds; `waits` says then which side waits for what.

    Raises Stuck.
    """
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError as error:
        try:
            async with asyncio.timeout(10):
                told = await waits()
        except Exception as lost:
            told = f"unknown, for asking failed: {lost!r}"
        raise Stuck(f"{name} took longer than {limit_s:g} s: {told}") from error
