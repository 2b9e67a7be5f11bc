"""Rules of the fleet: status, the one stream of each device, commands."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from billing.audit.actions import Action
from billing.devices.service import DevicesService
from billing.fleet import store
from billing.fleet.commands import store as commands
from billing.fleet.commands.store import CommandRow
from billing.fleet.store import DeviceView, Line
from billing.licenses.service import LicensesService
from billing.paging import Page, PageRequest, Position, page_of
from billing.topics import commands_topic
from billing.unit import Unit
from mesh.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    Unauthenticated,
)
from rights.claims import Epoch

ONLINE_FOR = timedelta(seconds=30)
_MAX_STATUS = 1024 * 1024  # bytes
_MAX_WAITING_COMMANDS = 1000
_DEFAULT_TTL_SECONDS = 300


class CommandKind(StrEnum):
    """What a device can be told to do."""

    PING = "ping"
    REFRESH_LICENSES = "refresh_licenses"
    RESYNC_USAGE = "resync_usage"


class FleetService:
    """Keeps what devices say and what they are told."""

    def __init__(self, devices: DevicesService, licenses: LicensesService) -> None:
        """`devices` knows who is in service, `licenses` the tenant's epoch."""
        self._devices = devices
        self._licenses = licenses

    async def open_stream(self, unit: Unit, line: Line, status: bytes) -> Epoch:
        """Makes this the device's one stream, which ends an older one; returns the epoch.

        Raises Unauthenticated (CREDENTIAL_REVOKED) for a retired device, InvalidArgument naming
        `status`.
        """
        _check_size(status)
        device = await self._devices.require(unit, line.device_id)
        if device.retired_at is not None:
            raise revoked()
        await store.claim_stream(unit.conn, line, status, unit.now)
        unit.wake(commands_topic(line.device_id))
        return await self._licenses.epoch(unit)

    async def record_status(self, unit: Unit, line: Line, status: bytes) -> None:
        """Keeps what the stream says.

        Raises Aborted when a newer stream has taken over, InvalidArgument naming `status`.
        """
        _check_size(status)
        if not await store.put_stream_status(unit.conn, line, status, unit.now):
            raise superseded()

    async def record_result(
        self, unit: Unit, device_id: UUID, command_id: str, succeeded: bool, detail: str
    ) -> None:
        """Keeps the first result of a command; anything else changes nothing."""
        state = "succeeded" if succeeded else "failed"
        await commands.finish_command(
            unit.conn,
            unit.tenant_id,
            device_id,
            command_id,
            state=state,
            detail=detail,
            now=unit.now,
        )

    async def epoch(self, unit: Unit) -> Epoch:
        """The tenant's epoch. Raises NotFound."""
        return await self._licenses.epoch(unit)

    async def heartbeat(
        self, unit: Unit, device_id: UUID, status: bytes | None
    ) -> tuple[Epoch, int]:
        """Keeps a status without a stream; returns the epoch and how many commands wait.

        Raises NotFound, FailedPrecondition for a retired device, InvalidArgument naming
        `status`.
        """
        _check_size(status or b"")
        await self._in_service(unit, device_id)
        await store.put_status(unit.conn, unit.tenant_id, device_id, status, unit.now)
        waiting = await commands.count_waiting(unit.conn, unit.tenant_id, device_id, unit.now)
        return await self._licenses.epoch(unit), waiting

    async def page(self, unit: Unit, request: PageRequest) -> Page[DeviceView]:
        """The tenant's devices, oldest first, retired ones included.

        A page ends early where the statuses would make it larger than a message may be.
        """
        rows, fitting = await store.page(unit.conn, unit.tenant_id, request, _MAX_STATUS)
        shown = replace(request, size=min(request.size, fitting))
        return page_of(shown, rows, lambda row: Position(row.enrolled_at, str(row.device_id)))

    async def device(self, unit: Unit, device_id: UUID) -> DeviceView:
        """One device. Raises NotFound."""
        found = await store.get_device(unit.conn, unit.tenant_id, device_id)
        if found is None:
            raise NotFound("device", str(device_id))
        return found

    async def send_command(
        self,
        unit: Unit,
        device_id: UUID,
        command_id: str,
        *,
        kind: CommandKind,
        resync_from_seq: int,
        ttl_seconds: int,
    ) -> CommandRow:
        """Queues a command; the same again changes nothing and returns it as it stands.

        Raises NotFound, AlreadyExists for the same id with other content, FailedPrecondition
        for a retired device or one for which too many commands wait.
        """
        await self._in_service(unit, device_id)
        seconds = ttl_seconds or _DEFAULT_TTL_SECONDS
        deadline = unit.now + timedelta(seconds=seconds)
        wanted = CommandRow(
            command_id,
            kind.value,
            resync_from_seq,
            seconds,
            unit.now,
            deadline,
            "pending",
            "",
            None,
        )
        if await commands.add_command(unit.conn, unit.tenant_id, device_id, wanted):
            waiting = await commands.count_waiting(unit.conn, unit.tenant_id, device_id, unit.now)
            if waiting > _MAX_WAITING_COMMANDS:
                raise FailedPrecondition(
                    "STATE_CONFLICT",
                    f"device/{device_id}",
                    f"{_MAX_WAITING_COMMANDS} commands wait for the device; let it take them first",
                )
            unit.audit(
                Action.COMMAND_SENT, f"device/{device_id}", command_id=command_id, kind=kind.value
            )
            unit.wake(commands_topic(device_id))
            return wanted
        known = await self.command(unit, device_id, command_id)
        if _content(known) != _content(wanted):
            raise AlreadyExists("command", command_id, "this command id has other content")
        return known

    async def command(self, unit: Unit, device_id: UUID, command_id: str) -> CommandRow:
        """One command. Raises NotFound."""
        found = await commands.get_command(unit.conn, unit.tenant_id, device_id, command_id)
        if found is None:
            raise NotFound("command", command_id)
        return found

    async def _in_service(self, unit: Unit, device_id: UUID) -> None:
        device = await self._devices.require(unit, device_id)
        if device.retired_at is not None:
            raise FailedPrecondition(
                "STATE_CONFLICT", f"device/{device_id}", "the device was retired"
            )


def _check_size(status: bytes) -> None:
    if len(status) > _MAX_STATUS:
        raise InvalidArgument.field("status", f"larger than {_MAX_STATUS} bytes")


def revoked() -> Unauthenticated:
    """What a retired device is told."""
    return Unauthenticated("CREDENTIAL_REVOKED", "the device was retired")


def superseded() -> Aborted:
    """What an older stream is told."""
    return Aborted("device", "a newer stream of the device has taken over")


def _content(command: CommandRow) -> tuple[str, int, int]:
    return command.kind, command.resync_from_seq, command.ttl_seconds
