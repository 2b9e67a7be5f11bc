"""Answers from the database, and the cache that wraps them."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from billing.entitlements.answers import CACHE_FOR, Answers, Asker, Entitlement, answers
from billing.flight import SingleFlight
from billing.generations import Generations
from billing.licenses.book import Asked
from billing.licenses.changes.service import RightsChanges
from billing.licenses.reader import BookReader
from billing.subscriptions.terms import TermsReader
from billing.unit import Units
from billing.watch import RightsWatch
from mesh.cache import Cache, MemoryCache, Redis, RedisCache
from mesh.clock import Clock
from mesh.telemetry import Metrics
from rights.claims import Epoch

_EPOCH_FOR = timedelta(seconds=1)
_MAX_ANSWERS = 10_000
_MAX_EPOCHS = 10_000

Key = tuple[UUID, Asker]


class FeatureAnswers(Protocol):
    """Answers for one who asks."""

    async def answers(self, tenant_id: UUID, asker: Asker) -> Answers:
        """Every feature's answer now, quotas aside. Raises NotFound."""
        ...


class StoredAnswers:
    """Answers from the database, in a transaction of their own."""

    def __init__(self, units: Units, books: BookReader, terms: TermsReader) -> None:
        """Transactions, and what decides."""
        self._units = units
        self._books = books
        self._terms = terms

    async def answers(self, tenant_id: UUID, asker: Asker) -> Answers:
        """As the protocol says."""
        asked = [Asked(asker.camera_id)] if asker.camera_id is not None else []
        async with self._units.within(tenant_id) as unit:
            book = await self._books.read(unit, asked)
            terms = await self._terms.read(unit)
            return answers(book, terms, asker, unit.now)


class StoredEpochs:
    """The tenants' epochs in the database."""

    def __init__(self, units: Units, changes: RightsChanges) -> None:
        """Transactions, and who counts."""
        self._units = units
        self._changes = changes

    async def read(self, tenant_id: UUID) -> Epoch:
        """The tenant's epoch. Raises NotFound."""
        async with self._units.reading(tenant_id) as unit:
            return await self._changes.epoch(unit)


class CachedAnswers:
    """Keeps answers for five minutes, in memory and in Redis.

    What is kept counts only while its epoch is the tenant's, as the database said within the
    last second and since the last hint of a change: Redis being flushed, dead or stale changes
    how long an answer takes, and never which one it is.
    """

    def __init__(
        self,
        stored: FeatureAnswers,
        shared: Cache[str, Answers],
        read_epoch: Callable[[UUID], Awaitable[Epoch]],
        *,
        watch: RightsWatch,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        """Wraps `stored`; `read_epoch` awaits the tenant's epoch in the database."""
        self._stored = stored
        self._shared = shared
        self._read_epoch = read_epoch
        self._clock = clock
        self._generations = Generations(watch)
        self._epochs: MemoryCache[tuple[UUID, int], Epoch] = MemoryCache(
            _MAX_EPOCHS, _EPOCH_FOR, clock
        )
        self._memory: MemoryCache[Key, Answers] = MemoryCache(_MAX_ANSWERS, CACHE_FOR, clock)
        self._loads: SingleFlight[tuple[UUID, int], Epoch] = SingleFlight(_EPOCH_FOR, clock)
        self._hits, self._misses = metrics.cache("entitlement_answers")

    async def answers(self, tenant_id: UUID, asker: Asker) -> Answers:
        """As the protocol says."""
        epoch, key = await self._epoch(tenant_id), (tenant_id, asker)
        known = self._memory.peek(key)
        if known is None or not self._holds(known, epoch):
            known = await self._shared.get(_name(key))
            if known is None or not self._holds(known, epoch):
                return await self._load(key)
            await self._memory.put(key, known)
        self._hits.inc()
        return known

    def _holds(self, known: Answers, epoch: Epoch) -> bool:
        return known.epoch == epoch and self._clock.now() < known.until

    async def _load(self, key: Key) -> Answers:
        self._misses.inc()
        found = await self._stored.answers(*key)
        if found.lasting:
            await self._memory.put(key, found)
            await self._shared.put(_name(key), found)
        return found

    async def _epoch(self, tenant_id: UUID) -> Epoch:
        key = (tenant_id, self._generations.of(tenant_id))
        known = self._epochs.peek(key)
        if known is not None:
            return known
        return await self._loads.load(key, lambda begun: self._load_epoch(key, begun))

    async def _load_epoch(self, key: tuple[UUID, int], begun: float) -> Epoch:
        found = await self._read_epoch(key[0])
        await self._epochs.put(key, found, read_at=begun)
        return found


def shared_answers(redis: Redis | None, clock: Clock) -> RedisCache[Answers]:
    """The layer that replicas share."""
    return RedisCache(redis, "entitlements:", CACHE_FOR, _encode, _decode, clock=clock)


def _name(key: Key) -> str:
    tenant_id, asker = key
    camera = f"camera:{asker.camera_id}" if asker.camera_id is not None else "tenant"
    return f"{tenant_id}:{asker.device_id or ''}:{camera}"


def _encode(found: Answers) -> bytes:
    features = [asdict(each) for each in found.features.values()]
    epoch = [found.epoch.incarnation, found.epoch.number]
    return json.dumps([epoch, found.until.isoformat(), features]).encode()


def _decode(data: bytes) -> Answers:
    try:
        (incarnation, number), until, features = json.loads(data)
        decided = {each["feature"]: Entitlement(**each) for each in features}
        return Answers(decided, Epoch(incarnation, number), datetime.fromisoformat(until), True)
    except (TypeError, KeyError) as error:
        raise ValueError("not answers about features") from error
