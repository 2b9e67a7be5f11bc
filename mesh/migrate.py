"""Numbered SQL files, applied once each and in order.

Files are named NNNN_name.sql. `${name}` in a file is replaced by the placeholder of that
name; the checksum covers the file as written. Replicas may start together: an advisory
lock lets one of them work while the others wait.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from mesh.driver_errors import cannot_open
from mesh.errors import StartError

if TYPE_CHECKING:
    SqlConnection = asyncpg.Connection[asyncpg.Record]
else:
    SqlConnection = asyncpg.Connection

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_SAFE_VALUE = re.compile(r"[A-Za-z0-9_.-]+")
_LOCK = 0x6D_65_73_68  # "mesh"

_LEDGER = """
create table if not exists schema_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `checksum` is the SHA-256 of its text in hex."""

    version: int
    name: str
    checksum: str
    sql: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that this run applied."""

    version: int
    name: str


async def migrate(
    dsn: str,
    directory: Path | Traversable,
    *,
    placeholders: Mapping[str, str] | None = None,
) -> list[Applied]:
    """Applies what is missing, each file in a transaction of its own.

    Placeholder values may hold letters, digits, `_`, `.` and `-` only.
    Raises StartError when an applied file was changed, renamed or removed, when a new file
    sorts before an applied one, or when a file fails (then it leaves no trace).
    """
    migrations = load(directory)
    async with _connected(dsn) as conn:
        await conn.execute("select pg_advisory_lock($1)", _LOCK)
        try:
            await conn.execute(_LEDGER)
            missing = await _compare(conn, migrations)
            return [await _apply(conn, found, placeholders or {}) for found in missing]
        finally:
            await conn.execute("select pg_advisory_unlock($1)", _LOCK)


async def pending(dsn: str, directory: Path | Traversable) -> list[Migration]:
    """What `migrate` would apply. Raises StartError as `migrate` does."""
    migrations = load(directory)
    async with _connected(dsn) as conn:
        if await conn.fetchval("select to_regclass('schema_migrations')") is None:
            return migrations
        return await _compare(conn, migrations)


async def verify(dsn: str, directory: Path | Traversable) -> None:
    """Raises StartError unless the database stands exactly at the newest file."""
    missing = await pending(dsn, directory)
    if missing:
        first = missing[0]
        raise StartError(
            f"migration {first.version:04}_{first.name} is not applied "
            f"({len(missing)} missing); run the migrations first"
        )


def load(directory: Path | Traversable) -> list[Migration]:
    """The files of `directory` in order.

    Raises StartError for a name that does not fit or a number used twice.
    """
    found: dict[int, Migration] = {}
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".sql"):
            continue
        match = _NAME.fullmatch(entry.name)
        if match is None:
            raise StartError(f"migration {entry.name}: name it NNNN_name.sql")
        version = int(match[1])
        if version in found:
            raise StartError(f"migration {entry.name}: number {version:04} is used twice")
        sql = entry.read_text(encoding="utf-8")
        checksum = hashlib.sha256(sql.encode()).hexdigest()
        found[version] = Migration(version, match[2], checksum, sql)
    return list(found.values())


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[SqlConnection]:
    try:
        conn: SqlConnection = await asyncpg.connect(dsn, timeout=10)
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise StartError(cannot_open(dsn, "owner", error)) from error
    try:
        yield conn
    finally:
        await conn.close()


async def _compare(conn: SqlConnection, migrations: Sequence[Migration]) -> list[Migration]:
    """The files not applied yet, after checking those that are."""
    rows = await conn.fetch("select version, name, checksum from schema_migrations")
    applied = {row["version"]: row for row in rows}
    files = {found.version: found for found in migrations}
    for version, row in sorted(applied.items()):
        label = f"migration {version:04}_{row['name']}"
        if version not in files:
            raise StartError(f"{label} was applied but its file is missing; restore the file")
        if (files[version].name, files[version].checksum) != (row["name"], row["checksum"]):
            raise StartError(
                f"{label} was changed after it was applied; restore it and add a new file"
            )
    newest = max(applied, default=0)
    missing = [found for found in migrations if found.version not in applied]
    for found in missing:
        if found.version < newest:
            raise StartError(
                f"migration {found.version:04}_{found.name} sorts before {newest:04}, "
                "which is applied; give it a higher number"
            )
    return missing


async def _apply(
    conn: SqlConnection, migration: Migration, placeholders: Mapping[str, str]
) -> Applied:
    sql = _fill(migration, placeholders)
    try:
        async with conn.transaction():
            await conn.execute(sql)
            await conn.execute(
                "insert into schema_migrations (version, name, checksum) values ($1, $2, $3)",
                migration.version,
                migration.name,
                migration.checksum,
            )
    except asyncpg.PostgresError as error:
        line = _line(sql, error)
        raise StartError(
            f"migration {migration.version:04}_{migration.name} failed{line}: {error}"
        ) from error
    return Applied(migration.version, migration.name)


def _fill(migration: Migration, placeholders: Mapping[str, str]) -> str:
    label = f"migration {migration.version:04}_{migration.name}"

    def value(match: re.Match[str]) -> str:
        text = placeholders.get(match[1])
        if text is None:
            raise StartError(f"{label} needs the placeholder {match[1]}")
        if not _SAFE_VALUE.fullmatch(text):
            raise StartError(f"{label}: the placeholder {match[1]} holds unsafe characters")
        return text

    return _PLACEHOLDER.sub(value, migration.sql)


def _line(sql: str, error: asyncpg.PostgresError) -> str:
    position = getattr(error, "position", None)
    if not position:
        return ""
    return f" at line {sql.count(chr(10), 0, int(position)) + 1}"
