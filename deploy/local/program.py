"""A program of the mesh itself (or any other) as a service that a supervisor can run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.local.errors import StartError
from deploy.local.process import Child, Command, spawn, until_ready
from deploy.local.rundir import RunDir


@dataclass(slots=True)
class Program:
    """A command and the probe that says whether it is ready (False or an answer later)."""

    command: Command
    run: RunDir
    probe: Callable[[], Awaitable[bool]]
    ready_s: float = 30.0
    child: Child | None = None

    @property
    def name(self) -> str:
        """The command's name."""
        return self.command.name

    async def start(self) -> Child:
        """Start and wait until the probe says yes; raises StartError."""
        child = spawn(self.command, self.run)
        self.child = await until_ready(child, self.probe, self._explain, self.ready_s)
        return self.child

    async def stop(self, *, timeout_s: float = 8.0) -> None:
        """Send the command's stop signal, kill after `timeout_s` seconds."""
        if self.child is not None:
            await self.child.stop(timeout_s)

    def _explain(self, lines: list[str]) -> StartError:
        said = [line.strip() for line in lines if line.strip()]
        reason = said[-1] if said else "it ended without a word"
        return StartError(self.name, reason, f"see {self.run.logs}/{self.name}.log")
