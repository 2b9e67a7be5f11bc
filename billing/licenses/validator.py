"""The hot question, may this camera run, and the cache that wraps it."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

from billing.flight import SingleFlight
from billing.generations import Generations
from billing.licenses.answers import CameraAnswer
from billing.licenses.book import Asked
from billing.licenses.validation import ValidationService
from billing.unit import Units
from billing.watch import RightsWatch
from mesh.cache import MemoryCache
from mesh.clock import Clock
from mesh.telemetry import Metrics

_TTL = timedelta(seconds=1)
_MAX_ANSWERS = 100_000

Key = tuple[UUID, Asked, UUID | None]


class CameraValidator(Protocol):
    """Answers for one camera."""

    async def validate(self, tenant_id: UUID, asked: Asked, device_id: UUID | None) -> CameraAnswer:
        """Whether the camera may run now; `device_id` is the device that asks, if one does."""
        ...


class StoredValidator:
    """Answers from the database, in a transaction of its own."""

    def __init__(self, units: Units, validation: ValidationService) -> None:
        """Transactions and rules."""
        self._units = units
        self._validation = validation

    async def validate(self, tenant_id: UUID, asked: Asked, device_id: UUID | None) -> CameraAnswer:
        """As the protocol says."""
        async with self._units.within(tenant_id) as unit:
            answers, _ = await self._validation.validate(unit, [asked], device_id)
        return answers[0]


class CachedValidator:
    """Keeps each answer for one second, or until the tenant's rights change if that is sooner.

    Equal questions that come together are answered once.
    """

    def __init__(
        self, validator: CameraValidator, watch: RightsWatch, clock: Clock, metrics: Metrics
    ) -> None:
        """Wraps `validator`; `watch` says when to forget a tenant's answers."""
        self._validator = validator
        self._answers: MemoryCache[tuple[int, Key], CameraAnswer] = MemoryCache(
            _MAX_ANSWERS, _TTL, clock
        )
        self._generations = Generations(watch)
        self._loads: SingleFlight[tuple[int, Key], CameraAnswer] = SingleFlight(_TTL, clock)
        self._hits, self._misses = metrics.cache("camera_validation")

    async def validate(self, tenant_id: UUID, asked: Asked, device_id: UUID | None) -> CameraAnswer:
        """As the protocol says."""
        key = (self._generations.of(tenant_id), (tenant_id, asked, device_id))
        known = self._answers.peek(key)
        if known is not None:
            self._hits.inc()
            return known
        self._misses.inc()
        return await self._loads.load(key, lambda begun: self._load(key, begun))

    async def _load(self, key: tuple[int, Key], begun: float) -> CameraAnswer:
        found = await self._validator.validate(*key[1])
        await self._answers.put(key, found, read_at=begun)
        return found
