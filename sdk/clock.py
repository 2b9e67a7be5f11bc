"""Time that only moves forward, so that turning the clock back buys nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mesh.clock import Clock

TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The cloud's time (aware) at a reading of the monotonic clock (seconds)."""

    signed: datetime
    monotonic: float


class ForwardClock:
    """The latest time ever seen or signed.

    Once the cloud's signed time was heard, time runs on from it by the monotonic clock,
    whatever the machine's wall clock does (while the machine sleeps it stands still).
    """

    def __init__(self, clock: Clock, high_water: datetime | None) -> None:
        """`high_water` (aware) is what an earlier run persisted, None on the first."""
        self._clock = clock
        self._anchor: _Anchor | None = None
        self._high = high_water or clock.now()

    @property
    def high_water(self) -> datetime:
        """What to persist: aware, UTC."""
        return self._high

    def now(self) -> datetime:
        """Aware, UTC; never before an earlier answer unless the cloud's signed time says so."""
        self._high = max(self._high, self._seen())
        return self._high

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return self._clock.monotonic()

    def turned_back(self) -> timedelta | None:
        """How far time is behind what was seen before, if notably."""
        behind = self._high - self._seen()
        return behind if behind > TOLERANCE else None

    def at_least(self, signed: datetime) -> None:
        """Takes a time (aware) that was signed at some moment in the past."""
        self._high = max(self._high, signed)

    def heard(self, signed: datetime) -> None:
        """Takes the time (aware) that the cloud signed just now.

        It also takes back a false jump into the future.
        """
        self._anchor = _Anchor(signed, self._clock.monotonic())
        if signed > self._high or self._high - signed > TOLERANCE:
            self._high = signed

    def _seen(self) -> datetime:
        if self._anchor is None:
            return self._clock.now()
        elapsed = self._clock.monotonic() - self._anchor.monotonic
        return self._anchor.signed + timedelta(seconds=elapsed)
