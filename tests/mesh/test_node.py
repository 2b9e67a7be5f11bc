"""The node in the whole mesh: what runs, what is refused, what it reports and obeys."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

from brinkbyte.edge.v1 import edge_service_pb2, edge_service_pb2_grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2, heartbeat_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


async def cameras(mesh) -> dict[str, edge_service_pb2.Camera]:
    async with mesh.node() as link:
        stub = edge_service_pb2_grpc.EdgeServiceStub(link)
        answer = await stub.ListCameras(edge_service_pb2.ListCamerasRequest())
    return {camera.camera_id: camera for camera in answer.cameras}


async def test_what_was_paid_for_runs(mesh) -> None:
    async def running() -> bool:
        return sum(each.frames > 0 for each in (await cameras(mesh)).values()) == 3

    await until(running)
    seen = await cameras(mesh)
    assert seen["cam-west"].state == edge_service_pb2.PIPELINE_STATE_REFUSED
    assert {each.feature for each in seen["cam-south"].refused_features} == {
        "object_size",
        "bicycle",
    }
    assert not seen["cam-east"].refused_features


async def sell(mesh, camera_id: str, packs: list[str]) -> None:
    async with mesh.api(mesh.env["BRINKBYTE_VENDOR_API_KEY"]) as link:
        await license_service_pb2_grpc.LicenseServiceStub(link).AssignCameraLicense(
            license_service_pb2.AssignCameraLicenseRequest(
                tenant_id=mesh.env["BRINKBYTE_TENANT_ID"], camera_id=camera_id, growth_packs=packs
            )
        )


async def test_a_pack_is_felt_when_it_is_bought_and_when_it_ends(mesh) -> None:
    async def measures() -> bool:
        return "object_size" in (await cameras(mesh))["cam-north"].features

    async def measures_no_more() -> bool:
        return not await measures()

    await until(measures)
    await sell(mesh, "cam-north", ["active_transport"])
    await until(measures_no_more)
    await sell(mesh, "cam-north", ["advanced_analytics", "active_transport"])
    await until(measures)


async def test_a_command_is_acknowledged(mesh) -> None:
    async with mesh.api(mesh.env["BRINKBYTE_TENANT_API_KEY"]) as link:
        fleet = heartbeat_service_pb2_grpc.HeartbeatServiceStub(link)
        listed = await fleet.ListDevices(heartbeat_service_pb2.ListDevicesRequest())
        node = next(each for each in listed.devices if each.online and each.status.cameras)
        command_id = str(uuid.uuid4())
        await fleet.SendCommand(
            heartbeat_service_pb2.SendCommandRequest(
                device_id=node.device_id,
                command_id=command_id,
                kind=heartbeat_service_pb2.COMMAND_KIND_REFRESH_LICENSES,
            )
        )

        async def done() -> bool:
            request = heartbeat_service_pb2.GetCommandRequest(
                device_id=node.device_id, command_id=command_id
            )
            record = (await fleet.GetCommand(request)).record
            return record.state == heartbeat_service_pb2.COMMAND_STATE_SUCCEEDED

        await until(done)


async def test_telemetry_holds_detections(mesh) -> None:
    async with mesh.node() as link:
        stub = edge_service_pb2_grpc.EdgeServiceStub(link)

        async def some() -> bool:
            request = edge_service_pb2.ListTelemetryRequest(
                camera_id="cam-north", event_type="detection", page_size=5
            )
            return len((await stub.ListTelemetry(request)).events) == 5

        await until(some)
