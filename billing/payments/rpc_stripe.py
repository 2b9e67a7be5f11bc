"""StripeService on the wire."""

from typing import Any

from brinkbyte.payment.v1 import stripe_service_pb2 as pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc as rpc

from billing.catalog.live import Catalogs
from billing.paging import PageRequest
from billing.payments.meters.row import SubmissionRow, SubmissionState
from billing.payments.meters.service import SubmissionsService
from billing.payments.objects.service import ObjectsService
from billing.unit import Units
from billing.wire import stamp
from rights.ids import render_tenant

_STATES = {
    SubmissionState.PENDING: pb.SUBMISSION_STATE_PENDING,
    SubmissionState.SENT: pb.SUBMISSION_STATE_SENT,
    SubmissionState.CONFIRMED: pb.SUBMISSION_STATE_CONFIRMED,
    SubmissionState.FAILED: pb.SUBMISSION_STATE_FAILED,
}
_READ = {number: state for state, number in _STATES.items()}


class StripeServicer(rpc.StripeServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self,
        units: Units,
        catalogs: Catalogs,
        objects: ObjectsService,
        submissions: SubmissionsService,
    ) -> None:
        """Transactions and rules."""
        self._units = units
        self._catalogs = catalogs
        self._objects = objects
        self._submissions = submissions

    async def GetStripeObjects(
        self, _: pb.GetStripeObjectsRequest, __: Any
    ) -> pb.GetStripeObjectsResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            catalog = await self._catalogs.current(unit.conn)
            found = await self._objects.view(unit.conn, catalog)
        return pb.GetStripeObjectsResponse(
            objects=[
                pb.StripeObject(
                    kind=each.kind,
                    name=each.name,
                    stripe_id=each.stripe_id,
                    to_do=each.to_do,
                    attempts=each.attempts,
                    last_error=each.last_error,
                )
                for each in found
            ]
        )

    async def ListSubmissions(
        self, request: pb.ListSubmissionsRequest, _: Any
    ) -> pb.ListSubmissionsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        named = request.tenant_id
        async with self._units.vendor() as unit:
            tenant_id = await self._units.tenant_of_call(named) if named else None
            page = await self._submissions.page(
                unit, wanted, tenant_id=tenant_id, state=_READ.get(request.state)
            )
        return pb.ListSubmissionsResponse(
            submissions=[_submission(row) for row in page.rows], next_page_token=page.next_token
        )


def _submission(row: SubmissionRow) -> pb.Submission:
    return pb.Submission(
        tenant_id=render_tenant(row.tenant_id),
        metric=row.metric,
        minute=stamp(row.minute),
        value=row.value,
        identifier=row.identifier,
        state=_STATES[row.state],
        attempts=row.attempts,
        last_error=row.last_error,
        created_at=stamp(row.created_at),
    )
