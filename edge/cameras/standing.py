"""Where one camera stands, kept up by those who run it."""

from datetime import datetime
from typing import Any

import structlog

from edge.cameras.state import PipelineState
from mesh.errors import MeshError


class Standing:
    """State and counts of a pipeline; each change of state is logged once."""

    def __init__(self, camera_id: str) -> None:
        """A camera begins as STARTING."""
        self.state, self.reason, self.message = PipelineState.STARTING, "", ""
        self.frames = 0
        self.detections = 0
        self.last_result_at: datetime | None = None
        self._log = structlog.get_logger("edge.cameras").bind(camera_id=camera_id)

    def become(self, state: PipelineState, reason: str = "", message: str = "") -> None:
        """Takes a state; reason and message say why it does not run."""
        if (state, reason, message) == (self.state, self.reason, self.message):
            return
        self.state, self.reason, self.message = state, reason, message
        details: dict[str, Any] = {"reason": reason, "message": message} if reason else {}
        log = self._log.warning if state is PipelineState.FAILED else self._log.info
        log("pipeline_state", state=state.value, **details)

    def fail(self, error: BaseException) -> None:
        """FAILED because of this; what is no MeshError is a defect, whose text is for the log."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, MeshError):
            self.become(PipelineState.FAILED, error.reason, error.message)
        else:
            self._log.error("pipeline_defect", exc_info=error)
            self.become(PipelineState.FAILED, "INTERNAL", "a defect; see the node's log")

    def delivered(self, taken_at: datetime, detections: int) -> None:
        """One more frame's result left the pipeline."""
        self.frames += 1
        self.detections += detections
        self.last_result_at = taken_at
