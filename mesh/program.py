"""How every program of the mesh runs: event loop, signals, and a clear end."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable

import uvloop

from mesh.errors import MeshError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs `main(stop)` on uvloop until it returns.

    SIGTERM and SIGINT set `stop`; a second one cancels `main`. A MeshError ends the program
    with its one line on standard error.
    Raises SystemExit with code 1 then.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_supervise(main))
    except MeshError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - the program's last word
        raise SystemExit(1) from None


async def _supervise(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    task = asyncio.ensure_future(main(stop))

    def on_signal() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, on_signal)
    try:
        await task
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
