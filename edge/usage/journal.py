"""Closed minutes become journal events: gapless seq, chain hash, exact payload bytes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent

from edge.usage import store
from edge.usage.counts import INFERENCE_FRAME, NO_LEASE, MinuteKey
from edge.usage.store import ClosedMinute, JournalHead, OpenMinute
from mesh.database import Connection, Database, Role
from mesh.faults import Faults
from rights.journal import chain

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LIMIT = 1000
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


class Journal:
    """Writes the journal. The caller sees to it that one writer runs at a time."""

    def __init__(self, database: Database, faults: Faults) -> None:
        """`database` is the node's own; `edge.journal.before_commit` stands before each COMMIT."""
        self._database = database
        self._faults = faults

    async def close(
        self, before: datetime, resource_id: str | None = None, beyond: datetime = END_OF_TIME
    ) -> int:
        """Closes minutes that began before `before` or after `beyond`; how many events that made.

        Each run of up to 1,000 is one transaction. Raises Unavailable, StorageFull.
        """
        total = 0
        while True:
            async with self._database.transaction(Role.APP) as conn:
                made = await _close_some(conn, before, beyond, resource_id)
                if made:
                    self._faults.hit("edge.journal.before_commit")
            total += made
            if made < _LIMIT:
                return total


async def _close_some(
    conn: Connection, before: datetime, beyond: datetime, resource_id: str | None
) -> int:
    minutes = await store.open_minutes(conn, before, beyond, resource_id, _LIMIT)
    if not minutes:
        return 0
    head = await store.lock_head(conn)
    closed = _as_events(head, minutes)
    changed = await store.close_minutes(conn, closed)
    if changed != len(closed):
        raise RuntimeError(f"closed {changed} minutes of {len(closed)}")
    journalled = dict(head.journalled)
    for minute in minutes:
        metric = minute.key.event_type
        journalled[metric] = journalled.get(metric, 0) + minute.quantity_e5
    leased: dict[UUID, int] = {}
    for minute in minutes:
        if minute.key.lease_id != NO_LEASE:
            leased[minute.key.lease_id] = leased.get(minute.key.lease_id, 0) + minute.quantity_e5
    if leased:
        await store.settle_leases(conn, leased)
    await store.move_head(conn, closed[-1].seq, closed[-1].hash, journalled)
    return len(closed)


def _as_events(head: JournalHead, minutes: Sequence[OpenMinute]) -> list[ClosedMinute]:
    payloads = [_payload(minute) for minute in minutes]
    hashes = chain(head.last_hash, payloads)
    return [
        ClosedMinute(minute.key, head.last_seq + offset, payload, link)
        for offset, (minute, payload, link) in enumerate(
            zip(minutes, payloads, hashes, strict=True), start=1
        )
    ]


def _payload(minute: OpenMinute) -> bytes:
    key = minute.key
    return JournalEvent(
        event_type=key.event_type,
        resource_id=key.resource_id,
        quantity_e5=minute.quantity_e5,
        event_time_us=(key.minute - _EPOCH) // _MICROSECOND,
        dimensions=_dimensions(key),
    ).SerializeToString(deterministic=True)


def _dimensions(key: MinuteKey) -> dict[str, str]:
    if key.event_type != INFERENCE_FRAME:
        return {}
    return {"camera": key.resource_id, "model": key.model, "pack": key.pack}
