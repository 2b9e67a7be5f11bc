"""NotificationService on the wire."""

from typing import Any
from uuid import UUID

from brinkbyte.notification.v1 import notification_service_pb2 as pb
from brinkbyte.notification.v1 import notification_service_pb2_grpc as rpc

from billing.notifications.contacts.service import ContactsService
from billing.notifications.packing import CHANNEL_OF, KIND_OF, contact_point, notification
from billing.notifications.service import NotificationsService
from billing.paging import PageRequest
from billing.unit import Units


class NotificationServicer(rpc.NotificationServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self, units: Units, notifications: NotificationsService, contacts: ContactsService
    ) -> None:
        """Transactions and rules."""
        self._units = units
        self._notifications = notifications
        self._contacts = contacts

    async def AddContactPoint(
        self, request: pb.AddContactPointRequest, _: Any
    ) -> pb.AddContactPointResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            point, secret = await self._contacts.add(
                unit,
                CHANNEL_OF[request.channel],
                request.address,
                display_name=request.display_name,
                kinds=[KIND_OF[each] for each in request.kinds],
            )
        return pb.AddContactPointResponse(contact_point=contact_point(point), webhook_secret=secret)

    async def ListContactPoints(
        self, request: pb.ListContactPointsRequest, _: Any
    ) -> pb.ListContactPointsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._contacts.page(unit, wanted)
        return pb.ListContactPointsResponse(
            contact_points=[contact_point(each) for each in page.rows],
            next_page_token=page.next_token,
        )

    async def RemoveContactPoint(
        self, request: pb.RemoveContactPointRequest, _: Any
    ) -> pb.RemoveContactPointResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            removed = await self._contacts.remove(unit, UUID(request.contact_point_id))
        return pb.RemoveContactPointResponse(removed=removed)

    async def TestContactPoint(
        self, request: pb.TestContactPointRequest, _: Any
    ) -> pb.TestContactPointResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            told = await self._contacts.test(unit, UUID(request.contact_point_id))
        return pb.TestContactPointResponse(notification_id=str(told))

    async def ListNotifications(
        self, request: pb.ListNotificationsRequest, _: Any
    ) -> pb.ListNotificationsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._notifications.page(unit, wanted)
        return pb.ListNotificationsResponse(
            notifications=[notification(each) for each in page.rows],
            next_page_token=page.next_token,
        )

    async def RetryNotification(
        self, request: pb.RetryNotificationRequest, _: Any
    ) -> pb.RetryNotificationResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            count = await self._notifications.retry(unit, UUID(request.notification_id))
        return pb.RetryNotificationResponse(deliveries=count)
