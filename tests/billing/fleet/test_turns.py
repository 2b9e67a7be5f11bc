"""Which of a device's streams stay, in whatever order they come and leave."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing.fleet import store
from billing.fleet.hub import FleetHub
from billing.fleet.store import LineState
from billing.keys.ring import KeyRing
from billing.watch import RightsWatch
from mesh.clock import ManualClock
from mesh.wakeup import Wakeups
from rights.claims import Epoch


async def no_list(_: UUID) -> str:
    return ""


async def test_a_stream_that_newer_ones_ended_may_leave_last() -> None:
    wakeups, nowhere = Wakeups(None), Any
    clock = ManualClock(datetime(2025, 5, 14, tzinfo=UTC))
    ring = KeyRing(nowhere, Path(), clock, wakeups)
    hub = FleetHub(nowhere, wakeups, RightsWatch(wakeups), ring, clock, revocation_lists=no_list)
    tenant_id, device_id = uuid4(), uuid4()
    with hub.open(tenant_id, device_id) as oldest:
        with ExitStack() as newer:
            sessions = [newer.enter_context(hub.open(tenant_id, device_id)) for _ in range(4)]
            assert oldest.ended
            assert not any(session.ended for session in sessions)
        with hub.open(tenant_id, device_id) as again:
            assert not again.ended
    with ExitStack() as later:
        sessions = [later.enter_context(hub.open(tenant_id, device_id)) for _ in range(4)]
        assert not any(session.ended for session in sessions)


async def test_a_stream_greeted_while_the_poll_reads_is_not_taken_for_an_older_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Away:
        @asynccontextmanager
        async def worker(self) -> AsyncIterator[None]:
            yield None

    wakeups, away = Wakeups(None), Away()
    clock = ManualClock(datetime(2025, 5, 14, tzinfo=UTC))
    nowhere: Any = None
    ring = KeyRing(nowhere, Path(), clock, wakeups)
    hub = FleetHub(away, wakeups, RightsWatch(wakeups), ring, clock, revocation_lists=no_list)  # type: ignore[arg-type]
    with hub.open(uuid4(), uuid4()) as session:

        async def read(_: None, lines: list[store.Line]) -> dict[UUID, LineState]:
            # its claim commits after the read
            session.welcome(clock.now(), Epoch("history", 1), hub.trust)
            return {lines[0].stream_id: LineState(False, None, "history", 1)}

        monkeypatch.setattr(store, "line_states", read)
        await hub._check([session])
        assert session.greeted
        assert not session.ended
