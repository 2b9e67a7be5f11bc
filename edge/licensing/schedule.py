"""When to ask the cloud again: ahead of expiry, spread over a fleet."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from edge.licensing.held import CameraRights
from mesh.clock import Clock

_AHEAD = 0.8
_SPREAD = 0.1
_SHORTEST = timedelta(minutes=1)
_LONGEST_WAIT_S = 60.0


class RefreshSchedule:
    """Each camera's answer is refreshed after about 80 % of its time."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        """`rng` decides this node's place within the spread."""
        self._clock = clock
        self._share = _AHEAD * rng.uniform(1 - _SPREAD, 1 + _SPREAD)

    def due(self, cameras: Iterable[CameraRights]) -> bool:
        """Whether any answer should be refreshed now; one from a time to come always is: the clock
        was set right since."""
        now = self._clock.now()
        return any(self._due_at(rights) <= now or now < rights.refreshed_at for rights in cameras)

    def wait_s(self, cameras: Iterable[CameraRights]) -> float:
        """Seconds until the next refresh, at most a minute: clocks may be set meanwhile."""
        now = self._clock.now()
        moments = (self._due_at(rights) for rights in cameras)
        first = min(moments, default=now + timedelta(seconds=_LONGEST_WAIT_S))
        return min(_LONGEST_WAIT_S, max(0.0, (first - now).total_seconds()))

    def _due_at(self, rights: CameraRights) -> datetime:
        """A licence that is about to end is asked about right then: it may have been renewed."""
        asked = rights.refreshed_at
        due = asked + max(_SHORTEST, self._share * (rights.held.cached_until - asked))
        signed = rights.held.license
        if signed is not None and asked < signed.camera.valid_until < due:
            return signed.camera.valid_until
        return due
