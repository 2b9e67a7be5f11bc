"""The chain of a tenant's audit rows: how a row is hashed, and where a chain was broken.

The hash of a row is the SHA-256 of the UTF-8 text of one JSON object in the canonical form of
RFC 8785, which holds the row, its place and the hash before it (docs/audit.md). Any language that
has a canonicalizer can check a chain.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

GENESIS = bytes(32)
"""The hash before the first row."""

VENDOR_CHAIN = UUID(int=0)
"""The tenant of rows that belong to the vendor itself."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """What a row tells; `recorded_at` is aware, UTC."""

    tenant_id: UUID
    entry_id: UUID
    recorded_at: datetime
    actor_kind: str
    actor_id: str
    request_id: str
    action: str
    resource: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seal:
    """A row's place in the chain. Places count from 1; `sealed_at` is aware, UTC."""

    seq: int
    sealed_at: datetime
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """Where a chain ends, or ended once: the place and the hash of a row; 0 before the first."""

    seq: int
    hash: bytes


START = Position(0, GENESIS)


class ChainFault(StrEnum):
    """What was done to a chain."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    REWRITTEN = "rewritten"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first place where a chain does not hold; `entry_id` of the row found there, if any."""

    fault: ChainFault
    seq: int
    entry_id: UUID | None
    message: str


def row_hash(row: AuditRow, seq: int, sealed_at: datetime, prev_hash: bytes) -> bytes:
    """The hash of a row at its place."""
    members = {
        "action": row.action,
        "actor_id": row.actor_id,
        "actor_kind": row.actor_kind,
        "details": dict(row.details),
        "entry_id": str(row.entry_id),
        "prev_hash": prev_hash.hex(),
        "recorded_at": _moment(row.recorded_at),
        "request_id": row.request_id,
        "resource": row.resource,
        "sealed_at": _moment(sealed_at),
        "seq": seq,
        "tenant_id": str(row.tenant_id),
    }
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def seal_rows(rows: Iterable[AuditRow], end: Position, now: datetime) -> list[Seal]:
    """Seals that link the rows, in their order, to a chain that ends at `end`."""
    seals: list[Seal] = []
    for row in rows:
        seq = end.seq + 1
        seal = Seal(seq, now, end.hash, row_hash(row, seq, now, end.hash))
        seals.append(seal)
        end = Position(seq, seal.hash)
    return seals


class ChainVerifier:
    """Reads sealed rows in the order of their places and stops at the first that does not hold."""

    def __init__(self, expected: Iterable[Position] = (), first: int = 1) -> None:
        """`expected` are places whose hash is known from elsewhere; `first` is where to begin.

        The row at a later `first` is held only by its own hash, so its place should be expected.
        """
        self._expected = [each for each in expected if each.seq]
        self._last: Position | None = START if first == 1 else None
        self._next = first
        self.rows = 0

    @property
    def end(self) -> Position:
        """The last row that holds."""
        return self._last or Position(self._next - 1, GENESIS)

    def take(self, row: AuditRow, seal: Seal) -> BadRow | None:
        """What is wrong with the row, or None. After a bad row the verifier is done."""
        bad = self._place(row, seal) or self._content(row, seal) or self._link(row, seal)
        if bad is None:
            self._last = Position(seal.seq, seal.hash)
            self._next = seal.seq + 1
            self.rows += 1
        return bad

    def finish(self) -> BadRow | None:
        """What is missing behind the last row, as far as anybody knows."""
        missing = [each.seq for each in self._expected if each.seq >= self._next]
        if not missing:
            return None
        return BadRow(
            ChainFault.TRUNCATED,
            self._next,
            None,
            f"row {self._next} is missing: the chain once reached row {max(missing)}",
        )

    def _place(self, row: AuditRow, seal: Seal) -> BadRow | None:
        if seal.seq > self._next:
            return BadRow(
                ChainFault.REMOVED,
                self._next,
                None,
                f"row {self._next} is missing: row {seal.seq} follows",
            )
        if seal.seq < self._next:
            return _bad(ChainFault.INSERTED, row, seal, "there is another row at this place")
        return None

    def _content(self, row: AuditRow, seal: Seal) -> BadRow | None:
        if row_hash(row, seal.seq, seal.sealed_at, seal.prev_hash) == seal.hash:
            return None
        return _bad(ChainFault.ALTERED, row, seal, "its content does not fit its hash")

    def _link(self, row: AuditRow, seal: Seal) -> BadRow | None:
        if self._last is not None and seal.prev_hash != self._last.hash:
            return _bad(ChainFault.REORDERED, row, seal, "it was linked to another row before it")
        if any(each.seq == seal.seq and each.hash != seal.hash for each in self._expected):
            text = "the chain had another hash here: this row or one before it was rewritten"
            return _bad(ChainFault.REWRITTEN, row, seal, text)
        return None


def _bad(fault: ChainFault, row: AuditRow, seal: Seal, why: str) -> BadRow:
    return BadRow(fault, seal.seq, row.entry_id, f"row {seal.seq} ({row.entry_id}): {why}")


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
