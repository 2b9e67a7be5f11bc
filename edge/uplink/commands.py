"""What the cloud tells this device to do; each command is carried out once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol

from gen.betterproto.brinkbyte.heartbeat import v1
from mesh.clock import Clock
from mesh.errors import MeshError

_REMEMBERED = 1000


class Rights(Protocol):
    """The part of licensing that commands and epochs reach."""

    async def refresh(self) -> None:
        """Asks the cloud about every camera now. Raises MeshError."""
        ...


class Journal(Protocol):
    """The part of the usage upload that commands reach."""

    def resync(self, seq: int) -> None:
        """Everything from `seq` on is to be sent again."""
        ...


class Commands:
    """Carries out commands and remembers the results of the last 1,000."""

    def __init__(self, rights: Rights, journal: Journal, clock: Clock) -> None:
        """`clock` judges deadlines."""
        self._rights = rights
        self._journal = journal
        self._clock = clock
        self._results: OrderedDict[str, asyncio.Future[v1.CommandResult]] = OrderedDict()

    async def result(self, command: v1.Command) -> v1.CommandResult:
        """The command's result; one that came before is not carried out again."""
        known = self._results.get(command.command_id)
        if known is None:
            known = asyncio.ensure_future(self._carry_out(command))
            self._results[command.command_id] = known
            if len(self._results) > _REMEMBERED:
                self._results.popitem(last=False)
        return await asyncio.shield(known)

    async def _carry_out(self, command: v1.Command) -> v1.CommandResult:
        succeeded, detail = await self._try(command)
        return v1.CommandResult(
            command_id=command.command_id,
            state=v1.CommandState.SUCCEEDED if succeeded else v1.CommandState.FAILED,
            detail=detail[:1000],
        )

    async def _try(self, command: v1.Command) -> tuple[bool, str]:
        if command.deadline is not None and command.deadline < self._clock.now():
            return False, "the deadline had passed when the command came"
        handler = self._handlers().get(command.kind)
        if handler is None:
            return False, "this device does not know the command"
        try:
            return True, await handler(command)
        except MeshError as error:
            return False, f"{error.reason}: {error.message}"

    def _handlers(self) -> dict[v1.CommandKind, Callable[[v1.Command], Awaitable[str]]]:
        return {
            v1.CommandKind.PING: self._ping,
            v1.CommandKind.REFRESH_LICENSES: self._refresh,
            v1.CommandKind.RESYNC_USAGE: self._resync,
        }

    async def _ping(self, _: v1.Command) -> str:
        return "pong"

    async def _refresh(self, _: v1.Command) -> str:
        await self._rights.refresh()
        return "every camera licence was fetched again"

    async def _resync(self, command: v1.Command) -> str:
        first = max(1, command.resync_from_seq)
        self._journal.resync(first)
        return f"the usage journal is sent again from {first}"
