"""Many who ask the same at once share one answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

from mesh.clock import Clock
from mesh.errors import RateLimited

K = TypeVar("K")
V = TypeVar("V")

_MAX_RUNNING = 1000


class SingleFlight(Generic[K, V]):
    """Runs one load per key at a time; callers that come meanwhile get the same result.

    A load that began `max_age` ago or earlier is shared no more: what it read may be older
    than a caller accepts.
    """

    def __init__(self, max_age: timedelta, clock: Clock, max_running: int = _MAX_RUNNING) -> None:
        """Loads outlive callers that give up, so `max_running` bounds them by themselves."""
        self._max_age_s = max_age.total_seconds()
        self._clock = clock
        self._max_running = max_running
        self._shared: dict[K, tuple[float, asyncio.Future[V]]] = {}
        self._running: set[asyncio.Future[V]] = set()

    async def load(self, key: K, work: Callable[[float], Awaitable[V]]) -> V:
        """The result of `work`, or of the load of `key` that is under way.

        `work` is given the moment when it begins, of the monotonic clock. The load goes on when
        a caller is cancelled. Raises what it raises, RateLimited when too many loads run.
        """
        now = self._clock.monotonic()
        shared = self._shared.get(key)
        if shared is not None and now - shared[0] < self._max_age_s:
            return await asyncio.shield(shared[1])
        if len(self._running) >= self._max_running:
            raise RateLimited
        running = asyncio.ensure_future(work(now))
        self._running.add(running)
        self._shared[key] = now, running
        running.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(running)

    def _finished(self, key: K, done: "asyncio.Future[V]") -> None:
        self._running.discard(done)
        if self._shared.get(key, (0.0, None))[1] is done:
            del self._shared[key]
        if not done.cancelled():
            done.exception()  # seen, also when every caller has left
