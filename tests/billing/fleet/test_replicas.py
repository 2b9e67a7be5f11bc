"""Two replicas on one database tell each other, with Redis and with pub/sub dead."""

import grpc
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as rpc

from tests.billing.cloud_harness import refused
from tests.billing.conftest import Replicas, at
from tests.billing.fleet.line import Line


async def test_a_stream_at_one_replica_fences_the_older_at_another(replicas: Replicas) -> None:
    first, second = replicas
    device = await first.device(await first.tenant())
    older = await Line.open(device.channel)
    newer = await Line.open(at(second, device))
    async with refused(grpc.StatusCode.ABORTED):
        await older.end()
    newer.call.cancel()


async def test_a_command_given_to_one_replica_is_carried_by_another(replicas: Replicas) -> None:
    first, second = replicas
    device = await first.device(await first.tenant())
    line = await Line.open(at(second, device))
    await rpc.HeartbeatServiceStub(device.tenant.admin).SendCommand(
        pb.SendCommandRequest(
            device_id=device.device_id, command_id="over", kind=pb.COMMAND_KIND_PING
        )
    )
    assert (await line.expect("command")).command_id == "over"
    line.call.cancel()


async def test_rights_changed_at_one_replica_are_told_by_another(replicas: Replicas) -> None:
    first, second = replicas
    tenant = await first.tenant()
    device = await first.device(tenant)
    line = await Line.open(at(second, device))
    await first.issue_license(tenant)
    assert (await line.expect("rights_changed")).epoch.number == 2
    line.call.cancel()


async def test_a_device_retired_at_one_replica_is_cut_at_another(replicas: Replicas) -> None:
    first, second = replicas
    device = await first.device(await first.tenant())
    line = await Line.open(at(second, device))
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await line.end()


async def test_a_restored_backup_makes_every_device_read_again(replicas: Replicas) -> None:
    first, _ = replicas
    device = await first.device(await first.tenant())
    line = await Line.open(device.channel)
    async with first.superuser() as connection:
        await connection.execute("update cloud set incarnation = gen_random_uuid()")
    changed = await line.expect("rights_changed")
    assert changed.epoch.number == 1
    line.call.cancel()
