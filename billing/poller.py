"""Reads the truth for many who wait: for all of them each second, at once for the nudged."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Generic, TypeVar

import structlog

from mesh.errors import MeshError

T = TypeVar("T")

_POLL_S = 1.0


class Poller(Generic[T]):
    """One read for all of them, so that a replica costs the database the same whoever waits."""

    def __init__(
        self,
        name: str,
        everyone: Callable[[], Collection[T]],
        read: Callable[[Collection[T]], Awaitable[None]],
    ) -> None:
        """`run` calls `read`; one that fails is logged once under `name`, and tried again."""
        self._name = name
        self._everyone = everyone
        self._read = read
        self._nudged: set[T] = set()
        self._stir = asyncio.Event()
        self._away = False
        self._log = structlog.get_logger()

    def nudge(self, one: T) -> None:
        """Something may have changed for this one: reads at once."""
        self._nudged.add(one)
        self._stir.set()

    def forget(self, one: T) -> None:
        """It waits no more."""
        self._nudged.discard(one)

    async def run(self) -> None:
        """Polls until cancelled."""
        loop = asyncio.get_running_loop()
        full_at = loop.time() + _POLL_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(full_at):
                    await self._stir.wait()
            full = loop.time() >= full_at
            self._stir.clear()
            wanted = self._everyone() if full else list(self._nudged)
            self._nudged.clear()
            if full:
                full_at = loop.time() + _POLL_S
            if wanted:
                await self._try(wanted)

    async def _try(self, wanted: Collection[T]) -> None:
        try:
            await self._read(wanted)
        except Exception as error:
            if not self._away:
                known = isinstance(error, MeshError)
                self._log.warning(
                    f"{self._name}_poll_failed",
                    error=type(error).__name__,
                    exc_info=None if known else error,
                )
            self._away = True
        else:
            self._away = False
