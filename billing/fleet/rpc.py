"""HeartbeatService on the wire."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as rpc

from billing.fleet import packing
from billing.fleet.hub import FleetHub
from billing.fleet.service import FleetService
from billing.fleet.session import FullStateRequest, Session, Take
from billing.paging import PageRequest
from billing.unit import Units
from billing.wire import device_of_call, epoch, stamp, trust
from mesh.call import current_call
from mesh.clock import Clock
from mesh.errors import InvalidArgument, Unauthenticated


class HeartbeatServicer(rpc.HeartbeatServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, fleet: FleetService, hub: FleetHub, clock: Clock) -> None:
        """Transactions, rules, and the streams of this replica."""
        self._units = units
        self._fleet = fleet
        self._hub = hub
        self._clock = clock

    async def Connect(
        self,
        request_iterator: AsyncIterator[pb.ConnectRequest],
        _: Any,
    ) -> AsyncIterator[pb.ConnectResponse]:
        """See the contract."""
        principal = current_call().principal
        if principal.tenant_id is None or principal.device_id is None:
            raise Unauthenticated(message="Connect needs a device's certificate")
        with self._hub.open(principal.tenant_id, principal.device_id) as session:
            reader = asyncio.create_task(self._read(session, request_iterator))
            try:
                sequence = 0
                async for message in session.messages():
                    sequence += 1
                    yield packing.outgoing(sequence, message)
            finally:
                reader.cancel()
                await asyncio.wait([reader])

    async def _read(self, session: Session, requests: AsyncIterator[pb.ConnectRequest]) -> None:
        """Takes what the device says, and ends the session when it says no more."""
        try:
            async for request in requests:
                if session.ended:
                    return
                await self._receive(session, request)
        except Exception as error:
            session.end(error)
        else:
            session.end()

    async def _receive(self, session: Session, request: pb.ConnectRequest) -> None:
        kind = request.WhichOneof("message")
        numbering = session.numbering
        take = numbering.take(
            request.sequence, hello=kind == "hello", result=kind == "command_result"
        )
        if take is Take.ASK:
            session.post(FullStateRequest(numbering.expected))
        elif take is Take.APPLY and kind == "hello":
            await self._hello(session, packing.kept_status(request.hello.status))
        elif take is Take.APPLY:
            await self._record(session, request)

    async def _hello(self, session: Session, status: bytes) -> None:
        line = session.line
        async with self._units.within(line.tenant_id) as unit:
            if session.greeted:
                await self._fleet.record_status(unit, line, status)
                known = await self._fleet.epoch(unit)
            else:
                known = await self._fleet.open_stream(unit, line, status)
        session.welcome(self._clock.now(), known, self._hub.trust)

    async def _record(self, session: Session, request: pb.ConnectRequest) -> None:
        line, result = session.line, request.command_result
        async with self._units.within(line.tenant_id) as unit:
            if request.HasField("command_result"):
                succeeded = result.state == pb.COMMAND_STATE_SUCCEEDED
                await self._fleet.record_result(
                    unit, line.device_id, result.command_id, succeeded, result.detail
                )
            else:
                status = packing.kept_status(request.status)
                await self._fleet.record_status(unit, line, status)

    async def Heartbeat(self, request: pb.HeartbeatRequest, _: Any) -> pb.HeartbeatResponse:
        """See the contract."""
        device_id = device_of_call(current_call().principal, request.device_id)
        if device_id is None:
            raise InvalidArgument.field("device_id", "name the device")
        status = packing.kept_status(request.status) if request.HasField("status") else None
        async with self._units.tenant(request.tenant_id) as unit:
            known, waiting = await self._fleet.heartbeat(unit, device_id, status)
        return pb.HeartbeatResponse(
            server_time=stamp(unit.now),
            epoch=epoch(known),
            pending_commands=waiting,
            trust=trust(self._hub.trust),
        )

    async def ListDevices(self, request: pb.ListDevicesRequest, _: Any) -> pb.ListDevicesResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._fleet.page(unit, wanted)
        return pb.ListDevicesResponse(
            devices=[packing.device(unit.tenant_id, each, unit.now) for each in page.rows],
            next_page_token=page.next_token,
        )

    async def GetDevice(self, request: pb.GetDeviceRequest, _: Any) -> pb.GetDeviceResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._fleet.device(unit, UUID(request.device_id))
        return pb.GetDeviceResponse(device=packing.device(unit.tenant_id, found, unit.now))

    async def SendCommand(self, request: pb.SendCommandRequest, _: Any) -> pb.SendCommandResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            command = await self._fleet.send_command(
                unit,
                UUID(request.device_id),
                request.command_id,
                kind=packing.kind(request.kind),
                resync_from_seq=request.resync_from_seq,
                ttl_seconds=request.ttl_seconds,
            )
        return pb.SendCommandResponse(record=packing.record(command, unit.now))

    async def GetCommand(self, request: pb.GetCommandRequest, _: Any) -> pb.GetCommandResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            command = await self._fleet.command(unit, UUID(request.device_id), request.command_id)
        return pb.GetCommandResponse(record=packing.record(command, unit.now))
