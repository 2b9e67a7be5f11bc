"""A device keeps its last few streams, in whatever order they leave."""

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from billing.fleet.hub import FleetHub
from billing.keys.ring import KeyRing
from billing.watch import RightsWatch
from mesh.clock import ManualClock
from mesh.wakeup import Wakeups


async def test_a_stream_that_newer_ones_ended_may_leave_last() -> None:
    wakeups, nowhere = Wakeups(None), Any
    clock = ManualClock(datetime(2025, 5, 14, tzinfo=UTC))
    ring = KeyRing(nowhere, Path(), clock, wakeups)
    hub = FleetHub(nowhere, wakeups, RightsWatch(wakeups), ring, clock)
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
