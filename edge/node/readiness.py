"""Whether Triton answers, asked at most every few seconds."""

from typing import Protocol

from mesh.clock import Clock

_VALID_S = 3.0


class Probe(Protocol):
    """Who can tell."""

    async def ready(self) -> bool:
        """Whether the model is ready now; never raises."""
        ...


class Readiness:
    """Remembers the last answer for three seconds."""

    def __init__(self, probe: Probe, clock: Clock) -> None:
        """`probe` is the inference client."""
        self._probe = probe
        self._clock = clock
        self._asked_at = -_VALID_S
        self._ready = False

    async def inference(self) -> bool:
        """Whether inference is ready."""
        now = self._clock.monotonic()
        if now - self._asked_at >= _VALID_S:
            self._asked_at = now
            self._ready = await self._probe.ready()
        return self._ready
