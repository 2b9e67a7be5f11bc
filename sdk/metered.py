"""A decorator that puts a handler behind a quota: check before, count after."""

import asyncio
import inspect
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import structlog

from mesh.errors import FailedPrecondition
from rights.catalog.model import WhenUnknown
from sdk.event import Quantity
from sdk.meter import Meter, Spending

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Running:
    """A meter and the event loop that it runs in."""

    meter: Meter
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class Metered:
    """How a handler uses a quota. `estimate` and `resource` may be functions of the handler's
    arguments; `actual` is a function of its result, of each item where it is a generator, and
    without it the estimate counts. `spent_on_error` is a function of what the handler raised."""

    metric: str
    estimate: Quantity | Callable[..., Quantity] = 1
    actual: Callable[[Any], Quantity] | None = None
    resource: str | Callable[..., str] = ""
    spent_on_error: Callable[[BaseException], Quantity] | None = None
    when_unknown: WhenUnknown | str = WhenUnknown.CLOSED
    ttl_s: int = 300

    def behind(self, running: Callable[[], Running], function: Callable[P, R]) -> Callable[P, R]:
        """The function behind the quota.

        Raises ValueError at once for an unknown policy, TypeError for a plain generator.
        """
        WhenUnknown(self.when_unknown)
        if inspect.isgeneratorfunction(function):
            raise TypeError("a generator that is not async cannot be metered")
        if inspect.isasyncgenfunction(function):
            wrapped = self._generator(running, function)
        elif inspect.iscoroutinefunction(function):
            wrapped = self._coroutine(running, function)
        else:
            wrapped = self._plain(running, function)
        return cast("Callable[P, R]", wraps(function)(wrapped))

    def use(self, meter: Meter, name: str, args: Any, kwargs: Any) -> Any:
        """The block of Meter.use for these arguments; `name` is the resource by default."""
        estimate = self.estimate(*args, **kwargs) if callable(self.estimate) else self.estimate
        resource = self.resource(*args, **kwargs) if callable(self.resource) else self.resource
        return meter.use(
            self.metric,
            estimate,
            resource=resource or name,
            when_unknown=self.when_unknown,
            ttl_s=self.ttl_s,
        )

    def saw(self, spending: Spending, result: Any) -> None:
        """Adds what a result or an item says; where that fails, the estimate counts."""
        self._add(spending, self.actual, result)

    def failed(self, spending: Spending, error: BaseException) -> None:
        """Adds what an error says that was used all the same."""
        self._add(spending, self.spent_on_error, error)

    def _add(
        self, spending: Spending, tell: Callable[[Any], Quantity] | None, told: object
    ) -> None:
        """A result that is there is not withheld because counting it failed."""
        if tell is not None:
            try:
                spending.add(tell(told))
            except Exception:
                structlog.get_logger().exception("a use cannot be counted", metric=self.metric)

    def _coroutine(self, running: Callable[[], Running], function: Any) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            async with self.use(running().meter, function.__name__, args, kwargs) as spending:
                try:
                    result = await function(*args, **kwargs)
                except BaseException as error:
                    self.failed(spending, error)
                    raise
                self.saw(spending, result)
            return result

        return call

    def _generator(self, running: Callable[[], Running], function: Any) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            async with self.use(running().meter, function.__name__, args, kwargs) as spending:
                try:
                    async with aclosing(function(*args, **kwargs)) as items:
                        async for item in items:
                            self.saw(spending, item)
                            yield item
                except BaseException as error:
                    self.failed(spending, error)
                    raise

        return call

    def _plain(self, running: Callable[[], Running], function: Any) -> Any:
        """For worker threads: the event loop of the meter does what waits."""

        async def counted(args: Any, kwargs: Any) -> Any:
            async with self.use(running().meter, function.__name__, args, kwargs) as spending:
                try:
                    result = await asyncio.to_thread(function, *args, **kwargs)
                except BaseException as error:
                    self.failed(spending, error)
                    raise
                self.saw(spending, result)
            return result

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                loop = running().loop
                return asyncio.run_coroutine_threadsafe(counted(args, kwargs), loop).result()
            raise FailedPrecondition(
                "STATE_CONFLICT",
                "event loop",
                "a plain function that is metered is called from a worker thread",
            )

        return call
