"""SQL of the signing keys' life and the trust epoch; for the vendor role where it writes."""

from dataclasses import dataclass
from datetime import datetime

from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key; `state` is next, signing, verifying or retired. Moments are aware, UTC."""

    kid: str
    public_key_pem: str
    state: str
    published_at: datetime
    signing_from: datetime | None
    signing_until: datetime | None
    retired_at: datetime | None
    retired_in_epoch: int | None


_COLUMNS = (
    "kid, public_key_pem, state, published_at, signing_from, signing_until, retired_at, "
    "retired_in_epoch"
)


async def keys(conn: Connection) -> list[KeyRow]:
    """Every key, the newest first."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from license_keys order by published_at desc, kid desc"  # noqa: S608
    )
    return [KeyRow(**row) for row in rows]


async def trust_epoch(conn: Connection) -> int:
    """How often a key was retired, from 1."""
    epoch: int = await conn.fetchval("select trust_epoch from cloud")
    return epoch


async def lock(conn: Connection) -> None:
    """Lets one transaction at a time change the keys."""
    await conn.execute("select from cloud for no key update")


async def add(conn: Connection, row: KeyRow) -> None:
    """Records a key; one that is recorded stays as it is."""
    await conn.execute(
        f"""
        insert into license_keys ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (kid) do nothing
        """,  # noqa: S608 - constant
        row.kid,
        row.public_key_pem,
        row.state,
        row.published_at,
        row.signing_from,
        row.signing_until,
        row.retired_at,
        row.retired_in_epoch,
    )


async def begin_signing(conn: Connection, kid: str, now: datetime) -> None:
    """Makes it the key that signs; no other may."""
    await conn.execute(
        """
        update license_keys set state = 'signing', signing_from = $2, signing_until = null
        where kid = $1
        """,
        kid,
        now,
    )


async def end_signing(conn: Connection, kid: str, now: datetime) -> None:
    """Leaves it to verify what it signed."""
    await conn.execute(
        "update license_keys set state = 'verifying', signing_until = $2 where kid = $1", kid, now
    )


async def retire(conn: Connection, kid: str, now: datetime) -> None:
    """Ends the trust in a key and raises the trust epoch."""
    await conn.execute(
        """
        with raised as (update cloud set trust_epoch = trust_epoch + 1 returning trust_epoch)
        update license_keys set state = 'retired', retired_at = $2,
            signing_until = case when state = 'signing' then $2 else signing_until end,
            retired_in_epoch = (select trust_epoch from raised)
        where kid = $1
        """,
        kid,
        now,
    )
