"""The product's own comparison of a run, which has to agree with ours."""

from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as heartbeat
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc
from brinkbyte.usage.v1 import reconcile_service_pb2 as pb
from brinkbyte.usage.v1 import reconcile_service_pb2_grpc

from tests.chaos.calls import Caller
from tests.chaos.checks import NodeBook, Unequal
from tests.chaos.customers import Customer, device_channel
from tests.chaos.world import World


async def check_reconciled(world: World, customer: Customer, book: NodeBook) -> None:
    """Lets the node say what it counted, and the cloud compare everything. Raises Unequal."""
    sums: dict[str, int] = {}
    for event in book.events:
        sums[event.event_type] = sums.get(event.event_type, 0) + event.quantity_e5
    usage = heartbeat.CountedUsage(
        journal_id=str(book.journal_id),
        last_seq=book.last_seq,
        acked_seq=book.last_seq,
        metrics=[
            heartbeat.CountedMetric(event_type=metric, journalled_e5=e5)
            for metric, e5 in sums.items()
        ],
    )
    status = heartbeat.HeartbeatRequest(status=heartbeat.DeviceStatus(usage=usage))
    device = Caller(lambda: device_channel(world, customer))
    await device.insist(heartbeat_service_pb2_grpc.HeartbeatServiceStub, "Heartbeat", status)
    request = pb.ReconcileUsageRequest(tenant_id=customer.name)
    request.start_time.FromDatetime(world.now() - world.LOOK_BACK)
    answer = await Caller.vendor(world).insist(
        reconcile_service_pb2_grpc.ReconcileServiceStub, "ReconcileUsage", request
    )
    (found,) = answer.tenants
    if found.drifts or found.notes:
        raise Unequal(f"reconciled: {found.drifts} {found.notes}")
