"""Fleet values on the wire."""

from datetime import datetime
from uuid import UUID

from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as pb

from billing.fleet.commands.store import CommandRow
from billing.fleet.service import ONLINE_FOR, CommandKind
from billing.fleet.session import FullStateRequest, Outgoing, RightsChanged, Welcome
from billing.fleet.store import DeviceView
from billing.wire import epoch, moment, stamp, trust
from rights.ids import render_tenant

_KINDS = {
    CommandKind.PING: pb.COMMAND_KIND_PING,
    CommandKind.REFRESH_LICENSES: pb.COMMAND_KIND_REFRESH_LICENSES,
    CommandKind.RESYNC_USAGE: pb.COMMAND_KIND_RESYNC_USAGE,
}
_STATES = {
    "pending": pb.COMMAND_STATE_PENDING,
    "sent": pb.COMMAND_STATE_SENT,
    "succeeded": pb.COMMAND_STATE_SUCCEEDED,
    "failed": pb.COMMAND_STATE_FAILED,
}


def outgoing(sequence: int, message: Outgoing) -> pb.ConnectResponse:
    """A message of the stream, numbered."""
    response = pb.ConnectResponse(sequence=sequence)
    match message:
        case Welcome():
            welcome = pb.Welcome(
                server_time=stamp(message.server_time),
                epoch=epoch(message.epoch),
                trust=trust(message.trust),
            )
            response.welcome.CopyFrom(welcome)
        case RightsChanged():
            changed = pb.RightsChanged(
                epoch=epoch(message.epoch),
                trust=trust(message.trust),
                revocation_list=message.revocation_list,
            )
            response.rights_changed.CopyFrom(changed)
        case FullStateRequest():
            response.full_state_request.expected_sequence = message.expected_sequence
        case CommandRow():
            response.command.CopyFrom(_command(message))
    return response


def kind(wire: pb.CommandKind) -> CommandKind:
    """A kind from the wire. Raises KeyError for a value that the contract refuses."""
    return {number: known for known, number in _KINDS.items()}[wire]


def record(row: CommandRow, now: datetime) -> pb.CommandRecord:
    """A command and where it stands at `now`."""
    waiting = row.state in ("pending", "sent")
    state = pb.COMMAND_STATE_EXPIRED if waiting and row.deadline <= now else _STATES[row.state]
    return pb.CommandRecord(
        command=_command(row),
        state=state,
        detail=row.detail,
        finished_at=stamp(row.finished_at),
    )


def kept_status(status: pb.DeviceStatus) -> bytes:
    """A status as it is kept for whoever asks for the device.

    Raises InvalidArgument naming a time that is none: no answer could say it.
    """
    moment("status.reported_at", status.reported_at)
    for index, camera in enumerate(status.cameras):
        moment(f"status.cameras[{index}].last_inference_at", camera.last_inference_at)
    return status.SerializeToString()


def device(tenant_id: UUID, view: DeviceView, now: datetime) -> pb.Device:
    """One device of the fleet as it stands at `now`."""
    heard = view.last_seen_at is not None and now - view.last_seen_at <= ONLINE_FOR
    return pb.Device(
        device_id=str(view.device_id),
        tenant_id=render_tenant(tenant_id),
        hardware_id=view.hardware_id,
        display_name=view.display_name,
        online=heard and view.retired_at is None,
        last_seen_at=stamp(view.last_seen_at),
        status=pb.DeviceStatus.FromString(view.status),
        enrolled_at=stamp(view.enrolled_at),
        retired_at=stamp(view.retired_at),
    )


def _command(row: CommandRow) -> pb.Command:
    return pb.Command(
        command_id=row.command_id,
        kind=_KINDS[CommandKind(row.kind)],
        resync_from_seq=row.resync_from_seq,
        deadline=stamp(row.deadline),
    )
