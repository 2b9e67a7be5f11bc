"""The streams of devices at this replica, and the one poller that reads the truth for them."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import structlog

from billing.fleet import store
from billing.fleet.service import revoked, superseded
from billing.fleet.session import Session
from billing.fleet.store import Line
from billing.topics import commands_topic
from billing.watch import RightsWatch
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import MeshError
from mesh.ids import uuid7
from mesh.wakeup import Wakeups
from rights.claims import Epoch

_POLL_S = 1.0
_STREAMS_PER_DEVICE = 4


class FleetHub:
    """Every second, and at once for a device that was hinted at, one read for all streams finds
    new commands, changed rights, retired devices and newer streams at another replica."""

    def __init__(self, db: Database, wakeups: Wakeups, watch: RightsWatch, clock: Clock) -> None:
        """`run` does the polling."""
        self._db = db
        self._wakeups = wakeups
        self._watch = watch
        self._clock = clock
        self._sessions: dict[UUID, set[Session]] = {}
        self._turns: dict[tuple[UUID, str], deque[Session]] = {}
        self._hinted: set[Session] = set()
        self._unsure: set[Session] = set()
        self._stir = asyncio.Event()
        self._draining = False
        self._away = False
        self._log = structlog.get_logger()

    @contextmanager
    def open(
        self, tenant_id: UUID, device_id: UUID, purpose: str = "heartbeat"
    ) -> Iterator[Session]:
        """A new stream of the device, known to the hub until the end of the block.

        Only the last few of a device and purpose stay open, so that one device cannot use up
        all streams. One that is never greeted is ended in time and gets no message.
        """
        with self._wakeups.subscribe(commands_topic(device_id)) as hints:
            line = Line(tenant_id, device_id, uuid7(self._clock))
            session = Session(line, hints, self._nudge)
            self._sessions.setdefault(tenant_id, set()).add(session)
            self._take_turn((device_id, purpose), session)
            self._watch.follow(tenant_id, self._rights_hinted)
            if self._draining:
                session.end()
            try:
                yield session
            finally:
                self._remove(session)
                self._leave_turn((device_id, purpose), session)

    async def run(self) -> None:
        """Polls until cancelled."""
        loop = asyncio.get_running_loop()
        full_at = loop.time() + _POLL_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(full_at):
                    await self._stir.wait()
            full = loop.time() >= full_at
            self._stir.clear()
            wanted = self._all() if full else list(self._hinted)
            self._hinted.clear()
            if full:
                full_at = loop.time() + _POLL_S
            await self._check(wanted)

    def drain(self) -> None:
        """Ends every stream in order, so that its device reconnects to another replica."""
        self._draining = True
        for session in self._all():
            session.end()

    async def _check(self, sessions: Collection[Session]) -> None:
        if not sessions:
            return
        try:
            await self._poll(sessions)
        except Exception as error:
            if not self._away:
                known = isinstance(error, MeshError)
                self._log.warning(
                    "fleet_poll_failed",
                    error=type(error).__name__,
                    exc_info=None if known else error,
                )
            self._away = True
            self._unsure.update(set(sessions).intersection(self._all()))
        else:
            self._away = False
            self._unsure.difference_update(sessions)

    async def _poll(self, sessions: Collection[Session]) -> None:
        by_stream = {session.line.stream_id: session for session in sessions}
        async with self._db.worker() as conn:
            lines = [session.line for session in sessions]
            states = await store.line_states(conn, lines)
            greeted = {
                session.line: session in self._unsure for session in sessions if session.greeted
            }
            taken = await store.take_commands(conn, greeted, self._clock.now()) if greeted else []
        for stream_id, state in states.items():
            session = by_stream[stream_id]
            if state.retired:
                session.end(revoked())
            elif session.greeted and state.speaker != stream_id:
                session.end(superseded())
            elif session.greeted:
                session.show_epoch(Epoch(state.incarnation, state.rights_epoch))
        for stream_id, command in taken:
            by_stream[stream_id].post(command)

    def _take_turn(self, key: tuple[UUID, str], session: Session) -> None:
        turns = self._turns.setdefault(key, deque())
        turns.append(session)
        if len(turns) > _STREAMS_PER_DEVICE:
            turns.popleft().end(superseded())

    def _leave_turn(self, key: tuple[UUID, str], session: Session) -> None:
        """A stream that was ended for newer ones may leave after all of these."""
        turns = self._turns.get(key, deque())
        if session in turns:
            turns.remove(session)
        if not turns:
            self._turns.pop(key, None)

    def _nudge(self, session: Session) -> None:
        self._hinted.add(session)
        self._stir.set()

    def _rights_hinted(self, tenant_id: UUID) -> None:
        for session in self._sessions.get(tenant_id, ()):
            self._nudge(session)

    def _remove(self, session: Session) -> None:
        self._hinted.discard(session)
        self._unsure.discard(session)
        remaining = self._sessions[session.tenant_id]
        remaining.discard(session)
        if not remaining:
            del self._sessions[session.tenant_id]
            self._watch.leave(session.tenant_id, self._rights_hinted)

    def _all(self) -> list[Session]:
        return [session for group in self._sessions.values() for session in group]
