"""SQL of leases and of what the cloud said; every function takes a connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from edge.entitlements.lease import Lease, QuotaWord, Settlement
from mesh.database import Connection

_SAVE_LEASE = """
insert into quota_leases (lease_id, metric, journal_id, granted_e5, granted_at, expires_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (lease_id) do update set
    granted_e5 = excluded.granted_e5, expires_at = excluded.expires_at, returning_since = null
"""

_LEASES = """
select l.*, coalesce(
    (select sum(e.quantity_e5) from usage_events e where e.seq is null and e.lease_id = l.lease_id),
    0)::bigint as open_e5
from quota_leases l order by l.granted_at, l.lease_id
"""

_SAVE_WORD = """
insert into quota_metrics (metric, limited, limit_text, used_text, resets_at, answered_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (metric) do update set
    limited = excluded.limited, limit_text = excluded.limit_text, used_text = excluded.used_text,
    resets_at = excluded.resets_at, answered_at = excluded.answered_at
"""


@dataclass(frozen=True, slots=True)
class StoredLease:
    """A lease and what was spent of it, in units of 0.00001: in events, and in open minutes."""

    lease: Lease
    journalled_e5: int
    open_e5: int
    returning: bool

    @property
    def spent_e5(self) -> int:
        """All that was counted."""
        return self.journalled_e5 + self.open_e5


@dataclass(frozen=True, slots=True)
class Books:
    """Every lease, every word of the cloud, and the journal's id and last number."""

    leases: Sequence[StoredLease]
    words: Sequence[QuotaWord]
    journal_id: UUID
    last_seq: int

    def settlement(self, held: StoredLease) -> Settlement:
        """What the journal proves of a lease."""
        return Settlement(held.lease.lease_id, held.journalled_e5, self.last_seq)


async def read_books(conn: Connection) -> Books:
    """Everything, as of one moment: the journal's head is locked."""
    head = await conn.fetchrow("select journal_id, last_seq from billing_sync_status for update")
    assert head is not None, "begin_journal runs before anything is counted"
    leases = [
        StoredLease(
            Lease(
                row["lease_id"],
                row["metric"],
                row["journal_id"],
                row["granted_e5"],
                row["granted_at"],
                row["expires_at"],
            ),
            row["journalled_e5"],
            row["open_e5"],
            row["returning_since"] is not None,
        )
        for row in await conn.fetch(_LEASES)
    ]
    words = [
        QuotaWord(
            row["metric"],
            row["limited"],
            row["limit_text"],
            row["used_text"],
            row["resets_at"],
            row["answered_at"],
        )
        for row in await conn.fetch("select * from quota_metrics")
    ]
    return Books(leases, words, head["journal_id"], head["last_seq"])


async def save_lease(conn: Connection, lease: Lease) -> None:
    """Keeps a lease as granted now."""
    await conn.execute(
        _SAVE_LEASE,
        lease.lease_id,
        lease.metric,
        lease.journal_id,
        lease.granted_e5,
        lease.granted_at,
        lease.expires_at,
    )


async def end_lease(conn: Connection, lease_id: UUID, now: datetime) -> None:
    """Nothing is spent of it any more; it has still to be given back."""
    await conn.execute(
        "update quota_leases set returning_since = coalesce(returning_since, $2) "
        "where lease_id = $1",
        lease_id,
        now,
    )


async def forget_lease(conn: Connection, lease_id: UUID) -> None:
    """It was given back, or is worth nothing here."""
    await conn.execute("delete from quota_leases where lease_id = $1", lease_id)


async def save_word(conn: Connection, word: QuotaWord) -> None:
    """Keeps what the cloud said of a metric."""
    await conn.execute(
        _SAVE_WORD,
        word.metric,
        word.limited,
        word.limit,
        word.used,
        word.resets_at,
        word.answered_at,
    )
