"""Time that only moves forward, so that turning the clock back buys nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mesh.clock import Clock

_TOLERANCE = timedelta(minutes=5)
_RESOLUTION_S = 0.001


@dataclass(frozen=True, slots=True)
class ClockState:
    """What one run leaves to the next. Moments are aware, UTC.

    `high_water` is the latest time seen or signed. `signed` is the latest time that the cloud
    signed, None before the first, and `proven` the same plus all time run since: the true time
    is not before it.
    """

    high_water: datetime
    signed: datetime | None = None
    proven: datetime | None = None


class ForwardClock:
    """The latest time ever seen, or signed by the cloud, going on with the monotonic clock.

    Once the cloud signed a time in this run, that time goes on and the machine's wall clock
    decides nothing any more; before that a wall clock that is ahead is believed. What looked
    wrong waits in `events` to be written down, and `learned` says that a signed time waits to
    be kept.
    """

    def __init__(self, clock: Clock, state: ClockState | None) -> None:
        """`state` is what an earlier run kept, None on the first."""
        seen, self._since = clock.now(), clock.monotonic()
        self._clock = clock
        self._high = seen if state is None else max(seen, state.high_water)
        self._anchor = self._high
        self._signed = state.signed if state is not None else None
        self._proven = state.proven if state is not None else None
        self._heard = False
        self._told = self._since
        self._fault = ""
        self.events: list[str] = []
        self.learned = False

    @property
    def state(self) -> ClockState:
        """What to persist."""
        proven = self._proven + self._elapsed() if self._proven is not None else None
        return ClockState(self.now(), self._signed, proven)

    @property
    def fault(self) -> str:
        """What is wrong with the machine's clock now, in words; empty when nothing is."""
        return self._fault

    def now(self) -> datetime:
        """Aware, UTC, to the millisecond; never before an earlier answer unless the cloud's time
        says so."""
        if not self._heard:
            seen = self._clock.now()
            if seen <= self._high:
                seen = self._anchor + self._elapsed()
        else:
            running = self._clock.monotonic()
            if running - self._told < _RESOLUTION_S:
                return self._high
            self._told = running
            seen = self._anchor + timedelta(0, running - self._since)
        self._high = max(self._high, seen)
        return self._high

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return self._clock.monotonic()

    def machine_now(self) -> datetime:
        """The machine's own clock: aware, UTC, right or wrong."""
        return self._clock.now()

    def observe(self) -> None:
        """Compares the machine's clock with the time gone by; to be called each second or so."""
        running, seen = self._anchor + self._elapsed(), self._clock.now()
        gap = seen - running
        if gap > _TOLERANCE and not self._heard:
            self._note(f"the clock jumped ahead by {gap}", lasts=False)
            self._go_on_from(max(seen, self._high))
        elif gap > _TOLERANCE:
            self._note(f"the clock is {gap} ahead of the cloud's signed time")
        elif gap < -_TOLERANCE:
            self._note(f"the clock was turned back by {-gap}")
        else:
            self._fault = ""
            if not self._heard:
                self._go_on_from(max(running, seen, self._high))

    def heard(self, signed: datetime) -> None:
        """Takes the time (aware) that the cloud signed just now: it goes on from there.

        A false jump into the future is taken back. A time that is not newer than an earlier
        one was not signed just now: it counts as a file's.
        """
        if self._signed is not None and signed <= self._signed:
            self.read(signed)
            return
        ahead = self.now() - signed
        if ahead > _TOLERANCE:
            self.events.append(f"the clock was {ahead} ahead of the cloud's signed time: set right")
        self._go_on_from(signed if ahead > _TOLERANCE else max(signed, self._high))
        self._signed, self._proven = signed, self._anchor
        self._heard = self.learned = True

    def read(self, signed: datetime) -> None:
        """Takes the time (aware) of a signed file, which may be older than it looks.

        It moves the clock forward. It takes back a false jump too, but not to before `proven`:
        a file that was kept for later wins no running time.
        """
        proven = self.state.proven
        floor = signed if proven is None else max(signed, proven)
        ahead = self.now() - floor
        false_jump = not self._heard and ahead > _TOLERANCE
        if false_jump:
            self.events.append(f"the clock was {ahead} ahead of the signed file: set right")
        self._go_on_from(floor if false_jump else max(floor, self._high))
        self._proven = floor
        self._signed = signed if self._signed is None else max(signed, self._signed)
        self.learned = True

    def _elapsed(self) -> timedelta:
        return timedelta(0, self._clock.monotonic() - self._since)

    def _go_on_from(self, moment: datetime) -> None:
        elapsed = self._elapsed()
        if self._proven is not None:
            self._proven += elapsed
        self._since += elapsed.total_seconds()
        self._anchor = self._high = moment
        self._told = self._since

    def _note(self, message: str, *, lasts: bool = True) -> None:
        """A fault that lasts is told once."""
        if not lasts or not self._fault:
            self.events.append(message)
        if lasts:
            self._fault = message
