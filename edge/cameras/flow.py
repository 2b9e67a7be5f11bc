"""Frames on their way: inferred, looked at, counted, and only then let out.

Several frames of a camera are on their way at once; each waits for the one before it where
order matters. A step that fails is tried again for the same frame, so that no frame is lost
and none is counted twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from edge.analytics.observation import AnalyticEvent, Observation
from edge.cameras.chain import Chain, Sink
from edge.cameras.parts import FrameHold, PipelineParts
from edge.cameras.source import Frame, VideoSource
from edge.cameras.standing import Standing
from edge.cameras.state import PipelineState
from edge.inference.detection import Detection
from edge.telemetry.store import TelemetryRow
from edge.usage.counts import FrameResult
from mesh.errors import MeshError
from mesh.ids import uuid7
from mesh.retry import Backoff
from rights.catalog.model import BASE_PACK

T = TypeVar("T")


class _NoLongerAllowed(Exception):
    """The camera lost its licence before this frame was inferred."""


@dataclass(slots=True)
class _Turn:
    """How far one frame is, for the frame after it; `hold` is its part of the quota."""

    hold: FrameHold | None = None
    observed: asyncio.Event = field(default_factory=asyncio.Event)
    delivered: asyncio.Event = field(default_factory=asyncio.Event)


class Flow:
    """Carries one camera's frames from its source to its sinks."""

    def __init__(
        self, camera_id: str, parts: PipelineParts, chain: Chain, standing: Standing
    ) -> None:
        """`chain` and `standing` are shared with the camera's pipeline."""
        self.next_frame: int | None = None
        self._camera_id = camera_id
        self._parts = parts
        self._chain = chain
        self._standing = standing
        self._stopping = asyncio.Event()
        self._inferring = asyncio.Semaphore(parts.inferring)
        self._in_flight = asyncio.Semaphore(parts.in_flight)
        self._failure: Exception | None = None

    def stop(self) -> None:
        """From now on a step that fails is not tried again."""
        self._stopping.set()

    async def run(self, source: VideoSource, model: str, stride: Callable[[], int]) -> bool:
        """Returns, with no frame on its way, whether the source came to its end.

        `stride`, asked before each frame, says that of so many frames one is looked at; with 0
        the flow ends, as it does when the quota has nothing left. Raises SourceError, and whatever
        defect a frame met; `next_frame` is then the first that is not counted.
        """
        self._failure = None
        ended, first = True, True
        previous = _Turn()
        previous.observed.set()
        previous.delivered.set()
        async with asyncio.TaskGroup() as group:
            try:
                async for frame in source:
                    if first:
                        self._standing.become(PipelineState.RUNNING)
                        first = False
                    every = stride() if self._failure is None else 0
                    if every == 0:
                        ended = False
                        break
                    if frame.index % every:
                        continue
                    await self._in_flight.acquire()
                    hold = self._parts.quota.take()
                    if hold is None:
                        self._in_flight.release()
                        ended = False
                        break
                    turn = _Turn(hold)
                    task = group.create_task(self._carry(frame, model, previous, turn))
                    task.add_done_callback(self._arrived)
                    previous = turn
            except MeshError as error:  # frames on their way still arrive
                self._failure = error
        if isinstance(self._failure, _NoLongerAllowed):
            return False
        if self._failure is not None:
            raise self._failure
        return ended

    async def pause(self, seconds: float) -> None:
        """Waits, but not longer than until `stop`."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _carry(self, frame: Frame, model: str, previous: _Turn, turn: _Turn) -> None:
        """One frame, from its picture to the sinks.

        After a defect the frames behind it are given up before they are counted.
        """
        try:
            detections = await self._detect(frame)
            self._parts.faults.hit("edge.pipeline.after_infer")
            await previous.observed.wait()
            if self._failure is not None:
                return
            observation, events = self._chain.observe(frame, detections)
            turn.observed.set()
            await self._count(frame, model, events, turn.hold)
            await previous.delivered.wait()
            for sink in self._chain.sinks:
                await self._insist(partial(_write, sink, observation, events))
            self._standing.delivered(frame.taken_at, len(observation.sightings))
        except Exception as error:  # raised by `run` once the frames before it arrived
            self._failure = self._failure or error
        finally:
            turn.observed.set()
            turn.delivered.set()
            if turn.hold is not None:
                turn.hold.close()

    async def _count(
        self, frame: Frame, model: str, events: list[AnalyticEvent], hold: FrameHold | None
    ) -> None:
        assert hold is not None, "a frame is carried with its part of the quota"
        result = replace(self._result(frame, model, events), lease=hold.lease)
        hold.counted = True
        try:
            await self._insist(partial(self._parts.meter.commit, [result]))
        except MeshError:
            hold.counted = False
            raise
        self.next_frame = max(self.next_frame or 0, frame.index + 1)

    async def _detect(self, frame: Frame) -> tuple[Detection, ...]:
        async with self._inferring:
            return await self._insist(partial(self._infer, frame))

    async def _infer(self, frame: Frame) -> tuple[Detection, ...]:
        """Frames wait for their turn at the detector, so the licence is asked right before it."""
        if not self._parts.gate.camera(self._camera_id).allowed:
            raise _NoLongerAllowed
        return await self._parts.detector.detect(frame.image, frame.width, frame.height)

    def _result(self, frame: Frame, model: str, events: list[AnalyticEvent]) -> FrameResult:
        rows = [
            TelemetryRow(
                uuid7(self._parts.clock),
                self._camera_id,
                event.event_type,
                frame.taken_at,
                frame.index,
                event.payload,
            )
            for event in events
        ]
        return FrameResult(self._camera_id, model, BASE_PACK, frame.index, frame.taken_at, rows)

    async def _insist(self, step: Callable[[], Awaitable[T]]) -> T:
        """Raises the step's error only while stopping."""
        try:
            return await step()
        except MeshError as error:
            self._standing.fail(error)
        backoff = Backoff(0.1, cap=2.0)
        while True:
            await self.pause(next(backoff))
            try:
                result = await step()
            except MeshError as error:
                if self._stopping.is_set():
                    raise
                self._standing.fail(error)
            else:
                self._standing.become(PipelineState.RUNNING)
                return result

    def _arrived(self, _: asyncio.Task[None]) -> None:
        self._in_flight.release()


async def _write(sink: Sink, observation: Observation, events: list[AnalyticEvent]) -> None:
    sink.write(observation, events)
