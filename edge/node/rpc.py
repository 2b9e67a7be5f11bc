"""EdgeService on the wire. Every answered call is metered before it leaves."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from brinkbyte.common.v1 import epoch_pb2, error_reason_pb2
from brinkbyte.edge.v1 import edge_service_pb2 as pb
from brinkbyte.edge.v1 import edge_service_pb2_grpc as rpc
from google.protobuf.timestamp_pb2 import Timestamp
from grpc.aio import ServicerContext

from edge.cameras.state import CameraStatus
from edge.node.paging import read_camera_token, write_camera_token
from edge.node.service import NodeService, UsageState
from edge.telemetry.paging import read_token, write_token
from edge.telemetry.store import TelemetryRow
from mesh.call import current_call
from rights.ids import render_tenant
from rights.quantity import format_quantity

CountCall = Callable[[str], Awaitable[None]]


class EdgeServicer(rpc.EdgeServiceServicer):
    """Unpacks, calls, counts, packs."""

    def __init__(self, node: NodeService, count_call: CountCall) -> None:
        """`count_call` returns once a call of the given method is durably counted."""
        self._node = node
        self._count_call = count_call

    async def GetNode(
        self,
        request: pb.GetNodeRequest,  # noqa: ARG002
        context: ServicerContext[pb.GetNodeRequest, Awaitable[pb.GetNodeResponse]],  # noqa: ARG002
    ) -> pb.GetNodeResponse:
        """See the contract."""
        node = await self._node.node()
        await self._count_call(current_call().method)
        return pb.GetNodeResponse(
            device_id=str(node.device_id),
            tenant_id=render_tenant(node.tenant_id),
            software_version=node.software_version,
            cloud_connected=node.cloud_connected,
            inference_ready=node.inference_ready,
            epoch=epoch_pb2.Epoch(incarnation=node.epoch.incarnation, number=node.epoch.number),
            certificate_not_after=_stamp(node.certificate_not_after),
        )

    async def ListCameras(
        self,
        request: pb.ListCamerasRequest,
        context: ServicerContext[  # noqa: ARG002
            pb.ListCamerasRequest, Awaitable[pb.ListCamerasResponse]
        ],
    ) -> pb.ListCamerasResponse:
        """See the contract."""
        page = self._node.cameras(request.page_size, read_camera_token(request.page_token))
        await self._count_call(current_call().method)
        return pb.ListCamerasResponse(
            cameras=[_camera(camera) for camera in page.rows],
            next_page_token=write_camera_token(page.after),
        )

    async def ListTelemetry(
        self,
        request: pb.ListTelemetryRequest,
        context: ServicerContext[  # noqa: ARG002
            pb.ListTelemetryRequest, Awaitable[pb.ListTelemetryResponse]
        ],
    ) -> pb.ListTelemetryResponse:
        """See the contract."""
        page = await self._node.telemetry(
            request.camera_id,
            request.event_type,
            request.page_size,
            read_token(request.page_token),
        )
        await self._count_call(current_call().method)
        return pb.ListTelemetryResponse(
            events=[_event(row) for row in page.rows],
            next_page_token=write_token(page.after) if page.after else "",
        )

    async def GetUsageState(
        self,
        request: pb.GetUsageStateRequest,  # noqa: ARG002
        context: ServicerContext[  # noqa: ARG002
            pb.GetUsageStateRequest, Awaitable[pb.GetUsageStateResponse]
        ],
    ) -> pb.GetUsageStateResponse:
        """See the contract."""
        state = await self._node.usage()
        await self._count_call(current_call().method)
        return pb.GetUsageStateResponse(
            journal_id=str(state.position.journal_id),
            last_seq=state.position.last_seq,
            acked_seq=state.position.acked_seq,
            metrics=_metrics(state),
            duplicates=state.position.duplicates,
            last_acked_at=_stamp(state.position.last_acked_at),
        )


def _camera(camera: CameraStatus) -> pb.Camera:
    return pb.Camera(
        camera_id=camera.camera_id,
        source=camera.source,
        state=f"PIPELINE_STATE_{camera.state}",
        reason=_reason(camera.reason),
        message=camera.message,
        frames=camera.frames,
        detections=camera.detections,
        features=camera.features,
        refused_features=[
            pb.RefusedFeature(
                feature=refused.feature, reason=_reason(refused.reason), message=refused.message
            )
            for refused in camera.refused
        ],
    )


def _event(row: TelemetryRow) -> pb.TelemetryEvent:
    return pb.TelemetryEvent(
        telemetry_id=str(row.telemetry_id),
        event_type=row.event_type,
        event_time=_stamp(row.event_time),
        frame_index=row.frame_index,
        payload=row.payload,
    )


def _metrics(state: UsageState) -> list[pb.MetricUsage]:
    journalled, still_open = state.position.journalled, state.open_quantities
    return [
        pb.MetricUsage(
            event_type=metric,
            quantity=format_quantity(journalled.get(metric, 0) + still_open.get(metric, 0)),
            journalled_quantity=format_quantity(journalled.get(metric, 0)),
        )
        for metric in sorted(journalled.keys() | still_open.keys())
    ]


def _stamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _reason(name: str) -> str:
    wanted = f"ERROR_REASON_{name or 'UNSPECIFIED'}"
    known = wanted in error_reason_pb2.ErrorReason.keys()  # noqa: SIM118 - no mapping
    return wanted if known else "ERROR_REASON_STATE_CONFLICT"
