"""A node ends when it is told to, whatever it is waiting for."""

import asyncio

import pytest

from edge import main
from edge.config import EdgeConfig
from tests.edge.cloud_double.server import CloudServer


async def test_while_it_waits_for_a_cloud_that_is_away(
    config: EdgeConfig, cloud_server: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "configure_logs", lambda *_, **__: None)
    await cloud_server.down()
    stop = asyncio.Event()
    serving = asyncio.create_task(main.serve(config, stop))
    done, _ = await asyncio.wait([serving], timeout=1)
    assert not done, "it waits for the cloud"
    stop.set()
    async with asyncio.timeout(60):
        await serving
