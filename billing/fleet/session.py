"""One device's stream while it lasts: numbers in, messages out, and how it ends."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from billing.fleet.commands.store import CommandRow
from billing.fleet.store import Line
from mesh.errors import RateLimited
from mesh.wakeup import Subscription
from rights.claims import Epoch
from rights.trust import NEVER_TOLD, Trust


@dataclass(frozen=True, slots=True)
class Welcome:
    """Answers hello; `server_time` is aware, UTC."""

    server_time: datetime
    epoch: Epoch
    trust: Trust


@dataclass(frozen=True, slots=True)
class RightsChanged:
    """The tenant's epoch and what is trusted no longer, either of them new; with a new epoch
    comes the tenant's signed revocation list, unless it is too long for a stream."""

    epoch: Epoch
    trust: Trust
    revocation_list: str


@dataclass(frozen=True, slots=True)
class FullStateRequest:
    """The number that was expected when another came."""

    expected_sequence: int


Outgoing = Welcome | RightsChanged | FullStateRequest | CommandRow


class Take(Enum):
    """What to do with an inbound message."""

    APPLY = "apply"
    IGNORE = "ignore"
    ASK = "ask"


class Numbering:
    """Inbound messages count 1, 2, 3, …; after a gap only a hello restores the state.

    A result of a command applies at any time: it is about that command alone.
    """

    def __init__(self) -> None:
        """Waits for hello as number 1."""
        self._last = 0
        self._whole = False
        self._asked = False
        self.expected = 1

    def take(self, sequence: int, *, hello: bool = False, result: bool = False) -> Take:
        """What to do with message `sequence`; `expected` is the number that was due."""
        self.expected = self._last + 1
        if sequence <= self._last:
            return Take.IGNORE
        gap = sequence != self.expected
        self._last = sequence
        if hello:
            self._whole, self._asked = True, False
            return Take.APPLY
        if gap:
            self._whole, self._asked = False, False
        if self._whole or (result and not gap):
            return Take.APPLY
        if self._asked:
            return Take.IGNORE
        self._asked = True
        return Take.ASK


_MAX_WAITING = 4000
"""More than all commands that may wait for a device, each carried twice."""


class Session:
    """An open stream. Made by the hub, which also feeds it."""

    def __init__(self, line: Line, hints: Subscription, nudge: Callable[["Session"], None]) -> None:
        """`hints` wakes the stream; a hint that brought no message is handed to `nudge`."""
        self.line = line
        self.numbering = Numbering()
        self.epoch: Epoch | None = None
        self.trust = NEVER_TOLD
        self._hints = hints
        self._nudge = nudge
        self._outbox: deque[Outgoing] = deque()
        self._ended = False
        self._error: BaseException | None = None

    @property
    def tenant_id(self) -> UUID:
        """The device's tenant."""
        return self.line.tenant_id

    @property
    def greeted(self) -> bool:
        """Whether the device has said hello and was welcomed."""
        return self.epoch is not None

    @property
    def ended(self) -> bool:
        """Whether nothing that the device says counts any more."""
        return self._ended

    def welcome(self, now: datetime, epoch: Epoch, trust: Trust) -> None:
        """Answers a hello, and asks the hub for what waits for the device."""
        self.epoch, self.trust = epoch, trust
        self.post(Welcome(now, epoch, trust))
        self._nudge(self)

    def show(self, epoch: Epoch, trust: Trust, revocation_list: str) -> None:
        """Tells the device when its tenant's epoch or the trust is another than it was told."""
        if (epoch, trust) != (self.epoch, self.trust):
            self.epoch, self.trust = epoch, trust
            self.post(RightsChanged(epoch, trust, revocation_list))

    def post(self, message: Outgoing) -> None:
        """Sends a message after those that wait; a device that does not read them is ended."""
        if self._ended:
            return
        if len(self._outbox) >= _MAX_WAITING:
            self._outbox.clear()
            self.end(RateLimited())
            return
        self._outbox.append(message)
        self._hints.wake()

    def end(self, error: BaseException | None = None) -> None:
        """Ends the stream after what waits; the first end counts."""
        if not self._ended:
            self._ended, self._error = True, error
            self._hints.wake()

    async def messages(self) -> AsyncIterator[Outgoing]:
        """What to send, until the end. Raises the error that the stream was ended with."""
        while True:
            if self._outbox:
                yield self._outbox.popleft()
            elif self._ended:
                break
            else:
                await self._hints.wait()
                if not self._outbox and not self._ended:
                    self._nudge(self)
        if self._error is not None:
            raise self._error
