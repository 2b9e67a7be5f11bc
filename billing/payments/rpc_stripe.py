"""StripeService on the wire."""

from typing import Any
from uuid import UUID

from brinkbyte.payment.v1 import stripe_service_pb2 as pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc as rpc

from billing.catalog.live import Catalogs
from billing.paging import PageRequest
from billing.payments.meters.service import SubmissionsService
from billing.payments.objects.service import ObjectsService
from billing.payments.packing import (
    pack_object,
    pack_shadow,
    pack_submission,
    read_shadow_state,
    read_submission_state,
)
from billing.payments.shadows.service import ShadowsService
from billing.unit import Units


class StripeServicer(rpc.StripeServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self,
        units: Units,
        catalogs: Catalogs,
        objects: ObjectsService,
        submissions: SubmissionsService,
        shadows: ShadowsService,
    ) -> None:
        """Transactions and rules."""
        self._units = units
        self._catalogs = catalogs
        self._objects = objects
        self._submissions = submissions
        self._shadows = shadows

    async def GetStripeObjects(
        self, _: pb.GetStripeObjectsRequest, __: Any
    ) -> pb.GetStripeObjectsResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            catalog = await self._catalogs.current(unit.conn)
            found = await self._objects.view(unit.conn, catalog)
        return pb.GetStripeObjectsResponse(objects=[pack_object(each) for each in found])

    async def ListSubmissions(
        self, request: pb.ListSubmissionsRequest, _: Any
    ) -> pb.ListSubmissionsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        state = read_submission_state(request.state)
        async with self._units.vendor() as unit:
            tenant_id = await self._named(request.tenant_id)
            page = await self._submissions.page(unit, wanted, tenant_id=tenant_id, state=state)
        return pb.ListSubmissionsResponse(
            submissions=[pack_submission(row) for row in page.rows],
            next_page_token=page.next_token,
        )

    async def ListShadowInvoices(
        self, request: pb.ListShadowInvoicesRequest, _: Any
    ) -> pb.ListShadowInvoicesResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        state = read_shadow_state(request.state)
        async with self._units.vendor() as unit:
            tenant_id = await self._named(request.tenant_id)
            page = await self._shadows.page(unit, wanted, tenant_id=tenant_id, state=state)
        return pb.ListShadowInvoicesResponse(
            invoices=[pack_shadow(row) for row in page.rows], next_page_token=page.next_token
        )

    async def _named(self, tenant: str) -> UUID | None:
        return await self._units.tenant_of_call(tenant) if tenant else None
