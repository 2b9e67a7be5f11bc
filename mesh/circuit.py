"""A circuit breaker for a dependency that may be away without harm."""

from typing import Any

from mesh.clock import Clock


class Circuit:
    """Open for `open_s` seconds after a failure; logs only when the state changes."""

    def __init__(self, name: str, clock: Clock, log: Any, open_s: float = 1.0) -> None:
        """`name` is the dependency, `log` a structlog logger."""
        self._name = name
        self._clock = clock
        self._log = log
        self._open_s = open_s
        self._open_until = 0.0
        self._failing = False

    @property
    def closed(self) -> bool:
        """Whether a call may be tried."""
        return not self._failing or self._clock.monotonic() >= self._open_until

    def succeeded(self) -> None:
        """Closes the circuit."""
        if self._failing:
            self._failing = False
            self._log.info("dependency_back", dependency=self._name)

    def failed(self, error: BaseException) -> None:
        """Opens the circuit."""
        self._open_until = self._clock.monotonic() + self._open_s
        if not self._failing:
            self._failing = True
            self._log.warning("dependency_away", dependency=self._name, error=type(error).__name__)
