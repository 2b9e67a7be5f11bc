"""Keeps named services running: started by dependency, restarted when they die, stopped in
reverse order."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.local.errors import StartError, from_os
from deploy.local.process import Child

Kind = Literal["starting", "ready", "died", "restarting", "gave_up", "stopping", "stopped"]


class Startable(Protocol):
    """A service: PostgresServer, RedisServer, TritonServer, Program."""

    @property
    def name(self) -> str:
        """Unique among the services of one supervisor."""
        ...

    async def start(self) -> Child:
        """Start and wait until ready; StartError otherwise. Called again after a death."""
        ...

    async def stop(self, *, timeout_s: float) -> None:
        """Stop, by force after `timeout_s` seconds; nothing happens when it is down."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """What to run and the names of the services that must be ready before it."""

    what: Startable
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a service; `seconds` is how long it took, `detail` a line for people."""

    name: str
    kind: Kind
    seconds: float = 0.0
    pid: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Pauses between restarts double from `first_s` to `last_s`. A death within `quick_s`
    seconds of readiness is a quick one; after `quick_deaths` in a row the service is given
    up, and with it the stack."""

    first_s: float = 0.2
    last_s: float = 5.0
    quick_s: float = 5.0
    quick_deaths: int = 5

    def pause_s(self, quick: int) -> float:
        """The pause before the restart that follows `quick` quick deaths in a row."""
        return float(min(self.first_s * 2 ** max(0, quick - 1), self.last_s))


class _Unit:
    """The supervisor's notes about one service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.child: Child | None = None
        self.ready = asyncio.Event()
        self.down = asyncio.Event()
        self.quick = 0
        self.ordered: int | None = None
        self.last_words = ""


