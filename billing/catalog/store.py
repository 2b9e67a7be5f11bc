"""SQL of the catalogue's versions; the vendor role alone adds any."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from billing.paging import PageRequest
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


async def numbers_since(conn: Connection, start: datetime) -> list[int]:
    """Versions that were live at any time since an aware moment, the newest first."""
    rows = await conn.fetch(
        """
        select number from catalog_versions where number >= coalesce(
            (select max(number) from catalog_versions where applied_at <= $1), 0)
        order by number desc
        """,
        start,
    )
    return [row["number"] for row in rows]


async def find(conn: Connection, number: int) -> VersionRow | None:
    """One version."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from catalog_versions where number = $1",  # noqa: S608 - constant
        number,
    )
    return VersionRow(**row) if row is not None else None


async def page(conn: Connection, request: PageRequest) -> list[VersionRow]:
    """Versions after the former page's last one, the document left empty, oldest first; one more
    than asked for, if there is."""
    after = int(request.after.key) if request.after is not None else 0
    rows = await conn.fetch(
        """
        select number, version, '' as document, applied_at, applied_by from catalog_versions
        where number > $1 order by number limit $2
        """,
        after,
        request.size + 1,
    )
    return [VersionRow(**row) for row in rows]


async def count_tenants(conn: Connection) -> int:
    """How many there are; for the vendor role, as all that follow."""
    count: int = await conn.fetchval("select count(*) from tenants")
    return count


async def pack_holders(conn: Connection) -> dict[str, int]:
    """Tenants whose licence or camera has a pack, by pack; base is what every camera has."""
    rows = await conn.fetch(
        """
        select pack, count(distinct tenant_id) as holders from (
            select tenant_id, unnest(growth_packs) as pack from licenses
            union all
            select tenant_id, unnest(growth_packs) from camera_licenses
            union all
            select tenant_id, 'base' from camera_licenses
        ) held group by pack
        """
    )
    return {row["pack"]: row["holders"] for row in rows}


async def plan_holders(conn: Connection) -> dict[tuple[str, str], int]:
    """Tenants that are on a plan, by family and plan."""
    rows = await conn.fetch(
        """
        select family, plan, count(*) as holders from subscriptions group by family, plan
        """
    )
    return {(row["family"], row["plan"]): row["holders"] for row in rows}


async def metric_users(
    conn: Connection, metrics: Collection[str], since: datetime
) -> dict[str, int]:
    """Tenants with a use of these metrics in the hours from `since` on, by metric."""
    rows = await conn.fetch(
        """
        select event_type, count(distinct tenant_id) as users from (
            select tenant_id, event_type from usage_aggregates
            where event_type = any($1::text[]) and window_start >= $2
            union all
            select tenant_id, event_type from usage_deltas
            where event_type = any($1::text[]) and window_start >= $2
        ) used group by event_type
        """,
        list(metrics),
        since,
    )
    return {row["event_type"]: row["users"] for row in rows}


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
