"""Reads a chain from the database and says where it does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing.audit import store
from mesh.database import Connection
from rights.audit_chain import BadRow, ChainFault, ChainVerifier, Position

_BATCH = 500
_NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `bad` is the first bad row; `end` is the last one that holds; `complete` is
    False where the reading stopped at its limit; `unsealed` rows wait for a sealer."""

    rows: int
    bad: BadRow | None
    end: Position
    complete: bool
    unsealed: int


async def verify_chain(
    conn: Connection,
    tenant_id: UUID,
    kept: Sequence[Position] = (),
    *,
    first: int = 1,
    limit: int | None = None,
) -> Verification:
    """Checks at most `limit` rows from place `first` on, against `kept` ends and the present one.

    Sealers may go on meanwhile; the unsealed rows are counted first, so that none is overlooked.
    """
    unsealed = await store.count_unsealed(conn, tenant_id)
    end = await store.head(conn, tenant_id)
    verifier = ChainVerifier([*kept, end], first)
    bad, complete = await _read(conn, tenant_id, verifier, first, limit)
    if bad is None and complete:
        bad = verifier.finish() or await _beyond_the_end(conn, tenant_id, verifier.end)
    return Verification(verifier.rows, bad, verifier.end, complete or bad is not None, unsealed)


async def _read(
    conn: Connection, tenant_id: UUID, verifier: ChainVerifier, first: int, limit: int | None
) -> tuple[BadRow | None, bool]:
    """The first bad row, and whether the chain's last row was reached."""
    after = (first, _NO_ID)
    while rows := await store.sealed(conn, tenant_id, after, _BATCH):
        for row, seal in rows:
            if limit is not None and verifier.rows >= limit:
                return None, False
            bad = verifier.take(row, seal)
            if bad is not None:
                return bad, False
        last_row, last_seal = rows[-1]
        after = (last_seal.seq, last_row.entry_id)
    return None, True


async def _beyond_the_end(conn: Connection, tenant_id: UUID, read: Position) -> BadRow | None:
    """A row and the chain's end are written together, so no row lies behind the end."""
    end = await store.head(conn, tenant_id)
    if read.seq <= end.seq:
        return None
    place = end.seq + 1
    return BadRow(
        ChainFault.INSERTED, place, None, f"row {place} lies behind the chain's end, row {end.seq}"
    )
