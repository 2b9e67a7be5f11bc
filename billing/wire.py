"""What every rpc.py packs and unpacks: moments, epochs, reasons, ids."""

from datetime import UTC, datetime
from uuid import UUID

from brinkbyte.common.v1 import epoch_pb2, error_reason_pb2, trust_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from mesh.errors import InvalidArgument, NotFound
from mesh.principal import Principal, PrincipalKind
from rights.claims import Epoch
from rights.trust import Trust


def stamp(moment: datetime | None) -> Timestamp | None:
    """A moment on the wire; None leaves the field absent."""
    if moment is None:
        return None
    wire = Timestamp()
    wire.FromDatetime(moment)
    return wire


def moment(field: str, wire: Timestamp) -> datetime:
    """A moment from the wire: aware, UTC. Raises InvalidArgument naming `field`."""
    try:
        return wire.ToDatetime(UTC)
    except ValueError:
        raise InvalidArgument.field(field, "not a moment between the years 1 and 9999") from None


def epoch(value: Epoch) -> epoch_pb2.Epoch:
    """An epoch on the wire."""
    return epoch_pb2.Epoch(incarnation=value.incarnation, number=value.number)


def trust(value: Trust) -> trust_pb2.Trust:
    """What is trusted no longer, on the wire."""
    return trust_pb2.Trust(epoch=value.epoch, retired_kids=sorted(value.retired))


def reason(name: str | None) -> error_reason_pb2.ErrorReason:
    """The ErrorReason of a name without its prefix; None is unspecified."""
    found: error_reason_pb2.ErrorReason = getattr(
        error_reason_pb2, f"ERROR_REASON_{name or 'UNSPECIFIED'}"
    )
    return found


def device_of_call(principal: Principal, requested: str) -> UUID | None:
    """The device that a request is about; a device may only name itself.

    None when the caller is no device and names none. Raises NotFound, InvalidArgument
    naming `device_id`.
    """
    if principal.kind is PrincipalKind.DEVICE:
        if requested and requested.lower() != str(principal.device_id):
            raise NotFound("device", requested)
        return principal.device_id
    return uuid_field("device_id", requested) if requested else None


def uuid_field(field: str, text: str) -> UUID:
    """Raises InvalidArgument naming `field`."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidArgument.field(field, "not a UUID") from None
