"""Time as an argument: nothing in the project reads the machine's clock by itself."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The two clocks that code may need."""

    def now(self) -> datetime:
        """Wall-clock time: aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """Wall-clock time: aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to; for tests and replays."""

    def __init__(self, start: datetime) -> None:
        """`start` must be aware; it is kept in UTC.

        Raises ValueError for a naive time.
        """
        if start.tzinfo is None:
            raise ValueError("ManualClock needs an aware start time")
        self._now = start.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The time it was last moved to: aware, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self._monotonic

    def advance(self, step: timedelta) -> None:
        """Moves both clocks forward by `step`.

        Raises ValueError for a negative step; `turn_to` moves the wall clock back.
        """
        if step < timedelta(0):
            raise ValueError("a monotonic clock cannot go back; use turn_to")
        self._now += step
        self._monotonic += step.total_seconds()

    def turn_to(self, now: datetime) -> None:
        """Sets the wall clock alone, as a person or a bad time server would."""
        self._now = now.astimezone(UTC)
