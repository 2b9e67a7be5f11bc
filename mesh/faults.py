"""Named fault points, so that a test can stop a process between any two steps.

BRINKBYTE_FAULTS holds a comma-separated list such as
`usage.after_commit_before_ack=kill@1,edge.sync.after_send=delay:250@2`: the point, what
happens there, and at which hit (the first by default). Actions: `kill` (SIGKILL to the
own process), `error` (raises InjectedFault), `delay:<milliseconds>`. With
BRINKBYTE_FAULTS_DIR each fault fires once per directory, so that a restarted process
does not die again.
"""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mesh.errors import ConfigError, MeshError

FAULTS = "BRINKBYTE_FAULTS"
FAULTS_DIR = "BRINKBYTE_FAULTS_DIR"


class InjectedFault(MeshError):
    """Raised by a fault point whose action is `error`."""


class Faults(Protocol):
    """What code with fault points holds."""

    def hit(self, point: str) -> None:
        """Marks that execution reached `point`."""
        ...


class NoFaults:
    """The production answer: nothing ever happens."""

    def hit(self, point: str) -> None:
        """Does nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One armed fault; `delay_ms` counts only for the action `delay`."""

    point: str
    action: str
    at_hit: int
    delay_ms: int = 0


class ArmedFaults:
    """Fires the given faults."""

    def __init__(self, faults: Mapping[str, Fault], markers: Path | None) -> None:
        """`markers` is the directory that remembers what fired, or None to forget."""
        self._faults = dict(faults)
        self._markers = markers
        self._hits: dict[str, int] = {}

    def hit(self, point: str) -> None:
        """Counts the hit and fires the point's fault when its turn has come.

        Raises InjectedFault for the action `error`.
        """
        fault = self._faults.get(point)
        if fault is None:
            return
        self._hits[point] = self._hits.get(point, 0) + 1
        if self._hits[point] != fault.at_hit or not self._claim(point):
            return
        if fault.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif fault.action == "delay":
            time.sleep(fault.delay_ms / 1000)
        else:
            raise InjectedFault(f"injected at {point}")

    def _claim(self, point: str) -> bool:
        if self._markers is None:
            return True
        self._markers.mkdir(parents=True, exist_ok=True)
        try:
            (self._markers / f"{point}.fired").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def load_faults(environ: Mapping[str, str]) -> Faults:
    """Faults from the environment; NoFaults when the variable is unset or empty.

    Raises ConfigError for an entry that cannot be read.
    """
    text = environ.get(FAULTS, "")
    if not text.strip():
        return NoFaults()
    faults = [_parse(entry.strip()) for entry in text.split(",") if entry.strip()]
    markers = environ.get(FAULTS_DIR)
    return ArmedFaults({f.point: f for f in faults}, Path(markers) if markers else None)


def _parse(entry: str) -> Fault:
    point, _, rest = entry.partition("=")
    action, _, hit = rest.partition("@")
    action, _, delay = action.partition(":")
    known = delay.isdigit() if action == "delay" else action in {"kill", "error"} and not delay
    if not point or not known or not (hit or "1").isdigit():
        raise ConfigError(
            f"{FAULTS}: cannot read {entry!r}; write point=kill@1, point=error or "
            "point=delay:<milliseconds>@<hit>"
        )
    return Fault(point, action, int(hit or 1), int(delay or 0))
