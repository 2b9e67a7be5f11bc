"""The node: what it is made of, how it starts and ends."""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import structlog

from edge.config import EdgeConfig
from edge.parts import NodeParts, build_parts
from edge.room import room_needed
from mesh.clock import Clock, SystemClock
from mesh.errors import MeshError, StartError
from mesh.faults import Faults, load_faults
from mesh.telemetry import configure_logs


def migrations() -> Traversable:
    """The directory of the node's migrations."""
    return files("edge") / "migrations"


class EdgeNode:
    """One node. `build`, `start`, `drain`; it can die at any moment."""

    def __init__(self, parts: NodeParts, grace_s: float) -> None:
        """Takes over what `build` opened."""
        self._parts = parts
        self._grace_s = grace_s
        self._metering: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def port(self) -> int:
        """The bound port of EdgeService."""
        return self._parts.port

    @property
    def parts(self) -> NodeParts:
        """What the node is made of."""
        return self._parts

    @classmethod
    async def build(cls, config: EdgeConfig, clock: Clock, faults: Faults) -> "EdgeNode":
        """Migrates its database, enrols where needed and binds its listeners.

        Raises ConfigError or StartError with one line that says what to do.
        """
        with room_needed():
            parts = await build_parts(config, migrations(), clock, faults)
        return cls(parts, config.drain_seconds)

    async def start(self) -> None:
        """Serves, and begins everything that runs beside; cameras follow once licensed.

        Raises StartError when the disk of its database is full.
        """
        parts, core = self._parts, self._parts.core
        with room_needed():
            await parts.housekeeping.tidy()
        self._metering = self._watched("metering", core.meter.run())
        await core.keeper.first()
        await parts.server.start()
        self._tasks = [
            self._watched("licences", core.licenses.run()),
            self._watched("leases", core.keeper.run()),
            self._watched("usage upload", core.sync.run()),
            self._watched("heartbeat", parts.heartbeat.run()),
            self._watched("certificate", parts.renewal.run()),
            self._watched("housekeeping", parts.housekeeping.run()),
            self._watched("cameras", core.manager.start()),
        ]

    async def drain(self) -> None:
        """Lets frames on their way be counted and calls end, then closes everything.

        What was borrowed goes back where the cloud is there; without it, the next start goes on
        with it.
        """
        parts, core = self._parts, self._parts.core
        await parts.server.drain(self._grace_s)
        online = parts.line.connected
        await core.manager.stop(self._grace_s)
        core.meter.stop()
        if self._metering is not None:
            await asyncio.wait([self._metering])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(MeshError):
            await parts.housekeeping.keep_time()
            if online and any(wallet.lease for wallet in core.keeper.wallets.values()):
                await core.meter.close_all()
                await core.keeper.give_back()
        await core.link.close()
        await core.detector.close()
        if core.redis is not None:
            await core.redis.aclose()
        await core.database.close()
        if parts.metrics_server is not None:
            parts.metrics_server.close()

    def _watched(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task whose defect ends the node: half a node is worse than a restart."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.failed.done():
            return
        error = task.exception()
        if error is not None:
            structlog.get_logger().error("node_part_failed", part=task.get_name(), exc_info=error)
            self.failed.set_exception(StartError(f"{task.get_name()} failed; see the log"))


async def serve(config: EdgeConfig, stop: asyncio.Event) -> None:
    """Serves until `stop` is set or a part of the node fails.

    A node that still waits for the cloud or for Triton when `stop` is set gives that up.
    Raises ConfigError, StartError.
    """
    configure_logs(config.log_level, json=config.log_json)
    stopping: asyncio.Future[Any] = asyncio.create_task(stop.wait())
    build = EdgeNode.build(config, SystemClock(), load_faults(os.environ))
    building = asyncio.create_task(build)
    await asyncio.wait([stopping, building], return_when=asyncio.FIRST_COMPLETED)
    if not building.done():
        building.cancel()
        await asyncio.wait([building])
        return
    node = building.result()
    await node.start()
    structlog.get_logger().info(
        "edge_started", port=node.port, device_id=str(node.parts.core.link.identity.device_id)
    )
    await asyncio.wait([stopping, node.failed], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    await node.drain()
    if node.failed.done():
        node.failed.result()
