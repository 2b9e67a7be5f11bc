"""Closed minutes and single uses become journal events: gapless seq, chain hash, exact bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent

from edge.usage import store
from edge.usage.budget import ROW_BYTES
from edge.usage.counts import INFERENCE_FRAME, NO_LEASE, MinuteKey
from edge.usage.store import JournalHead, OpenMinute, Sealed
from edge.usage.uses import Entry, Taken, micros
from mesh.clock import Clock
from mesh.database import Connection, Database, Role
from mesh.faults import Faults
from rights.journal import chain

_LIMIT = 1000
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Growth:
    """By how many events the journal grew, and by how many bytes of the disk's budget."""

    events: int = 0
    size: int = 0

    def __add__(self, more: "Growth") -> "Growth":
        """Both together."""
        return Growth(self.events + more.events, self.size + more.size)


class Journal:
    """Writes the journal. The caller sees to it that one writer runs at a time."""

    def __init__(self, database: Database, clock: Clock, faults: Faults) -> None:
        """`database` is the node's own. Fault point: edge.journal.before_commit."""
        self._database = database
        self._clock = clock
        self._faults = faults

    async def close(
        self, before: datetime, resource_id: str | None = None, beyond: datetime = END_OF_TIME
    ) -> Growth:
        """Closes minutes that began before `before` or after `beyond`.

        Each run of up to 1,000 is one transaction. Raises Unavailable, StorageFull.
        """
        total = Growth()
        while True:
            async with self._database.transaction(Role.APP) as conn:
                minutes = await store.open_minutes(conn, before, beyond, resource_id, _LIMIT)
                made = await self._close(conn, minutes)
                if minutes:
                    self._faults.hit("edge.journal.before_commit")
            total += made
            if made.events < _LIMIT:
                return total

    async def append(self, conn: Connection, entries: Sequence[Entry]) -> Growth:
        """Makes each entry an event, in the caller's transaction."""
        if not entries:
            return Growth()
        sealed, grown = await self._extend(conn, entries)
        await store.insert_events(conn, entries, sealed, self._clock.now())
        return grown

    async def take(self, conn: Connection, entries: Sequence[Entry]) -> tuple[list[Taken], Growth]:
        """As `append`, but an id that came before makes no event; what became of each entry."""
        first: dict[str, Entry] = {}
        for entry in entries:
            if entry.event_id:
                first.setdefault(entry.event_id, entry)
        head = await store.lock_head(conn)
        known = await store.known_ids(conn, list(first)) if first else {}
        fresh = [
            entry
            for entry in entries
            if not entry.event_id
            or (entry.event_id not in known and first[entry.event_id] is entry)
        ]
        grown = await self.append(conn, fresh)
        await store.keep_ids(conn, fresh, head.last_seq + 1)
        new = set(map(id, fresh))
        return [
            Taken.ACCEPTED
            if id(entry) in new
            else _again(entry, known.get(entry.event_id) or first[entry.event_id].said_hash)
            for entry in entries
        ], grown

    async def _close(self, conn: Connection, minutes: Sequence[OpenMinute]) -> Growth:
        if not minutes:
            return Growth()
        sealed, grown = await self._extend(conn, [_entry(minute) for minute in minutes])
        keys = [minute.key for minute in minutes]
        changed = await store.close_minutes(conn, keys, sealed, self._clock.now())
        if changed != len(minutes):
            raise RuntimeError(f"closed {changed} minutes of {len(minutes)}")
        return grown

    async def _extend(
        self, conn: Connection, entries: Sequence[Entry]
    ) -> tuple[list[Sealed], Growth]:
        """Numbers and chains the entries, counts them in the head and in their leases."""
        head = await store.lock_head(conn)
        payloads = [entry.payload for entry in entries]
        sealed = [
            Sealed(seq, payload, link)
            for seq, (payload, link) in enumerate(
                zip(payloads, chain(head.last_hash, payloads), strict=True), head.last_seq + 1
            )
        ]
        leased = _sum_by_lease(entries)
        if leased:
            await store.settle_leases(conn, leased)
        size = sum(ROW_BYTES + len(payload) for payload in payloads)
        await store.move_head(
            conn, sealed[-1].seq, sealed[-1].hash, _journalled(head, entries), size
        )
        return sealed, Growth(len(sealed), size)


def _again(entry: Entry, said_hash: bytes) -> Taken:
    return Taken.DUPLICATE if entry.said_hash == said_hash else Taken.CONFLICT


def _journalled(head: JournalHead, entries: Sequence[Entry]) -> dict[str, int]:
    total = dict(head.journalled)
    for entry in entries:
        total[entry.event_type] = total.get(entry.event_type, 0) + entry.quantity_e5
    return total


def _sum_by_lease(entries: Sequence[Entry]) -> dict[UUID, int]:
    leased: dict[UUID, int] = {}
    for entry in entries:
        if entry.lease_id != NO_LEASE:
            leased[entry.lease_id] = leased.get(entry.lease_id, 0) + entry.quantity_e5
    return leased


def _entry(minute: OpenMinute) -> Entry:
    key = minute.key
    event = JournalEvent(
        event_type=key.event_type,
        resource_id=key.resource_id,
        quantity_e5=minute.quantity_e5,
        event_time_us=micros(key.minute),
        dimensions=_dimensions(key),
    )
    payload = event.SerializeToString(deterministic=True)
    return Entry(
        key.minute, key.event_type, key.resource_id, minute.quantity_e5, key.lease_id, payload
    )


def _dimensions(key: MinuteKey) -> dict[str, str]:
    if key.event_type != INFERENCE_FRAME:
        return {}
    return {"camera": key.resource_id, "model": key.model, "pack": key.pack}
