"""The rules of a journal: where it goes on, what was sent before, what forked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from billing.catalog.live import Catalogs
from billing.notifications.service import NotificationsService
from billing.unit import Unit
from billing.usage.journals import store
from billing.usage.journals.batch import NOT_COUNTED, Batch
from billing.usage.journals.counting import uncounted
from billing.usage.journals.telling import JournalTelling
from billing.usage.times import billing_times, clamp, to_micros
from mesh.errors import Aborted, InvalidArgument, NotFound, Unauthenticated
from rights.journal import GENESIS, chain


@dataclass(frozen=True, slots=True)
class Hello:
    """A device's word on its journal; `last_seq` is the highest number in it, 0 if empty."""

    journal_id: UUID
    last_seq: int


@dataclass(frozen=True, slots=True)
class Stream:
    """The one stream that may send a journal's events."""

    journal_id: UUID
    stream_id: UUID


@dataclass(frozen=True, slots=True)
class Position:
    """Everything up to `through_seq` is recorded; `through_hash` is the chain hash there."""

    through_seq: int
    through_hash: bytes


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An event that is recorded but does not count, and why, naming the field."""

    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ack:
    """Everything up to `through_seq` is recorded; `duplicates` of the batch were before."""

    through_seq: int
    duplicates: int
    uncounted: tuple[Uncounted, ...] = ()


@dataclass(frozen=True, slots=True)
class Resync:
    """Send again from `from_seq`."""

    from_seq: int


@dataclass(frozen=True, slots=True)
class Fork:
    """The journal's chain is not the one on record; both agree up to `agreed_seq` at least."""

    agreed_seq: int
    message: str


_FORKED = (
    "journal {}: its chain differs from the one on record, as after a cloned or restored disk. "
    "Its events are held for a person; start a new journal."
)
_LAST_SEQ = 2**63 - 1


