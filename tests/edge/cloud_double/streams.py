"""The two streams that a node holds open: heartbeats and its journal."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as heartbeat_pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as heartbeat_rpc
from brinkbyte.usage.v1 import usage_service_pb2 as usage_pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc as usage_rpc

from mesh.errors import Unavailable
from rights.journal import GENESIS, head, link
from tests.edge.cloud_double.cloud import Cloud, Journal, stamp


class Heartbeats(heartbeat_rpc.HeartbeatServiceServicer):
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def Connect(
        self, requests: AsyncIterator[Any], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        cloud, line = self._cloud, asyncio.Queue[Any]()
        reading = asyncio.create_task(self._read(requests, line))
        sequence = 0
        try:
            while (message := await line.get()) is not None:
                if isinstance(message, Exception):
                    raise message
                sequence += 1 + message.pop("skip", 0)
                yield heartbeat_pb.ConnectResponse(sequence=sequence, **message)
        finally:
            reading.cancel()
            if line in cloud.lines:
                cloud.lines.remove(line)

    async def _read(self, requests: AsyncIterator[Any], line: asyncio.Queue[Any]) -> None:
        cloud, expected = self._cloud, 0
        async for request in requests:
            expected += 1
            assert request.sequence == expected, "the device skipped a number"
            if request.HasField("hello"):
                cloud.hellos.append(request.hello)
                now = stamp(cloud.clock.now())
                welcome = {
                    "server_time": now,
                    "epoch": cloud.wire_epoch(),
                    "trust": cloud.wire_trust(),
                }
                line.put_nowait({"welcome": welcome})
                if line not in cloud.lines:
                    cloud.lines.append(line)
            elif request.HasField("status"):
                cloud.statuses.append(request.status)
            else:
                cloud.results.append(request.command_result)
        line.put_nowait(None)


class Usage(usage_rpc.UsageServiceServicer):
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def StreamUsage(
        self, requests: AsyncIterator[Any], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        journal: Journal | None = None
        async for request in requests:
            if journal is None:
                journal = self._cloud.journals.setdefault(request.hello.journal_id, Journal())
                yield usage_pb.StreamUsageResponse(
                    ready=usage_pb.JournalReady(
                        through_seq=len(journal.payloads),
                        through_hash=journal.last_hash,
                        window=self._cloud.window,
                    )
                )
                continue
            if self._cloud.ask_resync_from is not None:
                seq, self._cloud.ask_resync_from = self._cloud.ask_resync_from, None
                yield usage_pb.StreamUsageResponse(
                    resync=usage_pb.JournalResync(resync_from_seq=seq)
                )
                continue
            yield self._take(journal, request.batch)

    def _take(self, journal: Journal, batch: Any) -> Any:
        have = len(journal.payloads)
        if batch.first_seq > have + 1:
            return usage_pb.StreamUsageResponse(
                resync=usage_pb.JournalResync(resync_from_seq=have + 1)
            )
        known = batch.payloads[: max(0, have + 1 - batch.first_seq)]
        before = batch.first_seq - 1
        hash_before = head(GENESIS, journal.payloads[:before])
        same = list(known) == journal.payloads[before : before + len(known)]
        if batch.previous_hash != hash_before or not same:
            return usage_pb.StreamUsageResponse(
                fork=usage_pb.JournalFork(
                    seq=before, reason="ERROR_REASON_JOURNAL_FORKED", message="another history"
                )
            )
        journal.batches += 1
        for payload in batch.payloads[len(known) :]:
            journal.payloads.append(payload)
            journal.last_hash = link(journal.last_hash, payload)
        if self._cloud.lose_acks:
            self._cloud.lose_acks -= 1
            raise Unavailable("postgres")
        return usage_pb.StreamUsageResponse(
            ack=usage_pb.JournalAck(
                through_seq=batch.first_seq + len(batch.payloads) - 1, duplicates=len(known)
            )
        )
