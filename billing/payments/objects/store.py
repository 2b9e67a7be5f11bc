"""SQL of our objects at the payment provider."""

from collections.abc import Sequence
from datetime import datetime

from billing.payments.objects.row import ObjectRow, ObjectState
from mesh.database import Connection

_COLUMNS = """kind, name, stripe_id, fingerprint, state, changes, retired, attempts, last_error,
    changed_at"""


async def rows(conn: Connection) -> list[ObjectRow]:
    """All, by kind and name."""
    found = await conn.fetch(
        f"select {_COLUMNS} from stripe_objects order by kind, name"  # noqa: S608 - constant
    )
    return [
        ObjectRow(
            **{
                **row,
                "state": ObjectState(row["state"]),
                "retired": tuple(row["retired"]),
            }
        )
        for row in found
    ]


async def ids(conn: Connection, kind: str, names: Sequence[str]) -> dict[str, str]:
    """The provider's ids of current objects by name; those not made yet are left out."""
    found = await conn.fetch(
        """
        select name, stripe_id from stripe_objects
        where kind = $1 and name = any($2::text[]) and state = 'current'
        """,
        kind,
        list(names),
    )
    return {row["name"]: row["stripe_id"] for row in found}


async def save(conn: Connection, row: ObjectRow) -> None:
    """Writes a row, whatever it was before."""
    await conn.execute(
        """
        insert into stripe_objects (kind, name, stripe_id, fingerprint, state, changes, retired,
            attempts, last_error, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (kind, name) do update set stripe_id = excluded.stripe_id,
            fingerprint = excluded.fingerprint, state = excluded.state,
            changes = excluded.changes, retired = excluded.retired, attempts = excluded.attempts,
            last_error = excluded.last_error, changed_at = excluded.changed_at
        """,
        row.kind,
        row.name,
        row.stripe_id,
        row.fingerprint,
        row.state.value,
        row.changes,
        list(row.retired),
        row.attempts,
        row.last_error,
        row.changed_at,
    )


async def failed(conn: Connection, kind: str, name: str, error: str, now: datetime) -> None:
    """Counts a try that did not succeed; `error` is a word for why."""
    await conn.execute(
        """
        insert into stripe_objects (kind, name, state, attempts, last_error, changed_at)
        values ($1, $2, 'wanted', 1, $3, $4)
        on conflict (kind, name) do update set state = 'wanted',
            attempts = stripe_objects.attempts + 1, last_error = excluded.last_error,
            changed_at = excluded.changed_at
        """,
        kind,
        name,
        error,
        now,
    )
