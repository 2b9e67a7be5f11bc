"""A licence taken back and given again, as the site feels it."""

import asyncio

from brinkbyte.common.v1 import error_reason_pb2
from brinkbyte.edge.v1 import edge_service_pb2 as edge
from brinkbyte.edge.v1 import edge_service_pb2_grpc as edge_rpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2, heartbeat_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

STOPPED = {
    error_reason_pb2.ERROR_REASON_LICENSE_SUSPENDED,
    error_reason_pb2.ERROR_REASON_LICENSE_REVOKED,
}


async def until(camera, wanted: edge.PipelineState) -> edge.Camera:
    async with asyncio.timeout(150):
        while (found := await camera()).state != wanted:
            await asyncio.sleep(0.02)
    return found


async def test_a_suspended_licence_stops_the_camera_and_a_resumed_one_starts_it(mesh) -> None:
    tenant_id = mesh.env["BRINKBYTE_TENANT_ID"]
    async with mesh.node() as link, mesh.api(mesh.env["BRINKBYTE_VENDOR_API_KEY"]) as vendor:
        node, licenses = edge_rpc.EdgeServiceStub(link), rpc.LicenseServiceStub(vendor)

        async def camera() -> edge.Camera:
            listed = await node.ListCameras(edge.ListCamerasRequest())
            return next(each for each in listed.cameras if each.camera_id == "cam-north")

        await until(camera, edge.PIPELINE_STATE_RUNNING)
        suspended = await licenses.SuspendLicense(pb.SuspendLicenseRequest(tenant_id=tenant_id))
        refused = await until(camera, edge.PIPELINE_STATE_REFUSED)
        assert refused.reason in STOPPED
        frames = refused.frames
        fleet = heartbeat_service_pb2_grpc.HeartbeatServiceStub(vendor)

        async def acknowledged() -> int:
            request = heartbeat_service_pb2.ListDevicesRequest(tenant_id=tenant_id)
            devices = (await fleet.ListDevices(request)).devices
            return max(each.status.rights_epoch.number for each in devices)

        async with asyncio.timeout(150):
            while await acknowledged() < suspended.epoch.number:
                await asyncio.sleep(0.05)
        assert (await camera()).frames == frames
        await licenses.ResumeLicense(pb.ResumeLicenseRequest(tenant_id=tenant_id))
        await until(camera, edge.PIPELINE_STATE_RUNNING)
