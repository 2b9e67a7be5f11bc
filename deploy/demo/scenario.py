"""The story: cameras run, the cloud is cut off, both sides are killed, everything arrives once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import grpc
from brinkbyte.common.v1 import error_reason_pb2
from brinkbyte.edge.v1 import edge_service_pb2, edge_service_pb2_grpc

from deploy.demo import sums
from deploy.demo.result import Refusal
from deploy.local.errors import StartError
from deploy.local.proxy import TcpProxy
from deploy.local.stack import LocalStack

CUT_S = 15.0
POLL_S = 0.2
Say = Callable[[str], None]

RUNNING = edge_service_pb2.PIPELINE_STATE_RUNNING
SETTLED = {
    edge_service_pb2.PIPELINE_STATE_FINISHED,
    edge_service_pb2.PIPELINE_STATE_REFUSED,
    edge_service_pb2.PIPELINE_STATE_FAILED,
}

_WAIT_S = 120.0
"""A node that lost its cloud tries again after up to a minute."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the node said of its cameras at the end."""

    refusals: tuple[Refusal, ...]
    detections: int


class Scenario:
    """Plays the story over a started stack whose node reaches the cloud through `links`."""

    def __init__(
        self,
        stack: LocalStack,
        links: tuple[TcpProxy, ...],
        node: grpc.aio.Channel,
        cameras: int,
        say: Say,
    ) -> None:
        """`node` carries a key of the node's own API; `cameras` are expected to run."""
        self._stack = stack
        self._links = links
        self._edge = edge_service_pb2_grpc.EdgeServiceStub(node)
        self._cameras = cameras
        self._say = say
        self._detections = 0

    async def play(self) -> Told:
        """Runs to the end; StartError when a step does not happen in time."""
        await self._until("the cameras to run", self._running)
        edge, billing = self._pid("edge"), self._pid("billing")
        await self._outage()
        self._say("the cloud is back; the node is killed while it sends")
        await self._within("the node to restart", self._stack.supervisor.wait_ready("edge", edge))
        self._say("the node is back; billing is killed between commit and ack")
        await self._within(
            "billing to restart", self._stack.supervisor.wait_ready("billing", billing)
        )
        self._say("billing is back; waiting until everything is synced and folded")
        await self._until("the journal to be synced", self._synced)
        return await self._told()

    async def _outage(self) -> None:
        before = await self._frames()
        for link in self._links:
            await link.cut()
        began = time.monotonic()
        self._say(f"the cloud is cut off for {CUT_S:.0f} s")
        await self._until("the cameras to finish", self._settled)
        rest = CUT_S - (time.monotonic() - began)
        if rest > 0:
            await asyncio.sleep(rest)
        self._detections = sum(camera.detections for camera in await self._list())
        frames = await self._frames() - before
        self._say(f"{frames} frames ran meanwhile, on the last signed licence")
        if not frames:
            raise StartError("demo", "no frame ran while the cloud was away", "see the edge's log")
        for link in self._links:
            await link.heal()

    async def _told(self) -> Told:
        refusals = []
        for camera in await self._list():
            if camera.state == edge_service_pb2.PIPELINE_STATE_REFUSED:
                name = _reason(camera.reason)
                refusals.append(Refusal(camera.camera_id, "camera", name, camera.message))
            refusals += [
                Refusal(camera.camera_id, one.feature, _reason(one.reason), one.message)
                for one in camera.refused_features
            ]
        return Told(tuple(refusals), self._detections)

    def _pid(self, name: str) -> int:
        pid = self._stack.supervisor.pid(name)
        assert pid is not None
        return pid

    async def _list(self) -> list[edge_service_pb2.Camera]:
        answer = await self._edge.ListCameras(edge_service_pb2.ListCamerasRequest())
        return list(answer.cameras)

    async def _frames(self) -> int:
        return sum(camera.frames for camera in await self._list())

    async def _running(self) -> bool:
        return sum(each.state == RUNNING and each.frames > 0 for each in await self._list()) == (
            self._cameras
        )

    async def _settled(self) -> bool:
        return all(camera.state in SETTLED for camera in await self._list())

    async def _synced(self) -> bool:
        journal = await sums.edge_journal(self._stack.edge_dsn)
        open_frames = await sums.edge_open_frames(self._stack.edge_dsn)
        return journal.events > 0 and journal.acked == journal.events and not open_frames

    async def _until(self, what: str, holds: Callable[[], Awaitable[bool]]) -> None:
        async def poll() -> None:
            while True:
                try:
                    if await holds():
                        return
                except grpc.aio.AioRpcError:
                    pass
                await asyncio.sleep(POLL_S)

        await self._within(what, poll())

    async def _within(self, what: str, step: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(_WAIT_S):
                await step
        except TimeoutError:
            raise StartError(
                "demo",
                f"waited {_WAIT_S:.0f} s for {what}",
                f"see the logs in {self._stack.plan.run.logs}",
            ) from None


def _reason(number: int) -> str:
    name = error_reason_pb2.ErrorReason.Name(error_reason_pb2.ErrorReason.ValueType(number))
    return name.removeprefix("ERROR_REASON_").lower()
