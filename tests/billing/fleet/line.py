"""A device's side of the heartbeat stream."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as rpc


class Line:
    """Numbers what it sends, checks the numbers of what it gets."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.call = rpc.HeartbeatServiceStub(channel).Connect()
        self.sent = 0
        self.received = 0

    @classmethod
    async def open(cls, channel: grpc.aio.Channel) -> Line:
        """A line that has said hello and was welcomed."""
        line = cls(channel)
        await line.hello()
        await line.expect("welcome")
        return line

    async def hello(self, version: str = "1.0") -> None:
        await self.send(hello=pb.Hello(status=pb.DeviceStatus(software_version=version)))

    async def status(self, version: str) -> None:
        await self.send(status=pb.DeviceStatus(software_version=version))

    async def send(self, sequence: int | None = None, **message: Any) -> None:
        self.sent = sequence or self.sent + 1
        await self.call.write(pb.ConnectRequest(sequence=self.sent, **message))

    async def read(self, timeout_s: float = 60) -> pb.ConnectResponse:
        async with asyncio.timeout(timeout_s):
            response = await self.call.read()
        if response is grpc.aio.EOF:
            await self.call
            raise EOFError
        self.received += 1
        assert response.sequence == self.received
        return response

    async def expect(self, kind: str, timeout_s: float = 60) -> Any:
        """The next message, which must be of this kind."""
        response = await self.read(timeout_s)
        assert response.WhichOneof("message") == kind, response
        return getattr(response, kind)

    async def end(self, timeout_s: float = 60) -> None:
        """Reads until the stream ends; raises how it ended."""
        async with asyncio.timeout(timeout_s):
            while await self.call.read() is not grpc.aio.EOF:
                pass
            code = await self.call.code()
            if code is not grpc.StatusCode.OK:
                raise grpc.aio.AioRpcError(
                    code,
                    await self.call.initial_metadata(),
                    await self.call.trailing_metadata(),
                    await self.call.details(),
                )
