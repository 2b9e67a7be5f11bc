"""Who calls the usage service in its tests, and what they send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import grpc
from brinkbyte.usage.v1 import usage_service_pb2 as pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc

from bench import usage_cloud
from billing.access.keys import hash_of, new_key
from mesh.channel import MeshChannel, channel
from mesh.clock import ManualClock
from mesh.database import Role
from mesh.tls import KeyPair
from rights.journal import GENESIS, head

NOON = datetime(2025, 5, 14, 12, 0, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def payload(
    quantity_e5: int = 100_000,
    event_type: str = "inference_frame",
    resource_id: str = "camera-1",
    at: datetime = NOON,
    **more: Any,
) -> bytes:
    fields = {"event_time_us": micros(at), **more}
    return pb.JournalEvent(
        event_type=event_type, resource_id=resource_id, quantity_e5=quantity_e5, **fields
    ).SerializeToString(deterministic=True)


def many(count: int, start: int = 0) -> list[bytes]:
    """Distinct payloads, each of one frame."""
    return [payload(resource_id=f"camera-{start + at}") for at in range(count)]


class Journal:
    """A journal as a device keeps it; `copy` clones the disk."""

    def __init__(self, journal_id: UUID | None = None, payloads: Sequence[bytes] = ()) -> None:
        self.journal_id = journal_id or uuid4()
        self.payloads = list(payloads)

    def add(self, *payloads: bytes) -> "Journal":
        self.payloads += payloads
        return self

    def copy(self, through: int) -> "Journal":
        return Journal(self.journal_id, self.payloads[:through])

    def batch(self, first: int, last: int) -> pb.StreamUsageRequest:
        """Events `first` to `last`, both included, as the device sends them."""
        return pb.StreamUsageRequest(
            batch=pb.JournalBatch(
                first_seq=first,
                previous_hash=head(GENESIS, self.payloads[: first - 1]),
                payloads=self.payloads[first - 1 : last],
            )
        )


class Stream:
    """One StreamUsage call."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def ask(self, request: pb.StreamUsageRequest) -> Any:
        """The answer's inner message: ready, ack, resync or fork."""
        await self._call.write(request)
        return await self.answer()

    async def answer(self) -> Any:
        answer = await self._call.read()
        if answer is grpc.aio.EOF:
            raise grpc.aio.AioRpcError(
                await self._call.code(), None, None, details=await self._call.details()
            )
        return getattr(answer, answer.WhichOneof("message"))

    async def write(self, request: pb.StreamUsageRequest) -> None:
        await self._call.write(request)

    async def code(self) -> grpc.StatusCode:
        return await self._call.code()

    async def close(self) -> None:
        await self._call.done_writing()
        assert await self._call.code() is grpc.StatusCode.OK


class DeviceCaller:
    """A device with its certificate."""

    def __init__(self, device: usage_cloud.Device, over: MeshChannel) -> None:
        self.tenant_id = device.tenant_id
        self.device_id = device.device_id
        self.channel = over
        self.stub = usage_service_pb2_grpc.UsageServiceStub(over)

    def stream(self) -> Stream:
        return Stream(self.stub.StreamUsage())

    async def open(self, journal: Journal) -> tuple[Stream, Any]:
        """A stream of the journal and the answer to its hello."""
        stream = self.stream()
        hello = pb.JournalHello(journal_id=str(journal.journal_id), last_seq=len(journal.payloads))
        return stream, await stream.ask(pb.StreamUsageRequest(hello=hello))

    async def sync(self, journal: Journal) -> Any:
        """Sends everything in one batch over a stream of its own; the last answer."""
        stream, ready = await self.open(journal)
        answer = await stream.ask(journal.batch(ready.through_seq + 1, len(journal.payloads)))
        await stream.close()
        return answer


@dataclass(slots=True)
class Cloud:
    """A running server and whoever calls it."""

    server: usage_cloud.UsageServer
    dsns: dict[Role, str]
    ca: KeyPair
    clock: ManualClock
    channels: list[MeshChannel]

    async def tenant(self) -> UUID:
        return await usage_cloud.add_tenant(self.dsns)

    async def device(self, tenant_id: UUID | None = None) -> DeviceCaller:
        tenant_id = tenant_id or await self.tenant()
        device = await usage_cloud.add_device(self.dsns, self.ca, tenant_id)
        over = usage_cloud.device_channel(self.server.mtls_port, self.ca, device)
        self.channels.append(over)
        return DeviceCaller(device, over)

    async def caller(self, tenant_id: UUID) -> usage_service_pb2_grpc.UsageServiceStub:
        """With an administrator's key of the tenant."""
        return usage_service_pb2_grpc.UsageServiceStub(await self.tenant_channel(tenant_id))

    async def tenant_channel(self, tenant_id: UUID) -> MeshChannel:
        """With an administrator's key of the tenant."""
        return self._channel(await usage_cloud.add_key(self.dsns, tenant_id))

    async def vendor(self) -> MeshChannel:
        """With a vendor administrator's key."""
        key = new_key()
        conn = await asyncpg.connect(self.dsns[Role.VENDOR])
        try:
            await conn.execute(
                "insert into vendor_api_keys (key_id, role, key_sha256, created_at) "
                "values ($1, 'vendor_admin', $2, now())",
                uuid4(),
                hash_of(key),
            )
        finally:
            await conn.close()
        return self._channel(key)

    def _channel(self, key: str) -> MeshChannel:
        over = channel(f"127.0.0.1:{self.server.plaintext_port}", bearer=key, plaintext=True)
        self.channels.append(over)
        return over

    async def subscribed(self, tenant_id: UUID, anchor: datetime) -> None:
        """The tenant holds the free metered plan from then on."""
        await self.rows(
            "insert into subscriptions (tenant_id, family, plan, status, anchor, changed_at) "
            "values ($1, 'metered', 'free', 'active', $2, $2)",
            tenant_id,
            anchor,
        )

    async def rows(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """What the operator sees: the worker role, every tenant."""
        conn = await asyncpg.connect(self.dsns[Role.WORKER])
        try:
            return await conn.fetch(sql, *args)
        finally:
            await conn.close()

    async def counted(self, tenant_id: UUID) -> tuple[str, int]:
        """Total quantity and number of events of the ledger; both ways of summing agree."""
        events = await self.rows(
            "select coalesce(sum(quantity), 0) as q, count(*) as n "
            "from usage_events where tenant_id = $1",
            tenant_id,
        )
        sums = await self.rows(
            "select coalesce(sum(quantity), 0) as q, coalesce(sum(events), 0) as n from ("
            "select tenant_id, quantity, events from usage_deltas union all "
            "select tenant_id, quantity, events from usage_aggregates) as sums "
            "where tenant_id = $1",
            tenant_id,
        )
        assert (events[0]["q"], events[0]["n"]) == (sums[0]["q"], sums[0]["n"])
        return f"{events[0]['q']:.5f}", events[0]["n"]
