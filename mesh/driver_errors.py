"""Driver exceptions that say "away" or "full", as typed errors; driver text stays here."""

from urllib.parse import urlsplit

import asyncpg
import redis.exceptions

from mesh.errors import DeadlineExceeded, Internal, MeshError, StorageFull, Unavailable

_POSTGRES_AWAY: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # the server ended an idle connection: out of step
)
_REDIS_AWAY = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    redis.exceptions.BusyLoadingError,
)


def as_mesh_error(error: BaseException) -> MeshError:
    """The error itself when it is ours, a lost store as Unavailable, a time that ran out as
    DeadlineExceeded, all else as Internal.

    The text of a foreign exception is dropped: it may hold what a caller must not see.
    """
    if isinstance(error, MeshError):
        return error
    if isinstance(error, TimeoutError):
        return DeadlineExceeded()
    if lost_race(error):
        return Unavailable("postgres")
    return from_driver(error) or Internal()


def from_driver(error: BaseException) -> MeshError | None:
    """The typed error for a lost connection, full disk or statement timeout, else None."""
    if isinstance(error, asyncpg.DiskFullError):
        return StorageFull()
    if isinstance(error, asyncpg.QueryCanceledError):
        return DeadlineExceeded("a statement ran longer than allowed")
    if isinstance(error, _POSTGRES_AWAY):
        return Unavailable("postgres")
    if isinstance(error, asyncpg.InterfaceError) and "clos" in str(error):
        return Unavailable("postgres")
    if isinstance(error, _REDIS_AWAY):
        return Unavailable("redis")
    return None


def lost_race(error: BaseException) -> bool:
    """Whether the transaction gave way to another and may be run again."""
    return isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError)


def constraint_of(error: BaseException) -> str | None:
    """The name of the constraint that an insert or update broke, or None."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        name: str | None = error.constraint_name
        return name
    return None


def cannot_open(dsn: str, role: str, error: BaseException) -> str:
    """Why a database cannot be used, and what to do, without its password."""
    try:
        parts = urlsplit(dsn)
        where = f"{parts.hostname}:{parts.port or 5432}{parts.path}"
    except ValueError:
        where = "an address that cannot be read"
    if isinstance(
        error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError
    ):
        return f"postgres {where} refuses the {role} role; check its user and password"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"postgres {where} has no such database; create it or correct the address"
    if isinstance(error, OSError):
        return f"postgres {where} does not answer; start it or correct the address"
    return f"postgres {where} cannot be used as {role}: {type(error).__name__}"
