"""PostgreSQL: pools by role and the one place where transactions are opened."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import asyncpg

from mesh.driver_errors import cannot_open, constraint_of, from_driver, lost_race
from mesh.errors import StartError, Unavailable
from mesh.retry import Backoff

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

__all__ = [
    "Connection",
    "Database",
    "Pool",
    "Role",
    "constraint_of",
    "retry_serialization",
    "savepoint",
]

_ACQUIRE_S = 5.0
_CONNECT_S = 5.0
_ROLLBACK_S = 2.0


class Role(Enum):
    """The database roles; each has a pool and rights of its own."""

    APP = "app"
    WORKER = "worker"
    VENDOR = "vendor"
    OWNER = "owner"


class Database:
    """Transactions on a PostgreSQL server.

    Every transaction states its tenant (or none) itself, so a pooled connection carries
    nothing from one to the next and needs no reset between them. Lost connections are
    replaced at the next use. Times come back aware in UTC, UUIDs as uuid.UUID.
    """

    def __init__(self, pools: Mapping[Role, Pool]) -> None:
        """`pools` by role; `open` makes them."""
        self._pools = dict(pools)

    @classmethod
    async def open(
        cls,
        dsns: Mapping[Role, str],
        *,
        pool_size: int = 10,
        statement_timeout: timedelta = timedelta(seconds=30),
        application_name: str = "brinkbyte",
    ) -> "Database":
        """Connects once per role and returns the ready database.

        Raises StartError, naming host and database, when one cannot be reached.
        """
        opened: dict[Role, Pool] = {}
        try:
            for role, dsn in dsns.items():
                opened[role] = await _open_pool(
                    dsn, role, pool_size, statement_timeout, application_name
                )
        except BaseException:
            for pool in opened.values():
                pool.terminate()
            raise
        return cls(opened)

    async def close(self) -> None:
        """Waits for running transactions to end, then closes every connection."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def ping(self, role: Role = Role.APP) -> None:
        """One round trip. Raises Unavailable."""
        async with self.transaction(role) as conn:
            await conn.execute("select 1")

    @asynccontextmanager
    async def tenant(self, tenant_id: UUID, role: Role = Role.APP) -> AsyncIterator[Connection]:
        """One transaction that sees only the rows of `tenant_id` (row-level security).

        The setting is a UUID literal in a SET LOCAL, the only form that Citus forwards.
        Raises Unavailable, StorageFull, DeadlineExceeded.
        """
        if not isinstance(tenant_id, UUID):
            raise TypeError("tenant_id must be a UUID")
        begin = f"BEGIN; SET LOCAL app.tenant_id = '{UUID(int=tenant_id.int)}'"
        async with self._run(role, begin) as conn:
            yield conn

    @asynccontextmanager
    async def vendor(self) -> AsyncIterator[Connection]:
        """One transaction of the vendor role, for named reports across tenants."""
        async with self.transaction(Role.VENDOR) as conn:
            yield conn

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Connection]:
        """One transaction of the worker role, for background work."""
        async with self.transaction(Role.WORKER) as conn:
            yield conn

    @asynccontextmanager
    async def transaction(self, role: Role) -> AsyncIterator[Connection]:
        """One transaction of `role` with no tenant set.

        Raises Unavailable, StorageFull, DeadlineExceeded.
        """
        async with self._run(role, "BEGIN; SET LOCAL app.tenant_id = ''") as conn:
            yield conn

    @asynccontextmanager
    async def _run(self, role: Role, begin: str) -> AsyncIterator[Connection]:
        conn = await self._acquire(role)
        try:
            await conn.execute(begin)
            yield conn
            await _commit(conn)
        except BaseException as error:
            lost = _lost(conn)
            await _rollback(conn)
            known = from_driver(error)
            if known is None and lost and isinstance(error, OSError | asyncpg.InterfaceError):
                known = Unavailable("postgres")
            if known is None:
                raise
            raise known from error
        finally:
            await self._pools[role].release(conn)

    async def _acquire(self, role: Role) -> Connection:
        try:
            conn: Connection = await self._pools[role].acquire(timeout=_ACQUIRE_S)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise from_driver(error) or Unavailable("postgres") from error
        return conn


async def savepoint(conn: Connection, work: Callable[[], Awaitable[None]]) -> None:
    """Runs `work` so that its failure leaves the rest of the transaction usable."""
    await conn.execute("SAVEPOINT mesh")
    try:
        await work()
    except BaseException:
        if not _lost(conn):
            await conn.execute("ROLLBACK TO SAVEPOINT mesh; RELEASE SAVEPOINT mesh")
        raise
    await conn.execute("RELEASE SAVEPOINT mesh")


T = TypeVar("T")


async def retry_serialization(
    work: Callable[[], Awaitable[T]], *, attempts: int = 5, backoff: Backoff | None = None
) -> T:
    """Runs `work`, a whole transaction, again after a serialisation failure or deadlock.

    Raises Unavailable when the last attempt fails too.
    """
    delays = backoff or Backoff(0.005, cap=0.2)
    for attempt in range(1, attempts + 1):
        try:
            return await work()
        except asyncpg.PostgresError as error:
            if not lost_race(error):
                raise
            if attempt == attempts:
                raise Unavailable("postgres") from error
            await asyncio.sleep(next(delays))
    raise ValueError("attempts must be at least 1")


def _lost(conn: Connection) -> bool:
    """Whether the server is gone; the pool takes a lost connection away from its user."""
    try:
        return conn.is_closed()
    except asyncpg.InterfaceError:
        return True


async def _commit(conn: Connection) -> None:
    """PostgreSQL answers COMMIT after a failed statement with a rollback and no error."""
    done = await conn.execute("COMMIT")
    if done != "COMMIT":
        raise RuntimeError("the transaction hid a failed statement and was rolled back")


async def _rollback(conn: Connection) -> None:
    if _lost(conn):
        return
    try:
        await conn.execute("ROLLBACK", timeout=_ROLLBACK_S)
    except Exception:
        _terminate(conn)
    except BaseException:
        _terminate(conn)
        raise


def _terminate(conn: Connection) -> None:
    """A connection that broke meanwhile may have left its pool, and is then nobody's."""
    with suppress(asyncpg.InterfaceError):
        conn.terminate()


async def _open_pool(
    dsn: str, role: Role, size: int, statement_timeout: timedelta, application_name: str
) -> Pool:
    timeout_s = statement_timeout.total_seconds()
    try:
        pool = await asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=size,
            timeout=_CONNECT_S,
            command_timeout=timeout_s + 5,
            reset=_keep,
            server_settings={
                "application_name": f"{application_name}-{role.value}",
                "timezone": "UTC",
                "jit": "off",
                "statement_timeout": str(int(timeout_s * 1000)),
                "idle_in_transaction_session_timeout": "60000",
            },
        )
        await pool.release(await pool.acquire(timeout=_CONNECT_S))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise StartError(cannot_open(dsn, role.value, error)) from error
    return pool


async def _keep(_: object) -> None:
    """Resets nothing: every transaction sets its own state, all of it LOCAL."""
