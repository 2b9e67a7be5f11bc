"""EdgeService on the wire. Every answered call is metered before it leaves."""

from collections.abc import Awaitable

from brinkbyte.edge.v1 import edge_service_pb2 as pb
from brinkbyte.edge.v1 import edge_service_pb2_grpc as rpc
from grpc.aio import ServicerContext

from edge.entitlements.keeper import LeaseKeeper
from edge.licensing.explanation import and_then
from edge.licensing.service import Licenses
from edge.node import packing, packing_usage
from edge.node.metering import CallMeter
from edge.node.paging import read_camera_token, write_camera_token
from edge.node.service import NodeService
from edge.node.tracking import UsageTracker
from edge.telemetry.paging import read_token, write_token
from edge.usage.counts import INFERENCE_FRAME
from rights.ids import render_tenant

_PAGE = 100


class EdgeServicer(rpc.EdgeServiceServicer):
    """Unpacks, calls, counts, packs."""

    def __init__(
        self,
        node: NodeService,
        licenses: Licenses,
        calls: CallMeter,
        keeper: LeaseKeeper,
        tracker: UsageTracker,
    ) -> None:
        """`calls` counts every answered call but those of TrackUsage."""
        self._tracker = tracker
        self._keeper = keeper
        self._node = node
        self._licenses = licenses
        self._calls = calls

    async def GetNode(
        self,
        request: pb.GetNodeRequest,  # noqa: ARG002
        context: ServicerContext[pb.GetNodeRequest, Awaitable[pb.GetNodeResponse]],  # noqa: ARG002
    ) -> pb.GetNodeResponse:
        """See the contract."""
        async with self._calls.metered(always=True):
            node = await self._node.node()
        return pb.GetNodeResponse(
            device_id=str(node.device_id),
            tenant_id=render_tenant(node.tenant_id),
            software_version=node.software_version,
            cloud_connected=node.cloud_connected,
            inference_ready=node.inference_ready,
            epoch=packing.epoch(node.epoch),
            certificate_not_after=packing.stamp(node.certificate_not_after),
        )

    async def ListCameras(
        self,
        request: pb.ListCamerasRequest,
        context: ServicerContext[  # noqa: ARG002
            pb.ListCamerasRequest, Awaitable[pb.ListCamerasResponse]
        ],
    ) -> pb.ListCamerasResponse:
        """See the contract."""
        async with self._calls.metered():
            page = self._node.cameras(request.page_size, read_camera_token(request.page_token))
        return pb.ListCamerasResponse(
            cameras=[packing.camera(camera) for camera in page.rows],
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
        async with self._calls.metered():
            page = await self._node.telemetry(
                request.camera_id,
                request.event_type,
                request.page_size,
                read_token(request.page_token),
            )
        return pb.ListTelemetryResponse(
            events=[packing.event(row) for row in page.rows],
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
        async with self._calls.metered(always=True):
            state = await self._node.usage()
        return packing_usage.usage_state(state)

    async def TrackUsage(
        self,
        request: pb.TrackUsageRequest,
        context: ServicerContext[  # noqa: ARG002
            pb.TrackUsageRequest, Awaitable[pb.TrackUsageResponse]
        ],
    ) -> pb.TrackUsageResponse:
        """See the contract."""
        answers = await self._tracker.track(
            [packing_usage.asked_use(event) for event in request.events],
            within_quota=request.within_quota,
        )
        return pb.TrackUsageResponse(results=[packing_usage.tracked(each) for each in answers])

    async def GetQuotaState(
        self,
        request: pb.GetQuotaStateRequest,  # noqa: ARG002
        context: ServicerContext[  # noqa: ARG002
            pb.GetQuotaStateRequest, Awaitable[pb.GetQuotaStateResponse]
        ],
    ) -> pb.GetQuotaStateResponse:
        """See the contract."""
        async with self._calls.metered(always=True):
            wallets = self._keeper.wallets
            quotas = [packing.quota(wallets[metric]) for metric in sorted(wallets)]
        return pb.GetQuotaStateResponse(quotas=quotas)

    async def ListLicenses(
        self,
        request: pb.ListLicensesRequest,
        context: ServicerContext[  # noqa: ARG002
            pb.ListLicensesRequest, Awaitable[pb.ListLicensesResponse]
        ],
    ) -> pb.ListLicensesResponse:
        """See the contract."""
        async with self._calls.metered(always=True):
            limit, after = request.page_size or _PAGE, read_camera_token(request.page_token)
            now = self._licenses.clock.now()
            found = [each for each in self._licenses.cameras() if each[0] > after]
            more = len(found) > limit
        return pb.ListLicensesResponse(
            licenses=[packing.held_license(*each, now) for each in found[:limit]],
            epoch=packing.epoch(self._licenses.epoch),
            clock_fault=self._licenses.clock.fault,
            next_page_token=write_camera_token(found[limit - 1][0] if more else ""),
        )

    async def RefreshLicenses(
        self,
        request: pb.RefreshLicensesRequest,  # noqa: ARG002
        context: ServicerContext[  # noqa: ARG002
            pb.RefreshLicensesRequest, Awaitable[pb.RefreshLicensesResponse]
        ],
    ) -> pb.RefreshLicensesResponse:
        """See the contract."""
        async with self._calls.metered(always=True):
            await self._licenses.refresh()
        return pb.RefreshLicensesResponse(
            cameras=len(self._licenses.cameras()), epoch=packing.epoch(self._licenses.epoch)
        )

    async def ExplainDecision(
        self,
        request: pb.ExplainDecisionRequest,
        context: ServicerContext[  # noqa: ARG002
            pb.ExplainDecisionRequest, Awaitable[pb.ExplainDecisionResponse]
        ],
    ) -> pb.ExplainDecisionResponse:
        """See the contract."""
        async with self._calls.metered(always=True):
            found = self._licenses.explain(request.camera_id, request.feature or None)
            found = and_then(found, self._keeper.wallets[INFERENCE_FRAME].step())
        return packing.explanation(request.camera_id, found)

    async def ImportOfflineBundle(
        self,
        request: pb.ImportOfflineBundleRequest,
        context: ServicerContext[  # noqa: ARG002
            pb.ImportOfflineBundleRequest, Awaitable[pb.ImportOfflineBundleResponse]
        ],
    ) -> pb.ImportOfflineBundleResponse:
        """See the contract."""
        async with self._calls.metered(always=True):
            imported = await self._licenses.take_bundle(request.bundle)
        return pb.ImportOfflineBundleResponse(
            camera_ids=sorted(imported.held),
            issued_at=packing.stamp(imported.issued_at),
            expires_at=packing.stamp(imported.expires_at),
            epoch=packing.epoch(imported.epoch),
        )
