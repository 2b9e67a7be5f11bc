"""All pipelines of a node."""

import asyncio
from collections.abc import Sequence

from edge.cameras.model import Camera
from edge.cameras.parts import PipelineParts
from edge.cameras.pipeline import Pipeline
from edge.cameras.state import CameraStatus
from mesh.errors import NotFound


class CameraManager:
    """Starts, stops and restarts pipelines; a camera's rights change reaches its own at once."""

    def __init__(self, cameras: Sequence[Camera], parts: PipelineParts) -> None:
        """Nothing runs before `start`."""
        self._cameras = {camera.camera_id: camera for camera in cameras}
        self._parts = parts
        self._pipelines: dict[str, Pipeline] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Gets every camera's licence and starts every pipeline, refused ones included."""
        self._parts.gate.watch(self._rights_changed)
        for camera_id in self._cameras:
            self._start(camera_id)
        await self._parts.gate.ensure(list(self._cameras))
        for pipeline in self._pipelines.values():
            pipeline.rights_changed()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Ends every pipeline after its frames on their way, by force after `grace_s`."""
        await asyncio.gather(*(self._stop(camera_id, grace_s) for camera_id in list(self._tasks)))

    def more_to_use(self) -> None:
        """A quota that was used up is not any more: who waits for it tries again."""
        for pipeline in self._pipelines.values():
            pipeline.more_to_use()

    async def finished(self) -> None:
        """Returns once every pipeline ended by itself or was stopped."""
        while running := [task for task in self._tasks.values() if not task.done()]:
            await asyncio.wait(running)

    def snapshot(self) -> tuple[CameraStatus, ...]:
        """Every camera's status, by camera id."""
        return tuple(self._pipelines[camera_id].status() for camera_id in sorted(self._pipelines))

    def status(self, camera_id: str) -> CameraStatus:
        """One camera's status. Raises NotFound."""
        if camera_id not in self._pipelines:
            raise NotFound("camera", camera_id)
        return self._pipelines[camera_id].status()

    def _start(self, camera_id: str) -> None:
        pipeline = Pipeline(self._cameras[camera_id], self._parts)
        self._pipelines[camera_id] = pipeline
        self._tasks[camera_id] = asyncio.create_task(pipeline.run(), name=f"camera {camera_id}")

    async def _stop(self, camera_id: str, grace_s: float) -> None:
        task = self._tasks.pop(camera_id)
        self._pipelines[camera_id].stop()
        _, late = await asyncio.wait([task], timeout=grace_s)
        if late:
            task.cancel()
            await asyncio.wait([task])

    def _rights_changed(self, camera_id: str) -> None:
        if camera_id in self._pipelines:
            self._pipelines[camera_id].rights_changed()
