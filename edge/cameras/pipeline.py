"""One camera, run for as long as its licence and its source last."""

import asyncio

from edge.cameras.chain import Chain
from edge.cameras.flow import Flow
from edge.cameras.model import Camera
from edge.cameras.parts import PipelineParts
from edge.cameras.permissions import Permissions, permit
from edge.cameras.source import VideoSource, shown
from edge.cameras.standing import Standing
from edge.cameras.state import CameraStatus, PipelineState
from edge.inference.spec import ModelSpec
from mesh.retry import Backoff
from rights.decision import Decision
from rights.grace import GraceStep


class Pipeline:
    """Asks the licence gate, builds what may run, and lets frames flow.

    The camera itself is asked for at every frame, its components and classes before
    they are built and again whenever its rights or the step of its offline grace change.
    """

    def __init__(self, camera: Camera, parts: PipelineParts) -> None:
        """Nothing happens before `run`."""
        self.camera = camera
        self._parts = parts
        self._chain = Chain(camera, parts.output)
        self._standing = Standing(camera.camera_id)
        self._flow = Flow(camera.camera_id, parts, self._chain, self._standing)
        self._permissions: Permissions | None = None
        self._source: VideoSource | None = None
        self._dropped = 0
        self._answered = False
        self._step: GraceStep | None = None
        self._rights_changed = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Returns when the source came to its end, or after `stop`.

        Waits for a licence while refused; tries again, with growing pauses, after an error.
        """
        backoff = Backoff(0.5, cap=30.0)
        try:
            while not self._stopping:
                before = self._standing.frames
                try:
                    if await self._run_once():
                        return
                except Exception as error:  # one camera's defect must not stop the others
                    self._standing.fail(error)
                    if self._standing.frames > before:
                        backoff.reset()
                    await self._flow.pause(next(backoff))
        finally:
            self._chain.close()

    def stop(self) -> None:
        """Lets `run` end after the frames that are on their way."""
        self._stopping = True
        self._flow.stop()
        self._rights_changed.set()
        if self._source is not None:
            self._source.close()

    def rights_changed(self) -> None:
        """The gate has an answer, perhaps another: it is asked at the next frame, or now."""
        self._answered = True
        self._rights_changed.set()

    def more_to_use(self) -> None:
        """The quota of frames has something left again."""
        self._rights_changed.set()

    def status(self) -> CameraStatus:
        """Where it stands now."""
        standing, permissions = self._standing, self._permissions
        decision = self._parts.gate.camera(self.camera.camera_id)
        return CameraStatus(
            camera_id=self.camera.camera_id,
            source=shown(self.camera.source.url),
            state=standing.state,
            reason=standing.reason,
            message=standing.message,
            frames=standing.frames,
            detections=standing.detections,
            dropped=self._dropped + (self._source.dropped if self._source else 0),
            last_result_at=standing.last_result_at,
            features=permissions.features if permissions else (),
            refused=permissions.refused if permissions else (),
            grace_step=decision.step,
            grace_message=decision.origin if decision.step is not None else "",
            frame_stride=decision.frame_stride,
        )

    async def _run_once(self) -> bool:
        """From the licence to the source's end (True) or to a refusal (False)."""
        self._rights_changed.clear()
        decision = self._parts.gate.camera(self.camera.camera_id)
        if not decision.allowed:
            if self._answered:
                self._refuse(decision)
            await self._rights_changed.wait()
            return False
        quota = self._parts.quota.step()
        if not quota.passed:
            reason = str(quota.refusal or "")
            self._standing.become(PipelineState.REFUSED, reason, quota.text)
            await self._rights_changed.wait()
            return False
        if self._standing.state is PipelineState.REFUSED:
            self._standing.become(PipelineState.STARTING)
        spec = await self._parts.detector.spec()
        if not self._ask_rights(spec):
            await self._rights_changed.wait()
            return False
        ended = await self._flow_from(spec, await self._first_frame())
        if not ended or self._stopping:
            return False
        await self._parts.meter.close_camera(self.camera.camera_id)
        self._standing.become(PipelineState.FINISHED)
        return True

    async def _first_frame(self) -> int:
        source = self.camera.source
        if self._flow.next_frame is None:
            last = None
            if source.resume:
                last = await self._parts.last_frame(self.camera.camera_id)
            self._flow.next_frame = source.start_frame if last is None else last + 1
        return self._flow.next_frame

    async def _flow_from(self, spec: ModelSpec, start: int) -> bool:
        source = VideoSource(
            self.camera.source,
            spec.width,
            spec.height,
            clock=self._parts.clock,
            start_frame=start,
        )
        async with source:
            self._source = source
            try:
                return await self._flow.run(source, spec.name, lambda: self._stride(spec))
            finally:
                self._source = None
                self._dropped += source.dropped

    def _stride(self, spec: ModelSpec) -> int:
        """Of so many frames one may be looked at; 0 when the camera may not go on."""
        decision = self._parts.gate.camera(self.camera.camera_id)
        if not decision.allowed:
            self._refuse(decision)
            self._rights_changed.set()
            return 0
        if self._rights_changed.is_set() or decision.step is not self._step:
            self._rights_changed.clear()
            if not self._ask_rights(spec):
                self._rights_changed.set()
                return 0
        return decision.frame_stride

    def _ask_rights(self, spec: ModelSpec) -> bool:
        """Builds what may run now; whether the source itself may."""
        self._step = self._parts.gate.camera(self.camera.camera_id).step
        self._permissions = permit(self.camera, spec.labels, self._parts.gate)
        if not self._permissions.source:
            first = self._permissions.refused[0]
            self._standing.become(PipelineState.REFUSED, first.reason, first.message)
            return False
        self._chain.apply(self._permissions)
        return True

    def _refuse(self, decision: Decision) -> None:
        reason = str(decision.reason or "")
        self._standing.become(PipelineState.REFUSED, reason, decision.origin)
