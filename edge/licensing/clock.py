"""Time that only moves forward, so that turning the clock back buys nothing."""

from datetime import datetime, timedelta

from mesh.clock import Clock

_TOLERANCE = timedelta(minutes=5)


class ForwardClock:
    """The later of the machine's clock and the latest time ever seen or signed by the cloud."""

    def __init__(self, clock: Clock, high_water: datetime | None) -> None:
        """`high_water` (aware) is what an earlier run persisted, None on the first."""
        self._clock = clock
        self._high = high_water or clock.now()

    @property
    def high_water(self) -> datetime:
        """What to persist: aware, UTC."""
        return self._high

    def now(self) -> datetime:
        """Aware, UTC; never before an earlier answer unless the cloud's time says so."""
        seen = self._clock.now()
        self._high = max(self._high, seen)
        return self._high

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return self._clock.monotonic()

    def machine_now(self) -> datetime:
        """The machine's own clock: aware, UTC, right or wrong."""
        return self._clock.now()

    def turned_back(self) -> timedelta | None:
        """How far the machine's clock is behind what was seen before, if notably."""
        behind = self._high - self._clock.now()
        return behind if behind > _TOLERANCE else None

    def heard(self, signed: datetime) -> None:
        """Takes the time (aware) that the cloud signed just now.

        It moves the clock forward, and takes back a false jump into the future.
        """
        if signed > self._high or self._high - signed > _TOLERANCE:
            self._high = signed
