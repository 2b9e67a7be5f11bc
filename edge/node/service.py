"""What the node tells about itself: cameras, telemetry, usage and its state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from edge.cameras.manager import CameraManager
from edge.cameras.state import CameraStatus, PipelineState
from edge.inference.tally import InferenceTally
from edge.node.readiness import Readiness
from edge.telemetry import store as telemetry
from edge.telemetry.store import Cursor, TelemetryRow
from edge.uplink.link import CloudLink
from edge.uplink.status import CameraReport, LineState, NodeReport, UsageReport
from edge.usage import positions
from edge.usage.counts import INFERENCE_FRAME
from edge.usage.positions import Position
from edge.usage.watch import UsageWatch
from mesh.database import Database, Role
from rights.claims import Epoch
from rights.quantity import UNITS_PER_ONE

_DEFAULT_PAGE = 100


class Rights(Protocol):
    """What is known of the rights in force."""

    epoch: Epoch


@dataclass(frozen=True, slots=True)
class NodeState:
    """The node and what it stands on; `certificate_not_after` is aware, UTC."""

    device_id: UUID
    tenant_id: UUID
    software_version: str
    cloud_connected: bool
    inference_ready: bool
    epoch: Epoch
    certificate_not_after: datetime


@dataclass(frozen=True, slots=True)
class CameraPage:
    """Rows by camera id; the next page follows the id `after`, which is empty on the last."""

    rows: Sequence[CameraStatus]
    after: str


@dataclass(frozen=True, slots=True)
class TelemetryPage:
    """Rows, newest first; `after` is where the next page begins, None on the last."""

    rows: Sequence[TelemetryRow]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class UsageState:
    """The journal, and by metric what open minutes hold, in units of 0.00001. `lag` is the wait of
    the oldest event without an ack, `max_bytes` what the disk's budget is."""

    position: Position
    open_quantities: dict[str, int]
    lag: timedelta
    behind: bool
    max_bytes: int
    refused: int


class NodeService:
    """Answers EdgeService, and the heartbeat's question for the node's state."""

    def __init__(
        self,
        database: Database,
        manager: CameraManager,
        readiness: Readiness,
        inferences: InferenceTally,
        *,
        link: CloudLink,
        line: LineState,
        rights: Rights,
        watch: UsageWatch,
        software_version: str,
    ) -> None:
        """Reads from all of these and changes none."""
        self._watch = watch
        self._database = database
        self._manager = manager
        self._readiness = readiness
        self._inferences = inferences
        self._link = link
        self._line = line
        self._rights = rights
        self._software_version = software_version

    async def node(self) -> NodeState:
        """The node's identity and state."""
        identity = self._link.identity
        return NodeState(
            identity.device_id,
            identity.tenant_id,
            self._software_version,
            self._line.connected,
            await self._readiness.inference(),
            self._rights.epoch,
            identity.not_after,
        )

    def cameras(self, page_size: int, after: str) -> CameraPage:
        """The cameras that follow the id `after` (empty: from the first), size 0 means 100."""
        limit = page_size or _DEFAULT_PAGE
        rows = [each for each in self._manager.snapshot() if each.camera_id > after]
        shown = rows[:limit]
        return CameraPage(shown, shown[-1].camera_id if len(rows) > limit else "")

    async def telemetry(
        self, camera_id: str, event_type: str, page_size: int, after: Cursor | None
    ) -> TelemetryPage:
        """A camera's events, newest first; an empty `event_type` means all, size 0 means 100.

        Raises NotFound for an unknown camera.
        """
        self._manager.status(camera_id)
        limit = page_size or _DEFAULT_PAGE
        async with self._database.transaction(Role.APP) as conn:
            rows = await telemetry.page(conn, camera_id, event_type or None, limit + 1, after)
        shown = rows[:limit]
        more = len(rows) > limit
        last = Cursor(shown[-1].event_time, shown[-1].telemetry_id) if more else None
        return TelemetryPage(shown, last)

    async def usage(self) -> UsageState:
        """What was used here and how much of it the cloud acknowledged. Raises MeshError."""
        watch = self._watch
        await watch.look()
        async with self._database.transaction(Role.APP) as conn:
            position = await positions.read_position(conn)
            quantities = await positions.open_quantities(conn)
        budget = watch.budget
        return UsageState(
            position, quantities, watch.lag, watch.behind, budget.max_bytes, budget.refused
        )

    async def report(self) -> NodeReport:
        """As edge.uplink.status.Reporter.report."""
        usage = await self.usage()
        counted = usage.position.journalled.get(INFERENCE_FRAME, 0)
        counted += usage.open_quantities.get(INFERENCE_FRAME, 0)
        inferences = await self._inferences.compare(counted // UNITS_PER_ONE)
        return NodeReport(
            self._software_version,
            [_report(status) for status in self._manager.snapshot()],
            UsageReport(usage.position, usage.open_quantities, inferences),
            await self._readiness.inference(),
            self._rights.epoch,
        )


def _report(status: CameraStatus) -> CameraReport:
    return CameraReport(
        status.camera_id,
        status.state is PipelineState.RUNNING,
        status.frames,
        tuple(refused.feature for refused in status.refused),
        status.last_result_at,
        status.grace_step,
    )