class Supervisor:
    """Runs services until `stop`. `on_event` is called in the event loop and must not block."""

    def __init__(
        self,
        services: Sequence[Service],
        on_event: Callable[[Event], None],
        policy: RestartPolicy | None = None,
        stop_s: float = 10.0,
    ) -> None:
        """ValueError when the services need each other in a circle or a missing one."""
        self._units = {service.what.name: _Unit(service) for service in services}
        self._order = in_order(services)
        self._on_event = on_event
        self._policy = policy or RestartPolicy()
        self._stop_s = stop_s
        self._tasks: list[asyncio.Task[None]] = []
        self._failure: asyncio.Future[StartError] | None = None

    async def start(self) -> None:
        """Start everything, in parallel where dependencies allow it.

        StartError when a service does not start; the others are stopped again.
        """
        self._failure = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.TaskGroup() as group:
                for unit in self._units.values():
                    group.create_task(self._start_one(unit))
        except ExceptionGroup as group_error:
            await self.stop()
            refused = group_error.subgroup(StartError)
            raise (refused.exceptions[0] if refused else group_error) from None
        except BaseException:
            await self.stop()
            raise
        self._tasks = [asyncio.create_task(self._keep(unit)) for unit in self._units.values()]

    async def wait_failed(self) -> StartError:
        """Wait until a service was given up; the error says which and why."""
        assert self._failure is not None
        return await asyncio.shield(self._failure)

    async def stop(self) -> None:
        """Stop everything in reverse order, each service after those that need it.

        A service that hangs is killed, so that the whole ends within `stop_s` seconds.
        """
        deadline = time.monotonic() + self._stop_s
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        stopped = {name: asyncio.Event() for name in self._order}
        async with asyncio.TaskGroup() as group:
            for name in self._order:
                group.create_task(self._stop_one(name, stopped, deadline))

    def pid(self, name: str) -> int | None:
        """The process id of a service, None while it is down."""
        child = self._units[name].child
        return child.pid if child is not None and child.is_alive() else None

    def kill(self, name: str, number: int) -> int:
        """Send a signal to a service; returns its process id, for `wait_ready`.

        A death that was ordered here does not count as a quick one.
        """
        unit = self._units[name]
        child = unit.child
        if child is None or not child.is_alive():
            raise ProcessLookupError(f"{name} is down")
        unit.ordered = child.pid
        child.signal(number)
        return child.pid

    async def wait_ready(self, name: str, after: int | None = None) -> int:
        """Wait until a service is ready, as another process than `after`; its process id."""
        unit = self._units[name]
        while True:
            await unit.ready.wait()
            pid = self.pid(name)
            if pid is not None and pid != after:
                return pid
            # It died a moment ago and the keeper has not noticed, or is about to be killed.
            await unit.down.wait()

    async def _start_one(self, unit: _Unit) -> None:
        """Starts a service once all that it needs is ready, the first time and again."""
        for needed in unit.service.needs:
            await self._units[needed].ready.wait()
        name = unit.service.what.name
        begin = time.monotonic()
        self._on_event(Event(name, "starting"))
        try:
            unit.child = await unit.service.what.start()
        except OSError as error:
            raise from_os(name, error) from error
        unit.down.clear()
        unit.ready.set()
        took = time.monotonic() - begin
        self._on_event(Event(name, "ready", took, unit.child.pid))

    async def _keep(self, unit: _Unit) -> None:
        """Restart the service whenever it dies, until cancelled or given up."""
        name, policy = unit.service.what.name, self._policy
        while True:
            await self._until_death(unit)
            if unit.quick >= policy.quick_deaths:
                self._give_up(unit)
                return
            pause = policy.pause_s(unit.quick)
            self._on_event(Event(name, "restarting", pause, detail=f"in {pause:.1f} s"))
            await asyncio.sleep(pause)
            try:
                await self._start_one(unit)
            except Exception as error:  # a defect, too, must not leave the service unkept
                unit.child = None
                reason = error.reason if isinstance(error, StartError) else repr(error)
                unit.last_words = f"it did not start again: {reason}"
                self._on_event(Event(name, "died", detail=str(error)))

    async def _until_death(self, unit: _Unit) -> None:
        """Wait for the end of the service, count it and note its last words."""
        begin = time.monotonic()
        if unit.child is None:
            unit.quick += 1
            return
        status = await unit.child.wait()
        unit.ready.clear()
        unit.down.set()
        lived = time.monotonic() - begin
        ordered = unit.ordered == unit.child.pid
        quick = lived < self._policy.quick_s and not ordered
        unit.quick = unit.quick + 1 if quick else 1
        detail = f"signal {-status}" if status < 0 else f"status {status}"
        name = unit.service.what.name
        unit.last_words = f"it ended with {detail}"
        self._on_event(Event(name, "died", lived, unit.child.pid, unit.last_words))

    def _give_up(self, unit: _Unit) -> None:
        name = unit.service.what.name
        reason = f"it died {unit.quick} times in a row, the last time: {unit.last_words}"
        error = StartError(name, reason, "see its log")
        self._on_event(Event(name, "gave_up", detail=str(error)))
        if self._failure is not None and not self._failure.done():
            self._failure.set_result(error)

    async def _stop_one(
        self, name: str, stopped: dict[str, asyncio.Event], deadline: float
    ) -> None:
        for other, unit in self._units.items():
            if name in unit.service.needs:
                await stopped[other].wait()
        unit = self._units[name]
        unit.ready.clear()
        begin = time.monotonic()
        pid = self.pid(name)
        if pid is not None:
            self._on_event(Event(name, "stopping", pid=pid))
        # Leaves time for what stops after it.
        await unit.service.what.stop(timeout_s=max(0.5, (deadline - begin) * 0.6))
        if pid is not None:
            self._on_event(Event(name, "stopped", time.monotonic() - begin, pid))
        stopped[name].set()


def in_order(services: Sequence[Service]) -> list[str]:
    """Names with every service after what it needs; ValueError on a cycle or a wrong name."""
    remaining = {service.what.name: set(service.needs) for service in services}
    if len(remaining) != len(services):
        raise ValueError("two services have one name")
    order: list[str] = []
    while remaining:
        free = [name for name, needs in remaining.items() if needs <= set(order)]
        if not free:
            raise ValueError(f"these services need each other or a missing one: {remaining}")
        order += free
        for name in free:
            del remaining[name]
    return order
