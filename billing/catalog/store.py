"""SQL of the catalogue's versions; the vendor role alone adds any."""

from dataclasses import dataclass
from datetime import datetime

from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version; `version` is the SHA-256 of its document in hex, `applied_at` aware, UTC."""

    number: int
    version: str
    document: str
    applied_at: datetime
    applied_by: str


_COLUMNS = "number, version, document, applied_at, applied_by"


async def live_number(conn: Connection) -> int:
    """The number of the live version, 0 when there is none."""
    number: int = await conn.fetchval("select coalesce(max(number), 0) from catalog_versions")
    return number


async def find(conn: Connection, number: int) -> VersionRow | None:
    """One version."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from catalog_versions where number = $1",  # noqa: S608 - constant
        number,
    )
    return VersionRow(**row) if row is not None else None


async def add(conn: Connection, row: VersionRow) -> None:
    """Records a version, which is live from the commit on; its number is the next one."""
    await conn.execute(
        f"insert into catalog_versions ({_COLUMNS}) values ($1, $2, $3, $4, $5)",  # noqa: S608
        row.number,
        row.version,
        row.document,
        row.applied_at,
        row.applied_by,
    )


async def share(conn: Connection) -> None:
    """Keeps the live version what it is until the transaction ends."""
    await conn.execute("select pg_advisory_xact_lock_shared(hashtext('catalog_versions'))")


async def lock(conn: Connection) -> None:
    """Lets one transaction at a time make another version live, and waits for all that share."""
    await conn.execute("select pg_advisory_xact_lock(hashtext('catalog_versions'))")