class JournalService:
    """Takes journals in.

    A batch is refused for nothing that its events say: what cannot be counted is recorded
    and named. Old events sent again are checked against the chain hashes kept at the ends of
    the batches taken. A wholly old batch in which no such end lies cannot be checked; it
    counts as sent before, because the journal's row proves that its numbers are recorded.
    """

    def __init__(self, catalogs: Catalogs, notifications: NotificationsService) -> None:
        """`catalogs` name the metrics that are counted; `notifications` tell the tenant of what
        cannot be."""
        self._catalogs = catalogs
        self._telling = JournalTelling(notifications)

    async def open(self, unit: Unit, hello: Hello, stream_id: UUID) -> Position | Fork:
        """Where the journal stands; `stream_id` is from now on the one that may send.

        A journal that ends before what is recorded lost its disk, which is a fork.
        Raises NotFound for a journal of another tenant or device, Unauthenticated
        (CREDENTIAL_REVOKED) for a retired device.
        """
        name = str(hello.journal_id)
        device_id = unit.principal.device_id
        if device_id is None or not await store.claim_id(
            unit.conn, unit.tenant_id, hello.journal_id
        ):
            raise NotFound("journal", name)
        journal = await store.attach(
            unit.conn,
            unit.tenant_id,
            hello.journal_id,
            device_id=device_id,
            stream_id=stream_id,
            first_hash=GENESIS,
            now=unit.now,
        )
        if journal is None:
            raise NotFound("journal", name)
        _check_device(journal)
        if journal.forked or hello.last_seq < journal.last_seq:
            if not journal.forked:
                await self._mark_forked(unit, hello.journal_id)
            return Fork(min(hello.last_seq, journal.last_seq), _FORKED.format(name))
        return Position(journal.last_seq, journal.last_hash)

    async def take(self, unit: Unit, stream: Stream, batch: Batch) -> Ack | Resync | Fork:
        """Records what is new in the batch.

        Raises InvalidArgument for numbers beyond 64 bits, NotFound for a journal of another
        tenant or device, Unauthenticated (CREDENTIAL_REVOKED) once the device is retired, and
        Aborted when a newer stream of the journal took over.
        """
        if batch.last_seq > _LAST_SEQ:
            raise InvalidArgument.field("batch.first_seq", "no number is left for its events")
        taken = await self._record(unit, stream, batch, duplicates=0)
        if taken is not None:
            return taken
        journal = await self._locked(unit, stream)
        if journal.forked:
            return await _hold(unit, stream, batch, agreed_seq=0)
        if batch.first_seq > journal.last_seq + 1:
            return Resync(journal.last_seq + 1)
        return await self._overlap(unit, stream, batch, journal)

    async def _mark_forked(self, unit: Unit, journal_id: UUID) -> None:
        await store.mark_forked(unit.conn, unit.tenant_id, journal_id, unit.now)
        await self._telling.forked(unit, journal_id)

    async def _locked(self, unit: Unit, stream: Stream) -> store.Journal:
        journal = await store.lock(unit.conn, unit.tenant_id, stream.journal_id)
        if journal is None or journal.device_id != unit.principal.device_id:
            raise NotFound("journal", str(stream.journal_id))
        _check_device(journal)
        if journal.stream_id != stream.stream_id:
            raise Aborted(f"journal/{stream.journal_id}", "a newer stream took the journal over")
        return journal

    async def _overlap(
        self, unit: Unit, stream: Stream, batch: Batch, journal: store.Journal
    ) -> Ack | Resync | Fork:
        """A batch that begins at or before the next event: checked, trimmed, taken."""
        links = [batch.previous_hash, *chain(batch.previous_hash, batch.payloads)]
        before = batch.first_seq - 1
        on_record = await store.marks(
            unit.conn, unit.tenant_id, stream.journal_id, before, batch.last_seq
        )
        on_record[0] = GENESIS
        on_record[journal.last_seq] = journal.last_hash
        agreed, differs = _compare(links, before, on_record)
        if differs:
            await self._mark_forked(unit, stream.journal_id)
            return await _hold(unit, stream, batch, agreed)
        duplicates = min(journal.last_seq, batch.last_seq) - before
        if duplicates == len(batch.payloads):
            return Ack(journal.last_seq, duplicates)
        rest = batch.after(duplicates, links[duplicates])
        taken = await self._record(unit, stream, rest, duplicates)
        return taken or Resync(journal.last_seq + 1)

    async def _record(
        self, unit: Unit, stream: Stream, batch: Batch, duplicates: int
    ) -> Ack | None:
        """The answer when the batch follows on what is recorded, else None."""
        device_id = unit.principal.device_id
        if device_id is None:
            raise NotFound("journal", str(stream.journal_id))
        named = {each.event_type for each in batch.series}
        catalog = await self._catalogs.knowing(unit.conn, lambda each: named <= each.metrics.keys())
        without = uncounted(batch, catalog.metrics)
        event_times = clamp(batch.event_times)
        step = store.Step(
            tenant_id=unit.tenant_id,
            journal_id=stream.journal_id,
            device_id=device_id,
            stream_id=stream.stream_id,
            first_seq=batch.first_seq,
            previous_hash=batch.previous_hash,
            last_seq=batch.last_seq,
            head_hash=batch.head_hash,
            received_at=unit.now,
            series=batch.series,
            series_of=_without(batch.series_of, without),
            quantities=batch.quantities,
            event_times=event_times,
            billing_times=billing_times(event_times, to_micros(unit.now)),
            request_ids=batch.request_ids,
        )
        if not await store.take(unit.conn, step):
            return None
        rows = [
            store.UncountedEvent(batch.first_seq + at, reason, batch.payloads[at])
            for at, reason in sorted(without.items())
        ]
        if rows:
            await store.keep_uncounted(unit.conn, unit.tenant_id, stream.journal_id, rows, unit.now)
            await self._telling.uncounted(unit, [each.reason for each in rows])
        return Ack(
            batch.last_seq, duplicates, tuple(Uncounted(row.seq, row.reason) for row in rows)
        )


def _check_device(journal: store.Journal) -> None:
    if journal.retired:
        raise Unauthenticated("CREDENTIAL_REVOKED", "the device was retired")


def _without(series_of: Sequence[int], uncounted: Mapping[int, str]) -> Sequence[int]:
    if not uncounted:
        return series_of
    return [NOT_COUNTED if at in uncounted else each for at, each in enumerate(series_of)]


def _compare(
    links: Sequence[bytes], before: int, on_record: Mapping[int, bytes]
) -> tuple[int, bool]:
    """The highest number on which both chains agree (0: none known), and whether they differ.

    `links[n]` is the hash after event `before + n`.
    """
    agreed, differs = 0, False
    for offset, link in enumerate(links):
        known = on_record.get(before + offset)
        if known == link:
            agreed = before + offset
        elif known is not None:
            differs = True
    return agreed, differs


async def _hold(unit: Unit, stream: Stream, batch: Batch, agreed_seq: int) -> Fork:
    await store.hold(
        unit.conn,
        unit.tenant_id,
        stream.journal_id,
        first_seq=batch.first_seq,
        previous_hash=batch.previous_hash,
        head_hash=batch.head_hash,
        payloads=batch.payloads,
        now=unit.now,
    )
    return Fork(agreed_seq, _FORKED.format(stream.journal_id))
