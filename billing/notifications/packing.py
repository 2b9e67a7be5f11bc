"""Notifications and contact points on the wire."""

from brinkbyte.notification.v1 import notification_service_pb2 as pb

from billing.notifications.kinds import Kind
from billing.notifications.rows import (
    ACCOUNT_POINT,
    ChannelKind,
    ContactPoint,
    DeliveryRow,
    DeliveryState,
    NotificationRow,
)
from billing.wire import stamp

KINDS = {kind: f"NOTIFICATION_KIND_{kind.name}" for kind in Kind}
KIND_OF = {pb.NotificationKind.Value(name): kind for kind, name in KINDS.items()}
CHANNELS = {each: f"CHANNEL_{each.name}" for each in ChannelKind}
CHANNEL_OF = {pb.Channel.Value(name): each for each, name in CHANNELS.items()}
_STATES = {each: f"DELIVERY_STATE_{each.name}" for each in DeliveryState}


def contact_point(point: ContactPoint) -> pb.ContactPoint:
    """An address, without its secret."""
    return pb.ContactPoint(
        contact_point_id=str(point.point_id),
        channel=CHANNELS[point.channel],
        address=point.address,
        display_name=point.display_name,
        kinds=[KINDS[each] for each in point.kinds],
        created_at=stamp(point.created_at),
    )


def notification(row: NotificationRow) -> pb.Notification:
    """What was told, with its deliveries."""
    return pb.Notification(
        notification_id=str(row.notification_id),
        kind=KINDS[row.kind],
        facts=row.facts,
        created_at=stamp(row.created_at),
        deliveries=[_delivery(each) for each in row.deliveries],
    )


def _delivery(row: DeliveryRow) -> pb.Delivery:
    pending = row.state is DeliveryState.PENDING
    return pb.Delivery(
        contact_point_id="" if row.point_id == ACCOUNT_POINT else str(row.point_id),
        channel=CHANNELS[row.channel],
        address=row.address,
        state=_STATES[row.state],
        attempts=row.attempts,
        next_attempt_at=stamp(row.next_at if pending else None),
        detail=row.detail,
        finished_at=stamp(row.finished_at),
    )
