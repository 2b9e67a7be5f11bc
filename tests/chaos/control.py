"""Processes that are forked from one that has everything imported, and obey over a pipe.

A restart costs a fork instead of seconds of imports, so that runs can kill as they like.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

Handler = Callable[[str, Any], Awaitable[Any]]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.chaos.cloud_process", "tests.chaos.node_process"])


class ShiftedClock:
    """The machine's clock, moved by `offset`, which may grow while it runs."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        return monotonic()


class DiedError(Exception):
    """The process ended instead of answering."""


class ControlledProcess:
    """A child that runs `target(settings, pipe)`; `ask` talks to its `obey`."""

    def __init__(self, target: Callable[[Any, Connection], None], settings: Any) -> None:
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=target, args=(settings, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._asking = asyncio.Lock()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def exitcode(self) -> int | None:
        """None while it runs, minus the signal that killed it."""
        return self._process.exitcode

    async def ask(self, name: str, value: Any = None) -> Any:
        """The answer. Raises DiedError, and RuntimeError where the child could not."""
        async with self._asking:
            return await asyncio.to_thread(self._ask, name, value)

    def _ask(self, name: str, value: Any) -> Any:
        try:
            self._pipe.send((name, value))
            fine, answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise DiedError(name) from error
        if not fine:
            raise RuntimeError(answer)
        return answer

    def kill(self) -> None:
        self._process.kill()

    async def end(self) -> None:
        """Kills it if it runs and waits for its end."""
        self._process.kill()
        await asyncio.to_thread(self._process.join)
        self._pipe.close()

    def was_killed(self) -> bool:
        return self.exitcode == -signal.SIGKILL


async def obey(pipe: Connection, handler: Handler) -> None:
    """Answers each message by `handler`, until the other end goes away, which ends the process."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    async def answered(name: str, value: Any) -> tuple[bool, Any]:
        try:
            return True, await handler(name, value)
        except Exception as error:
            return False, f"{type(error).__name__}: {error}"

    def talk() -> None:
        try:
            while True:
                name, value = pipe.recv()
                pipe.send(asyncio.run_coroutine_threadsafe(answered(name, value), loop).result())
        except (EOFError, OSError):
            os._exit(1)

    threading.Thread(target=talk, daemon=True).start()
    await done
