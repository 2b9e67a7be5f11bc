"""Child processes of the local stack: started apart, recorded, watched and stopped.

Everything here is for Linux (pidfd, /proc, PR_SET_PDEATHSIG).
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.account import Account
from deploy.local.errors import StartError
from deploy.local.rundir import RunDir, write_private

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Command:
    """What to execute. `argv[0]` is an absolute path; `environment` is the whole of it."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stdin: bytes = b""
    directory: Path = Path("/")


@dataclass(frozen=True, slots=True)
class Record:
    """A process as recorded in the run directory; `started` is in clock ticks since boot."""

    name: str
    pid: int
    started: int

    def is_alive(self) -> bool:
        """Whether that very process runs; a reused process id or a zombie does not count."""
        return start_ticks(self.pid) == self.started


class Child:
    """A running child in a session of its own. Usable from any event loop, one at a time."""

    def __init__(
        self,
        command: Command,
        process: "subprocess.Popen[bytes]",
        run: RunDir,
        log_start: int,
    ) -> None:
        """Made by `spawn`; `log_start` is the size of the log before this run, in bytes."""
        self.name = command.name
        self.pid = process.pid
        self.log = run.logs / f"{command.name}.log"
        self._process = process
        self._record = Record(command.name, process.pid, start_ticks(process.pid) or 0)
        self._record_path = run.pids / f"{command.name}.json"
        self._stop_signal = command.stop_signal
        self._log_start = log_start

    def is_alive(self) -> bool:
        """False as soon as the process has ended, before `wait` has returned."""
        return self._process.returncode is None and self._record.is_alive()

    def write_record(self) -> None:
        """Record the process in the run directory; `wait` removes that."""
        values = {"pid": self._record.pid, "started": self._record.started}
        write_private(self._record_path, json.dumps(values) + "\n")

    def log_lines(self) -> list[str]:
        """What this run wrote to its log, without earlier runs."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace").splitlines()

    def signal(self, number: int) -> None:
        """Send a signal to the process; nothing happens when it has ended."""
        if self._process.returncode is None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait for the end; the exit status, or minus the signal that killed it.

        Members of its process group that outlived it are killed.
        """
        if self._process.returncode is None:
            await _readable(os.pidfd_open(self.pid))
        if self._process.returncode is None:
            # Still a zombie, so its number cannot have become another group's.
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
            self._record_path.unlink(missing_ok=True)
        return self._process.returncode

    async def stop(self, timeout_s: float = 8.0, number: int | None = None) -> int:
        """Signal (its own stop signal by default), wait, and kill after `timeout_s` seconds."""
        self.signal(self._stop_signal if number is None else number)
        self.signal(signal.SIGCONT)
        try:
            return await asyncio.wait_for(self.wait(), timeout_s)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self.wait()


def spawn(command: Command, run: RunDir) -> Child:
    """Start a command, output appended to logs/NAME.log and recorded in pids/NAME.json.

    The kernel sends the command's stop signal when the *thread* that called this ends, so
    call it from the main thread. A program that cannot be executed ends with status 1.
    """
    log = run.logs / f"{command.name}.log"
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    account = command.account or Account(-1, -1)
    launcher = (sys.executable, "-I", "-S", str(LAUNCHER), str(account.uid), str(account.gid))
    with log.open("ab") as output:
        log_start = output.tell()
        process = subprocess.Popen(
            (*launcher, str(int(command.stop_signal)), str(os.getpid()), *command.argv),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(command.environment),
            cwd=command.directory,
            start_new_session=True,
        )
    child = Child(command, process, run, log_start)
    child.write_record()
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(command.stdin)
    return child


async def until_ready(
    child: Child,
    probe: Callable[[], Awaitable[bool]],
    explain: Callable[[list[str]], StartError],
    timeout_s: float,
) -> Child:
    """Wait until `probe` says yes. When the child ends first, raise what `explain` makes of
    its log lines; after `timeout_s` seconds stop it and raise a StartError."""
    deadline = time.monotonic() + timeout_s
    pause = 0.01
    try:
        while not await probe():
            if not child.is_alive():
                await child.wait()
                raise explain(child.log_lines())
            if time.monotonic() > deadline:
                raise StartError(
                    child.name, f"not ready after {timeout_s:.0f} s", f"look into {child.log}"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 0.1)
        if not child.is_alive():  # somebody else answered on its port
            await child.wait()
            raise explain(child.log_lines())
    except BaseException:
        await child.stop()
        raise
    return child


def records(run: RunDir) -> list[Record]:
    """The processes recorded in a run directory, dead ones included, by name."""
    found = []
    for path in sorted(run.pids.glob("*.json")):
        with contextlib.suppress(FileNotFoundError):  # it ended a moment ago
            values = json.loads(path.read_text())
            found.append(Record(path.stem, int(values["pid"]), int(values["started"])))
    return found


async def end_leftovers(run: RunDir, patience_s: float = 6.0) -> None:
    """End what a killed stack left running. The kernel has already asked it to stop; after
    `patience_s` seconds it is killed. Only for the holder of the run directory's lock."""
    deadline = time.monotonic() + patience_s
    while alive := [record for record in records(run) if record.is_alive()]:
        if time.monotonic() > deadline:
            for record in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(record.pid, signal.SIGKILL)
        await asyncio.sleep(0.02)
    for path in run.pids.glob("*.json"):
        path.unlink()


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None when it is gone or a zombie.

    Field 22 of /proc/PID/stat, proc_pid_stat(5).
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
