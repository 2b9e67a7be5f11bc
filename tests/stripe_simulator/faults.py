"""Failures on demand: by method, path and count."""

import asyncio
import re
from dataclasses import dataclass, field
from enum import Enum


class Outcome(Enum):
    """What happens to a call. The first three have no effect, the next has one all the same."""

    RATE_LIMITED = "429"
    SERVER_ERROR = "500"
    CUT = "the connection is cut before anything happens"
    LOST_ANSWER = "done, and the connection is cut before the answer"
    DONE_AND_500 = "done, and answered with a 500"
    HOLD = "waits for `release`, then does it"


@dataclass(slots=True)
class Fault:
    """One failure; `left` calls still meet it, after `skip` that do not."""

    method: str
    path: re.Pattern[str]
    outcome: Outcome
    left: int = 1
    skip: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    hits: int = 0


class FaultPlan:
    """The failures that wait."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(
        self, method: str, path: str, outcome: Outcome, *, times: int = 1, skip: int = 0
    ) -> Fault:
        """`path` is a regular expression that the whole path matches, without /v1."""
        fault = Fault(method, re.compile(f"/v1{path}"), outcome, times, skip)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing fails any more."""
        self._faults.clear()

    def meet(self, method: str, path: str) -> Fault | None:
        """The failure that this call meets."""
        for fault in self._faults:
            if fault.left and fault.method == method and fault.path.fullmatch(path):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.left -= 1
                fault.hits += 1
                fault.hit.set()
                return fault
        return None
