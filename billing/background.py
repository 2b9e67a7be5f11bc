"""Work that a server does beside serving."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from mesh.errors import MeshError

T = TypeVar("T")


class Background(Protocol):
    """One kind of work. Any number of replicas may do it at the same time."""

    async def run(self) -> None:
        """Works until cancelled; failures are logged and tried again."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """For whom work failed, and why in a few words."""

    whom: str
    reason: str


async def repeat(
    work: Callable[[], Awaitable[object]],
    complaint: str,
    every_s: float,
    *,
    retry_s: float | None = None,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Works at once and then every `every_s` seconds, until cancelled.

    What fails is logged as `complaint`, and tried again after `retry_s` seconds where that is
    given. `pause` may end early, as the wait for a wake-up does.
    """
    log = structlog.get_logger()
    while True:
        wait_s = every_s
        try:
            await work()
        except MeshError as error:
            log.warning(complaint, reason=error.reason)
            wait_s = every_s if retry_s is None else retry_s
        except Exception:
            log.exception(complaint)
            wait_s = every_s if retry_s is None else retry_s
        await pause(wait_s)


async def for_each(
    whom: Iterable[T],
    work: Callable[[T], Awaitable[object]],
    complaint: str,
    named: Callable[[T], str] = str,
) -> list[Failure]:
    """Works for one after the other. What fails for one of them is logged as `complaint` with who
    it was, and keeps no other waiting; returns what failed."""
    log = structlog.get_logger()
    failed = []
    for each in whom:
        try:
            await work(each)
        except MeshError as error:
            log.warning(complaint, whom=named(each), reason=error.reason, error=error.message)
            failed.append(Failure(named(each), error.message))
        except Exception as error:
            log.exception(complaint, whom=named(each))
            failed.append(Failure(named(each), type(error).__name__))
    return failed
