"""The streams of devices at this replica, and the one poller that reads the truth for them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from uuid import UUID

from billing.fleet import store
from billing.fleet.commands import store as commands
from billing.fleet.service import revoked, superseded
from billing.fleet.session import Session
from billing.fleet.store import Line
from billing.keys.ring import KeyRing
from billing.poller import Poller
from billing.topics import commands_topic
from billing.watch import RightsWatch
from mesh.clock import Clock
from mesh.database import Database
from mesh.ids import uuid7
from mesh.wakeup import Wakeups
from rights.claims import Epoch
from rights.trust import Trust

RevocationLists = Callable[[UUID], Awaitable[str]]
"""The signed revocation list of a tenant; empty when it is not for streams."""

_STREAMS_PER_DEVICE = 4
_LISTS_A_POLL = 20
_LISTS_WITHIN_S = 0.25


class FleetHub:
    """Every second, and at once for a device that was hinted at, one read for all streams finds
    new commands, changed rights, retired devices and newer streams at another replica."""

    def __init__(
        self,
        db: Database,
        wakeups: Wakeups,
        watch: RightsWatch,
        ring: KeyRing,
        clock: Clock,
        *,
        revocation_lists: RevocationLists,
    ) -> None:
        """`run` does the polling; `ring` says which keys are trusted no longer."""
        self._db = db
        self._wakeups = wakeups
        self._watch = watch
        self._ring = ring
        self._clock = clock
        self._revocation_lists = revocation_lists
        self._sessions: dict[UUID, set[Session]] = {}
        self._turns: dict[tuple[UUID, str], deque[Session]] = {}
        self._unsure: set[Session] = set()
        self._poller: Poller[Session] = Poller("fleet", self._all, self._check)
        self._draining = False
        ring.on_trust(self._trust_changed)

    @property
    def trust(self) -> Trust:
        """What is trusted no longer."""
        return self._ring.trust

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
            session = Session(line, hints, self._poller.nudge)
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
        await self._poller.run()

    def drain(self) -> None:
        """Ends every stream in order, so that its device reconnects to another replica."""
        self._draining = True
        for session in self._all():
            session.end()

    async def _check(self, sessions: Collection[Session]) -> None:
        try:
            await self._poll(sessions)
        except Exception:
            self._unsure.update(set(sessions).intersection(self._all()))
            raise
        self._unsure.difference_update(sessions)

    async def _poll(self, sessions: Collection[Session]) -> None:
        """A stream that is greeted while this reads is not judged by what was read before."""
        by_stream = {session.line.stream_id: session for session in sessions}
        lines = [session.line for session in sessions]
        greeted = {session.line: session in self._unsure for session in sessions if session.greeted}
        async with self._db.worker() as conn:
            states = await store.line_states(conn, lines)
            taken = (
                await commands.take_commands(conn, greeted, self._clock.now()) if greeted else []
            )
        told: list[tuple[Session, Epoch]] = []
        for stream_id, state in states.items():
            session = by_stream[stream_id]
            if state.retired:
                session.end(revoked())
            elif session.line not in greeted:
                continue
            elif state.speaker != stream_id:
                session.end(superseded())
            else:
                told.append((session, Epoch(state.incarnation, state.rights_epoch)))
        for stream_id, command in taken:
            by_stream[stream_id].post(command)
        lists = await self._lists({each.tenant_id for each, epoch in told if epoch != each.epoch})
        for session, epoch in told:
            session.show(epoch, self._ring.trust, lists.get(session.tenant_id, ""))

    async def _lists(self, tenants: Collection[UUID]) -> dict[UUID, str]:
        """Signed once for all streams of a tenant. Devices of further tenants, and all while the
        database is slow, fetch theirs: the news itself is not held up."""
        lists: dict[UUID, str] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(_LISTS_WITHIN_S):
                for tenant_id in islice(tenants, _LISTS_A_POLL):
                    lists[tenant_id] = await self._revocation_lists(tenant_id)
        return lists

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

    def _rights_hinted(self, tenant_id: UUID) -> None:
        for session in self._sessions.get(tenant_id, ()):
            self._poller.nudge(session)

    def _trust_changed(self) -> None:
        for session in self._all():
            self._poller.nudge(session)

    def _remove(self, session: Session) -> None:
        self._poller.forget(session)
        self._unsure.discard(session)
        remaining = self._sessions[session.tenant_id]
        remaining.discard(session)
        if not remaining:
            del self._sessions[session.tenant_id]
            self._watch.leave(session.tenant_id, self._rights_hinted)

    def _all(self) -> list[Session]:
        return [session for group in self._sessions.values() for session in group]
