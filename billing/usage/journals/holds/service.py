"""The rules of held batches: what a person accepts is recorded once, however often it was sent."""

import json
from collections.abc import Container, Sequence
from hashlib import sha256
from uuid import UUID

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit
from billing.usage.events import AdmittedEvent, EventResult, EventStatus, ReportedEvent
from billing.usage.journals.batch import Batch
from billing.usage.journals.counting import uncounted
from billing.usage.journals.holds import store
from billing.usage.journals.holds.held import HeldBatch, Recorded, Resolution, Resolved, Waiting
from billing.usage.journals.unpack import Unpacker
from billing.usage.problems.service import ProblemsService
from billing.usage.service import UsageService
from billing.usage.times import clamp
from mesh.errors import NotFound
from rights.journal import chain
from rights.quantity import format_quantity

_AT_ONCE = 20


class HeldBatchesService:
    """Lists held batches and carries out decisions about them."""

    def __init__(self, catalogs: Catalogs, usage: UsageService, problems: ProblemsService) -> None:
        """`usage` records what is accepted, `problems` hears of what cannot be counted."""
        self._catalogs = catalogs
        self._usage = usage
        self._problems = problems
        self._unpacker = Unpacker()

    async def page(self, unit: Unit, request: PageRequest) -> Page[HeldBatch]:
        """What forked journals sent, newest first."""
        rows = await store.page(unit.conn, unit.tenant_id, request)
        return page_of(request, rows, _position)

    async def resolve(
        self, unit: Unit, journal_id: UUID, resolution: Resolution, reason: str
    ) -> Resolved:
        """Decides about the oldest batches of a journal that wait, up to 20.

        An accepted event is recorded under `<journal>:<fork>:<seq>`, fork being the first 16 digits
        of the chain hash there: the same event in another batch has the same id. One that equals
        what the journal has on record under its number is that one, and is left out. Raises
        NotFound.
        """
        device_id = await store.device_of(unit.conn, unit.tenant_id, journal_id)
        if device_id is None:
            raise NotFound("held batches of journal", str(journal_id))
        batches = await store.waiting(unit.conn, unit.tenant_id, journal_id, _AT_ONCE)
        done = Resolved(len(batches), 0, 0, 0, 0)
        if resolution is Resolution.ACCEPT and batches:
            done = await self._accept(unit, journal_id, str(device_id), batches)
        await store.resolve(
            unit.conn,
            unit.tenant_id,
            journal_id,
            batches,
            resolution=resolution,
            reason=reason,
            now=unit.now,
        )
        if batches:
            unit.audit(
                Action.HELD_USAGE_RESOLVED,
                f"usage_journal/{journal_id}",
                resolution=resolution.value,
                reason=reason,
                batches=len(batches),
                events=sum(len(each.payloads) for each in batches),
                recorded=done.recorded,
            )
        left = await store.remaining(unit.conn, unit.tenant_id, journal_id)
        return Resolved(done.batches, done.recorded, done.known, done.rejected, left)

    async def _accept(
        self, unit: Unit, journal_id: UUID, reporter: str, batches: Sequence[Waiting]
    ) -> Resolved:
        on_record = await store.recorded(
            unit.conn,
            unit.tenant_id,
            journal_id,
            min(each.first_seq for each in batches),
            max(each.first_seq + len(each.payloads) for each in batches) - 1,
        )
        admitted: dict[str, AdmittedEvent] = {}
        refused: dict[str, str] = {}
        for waiting in batches:
            batch = self._unpacker.unpack(
                waiting.first_seq, waiting.previous_hash, waiting.payloads
            )
            reasons = uncounted(batch, await self._metrics(unit, batch))
            times = clamp(batch.event_times)
            for at, link in enumerate(chain(waiting.previous_hash, waiting.payloads)):
                event_id = f"{journal_id}:{link.hex()[:16]}:{batch.first_seq + at}"
                if _same(on_record.get(batch.first_seq + at), batch, at, times[at]):
                    continue
                if at in reasons:
                    refused[event_id] = reasons[at]
                else:
                    admitted[event_id] = _event(event_id, batch, at, times[at])
        recorded = await self._usage.record(unit, reporter, list(admitted.values()))
        await self._refuse(unit, reporter, refused)
        sent = sum(len(each.payloads) for each in batches)
        return Resolved(len(batches), recorded, sent - recorded - len(refused), len(refused), 0)

    async def _metrics(self, unit: Unit, batch: Batch) -> Container[str]:
        named = {each.event_type for each in batch.series}
        catalog = await self._catalogs.knowing(unit.conn, lambda each: named <= each.metrics.keys())
        return catalog.metrics

    async def _refuse(self, unit: Unit, reporter: str, refused: dict[str, str]) -> None:
        events = [ReportedEvent(each, "", "", "", "", None, "", {}) for each in refused]
        results = [
            EventResult(event_id, EventStatus.REJECTED, reason)
            for event_id, reason in refused.items()
        ]
        await self._problems.note(unit, reporter, events, results)


def _event(event_id: str, batch: Batch, at: int, time_us: int) -> AdmittedEvent:
    series = batch.series[batch.series_of[at] - 1]
    return AdmittedEvent(
        event_id=event_id,
        event_type=series.event_type,
        resource_id=series.resource_id,
        quantity=format_quantity(batch.quantities[at]),
        event_time_us=time_us,
        request_id=batch.request_ids[at] if batch.request_ids is not None else "",
        dimensions=series.dimensions,
        payload_hash=sha256(batch.payloads[at]).digest(),
    )


def _same(known: Recorded | None, batch: Batch, at: int, time_us: int) -> bool:
    """Whether an event says what the journal has on record under its number."""
    if known is None:
        return False
    if known.payload is not None or not batch.series_of[at]:
        return known.payload == batch.payloads[at]
    series = batch.series[batch.series_of[at] - 1]
    request_id = batch.request_ids[at] if batch.request_ids is not None else ""
    return (
        known.event_type == series.event_type
        and known.resource_id == series.resource_id
        and known.units == batch.quantities[at]
        and known.event_time_us == time_us
        and known.request_id == request_id
        and _labels(known.dimensions) == _labels(series.dimensions)
    )


def _labels(text: str | None) -> object:
    return json.loads(text) if text else None


def _position(batch: HeldBatch) -> Position:
    return Position(batch.held_at, f"{batch.journal_id}:{batch.first_seq}:{batch.head_hash.hex()}")
