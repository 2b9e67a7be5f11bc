"""EntitlementService on the wire: leases."""

from typing import Any
from uuid import UUID

from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as rpc

from billing.decimals import plain
from billing.entitlements import packing_quotas as packing
from billing.paging import PageRequest
from billing.quotas.leases.service import LeasesService, Settlement
from billing.quotas.leases.store import LeaseRow
from billing.unit import Units
from billing.wire import stamp, uuid_field
from rights.leases import LeaseState

_STATES = {
    LeaseState.ACTIVE: pb.LEASE_STATE_ACTIVE,
    LeaseState.ENDED: pb.LEASE_STATE_ENDED,
    LeaseState.CLOSED: pb.LEASE_STATE_CLOSED,
    LeaseState.RELEASED: pb.LEASE_STATE_RELEASED,
}


class LeaseRpcs(rpc.EntitlementServiceServicer):
    """Unpacks, calls, packs."""

    _units: Units
    _leases: LeasesService

    async def AcquireLease(
        self, request: pb.AcquireLeaseRequest, _: Any
    ) -> pb.AcquireLeaseResponse:
        """See the contract."""
        told = _settlement(request.settlement) if request.HasField("settlement") else None
        async with self._units.tenant("") as unit:
            lent = await self._leases.acquire(
                unit,
                request.metric,
                uuid_field("journal_id", request.journal_id),
                wanted=request.wanted,
                settlement=told,
            )
        return pb.AcquireLeaseResponse(
            lease=_lease(lent.row) if lent.row is not None else None,
            quota=packing.status(lent.balance, unit.now),
        )

    async def ReturnLease(self, request: pb.ReturnLeaseRequest, _: Any) -> pb.ReturnLeaseResponse:
        """See the contract."""
        async with self._units.tenant("") as unit:
            row = await self._leases.give_back(unit, _settlement(request.settlement))
        return pb.ReturnLeaseResponse(lease=_lease(row))

    async def ListLeases(self, request: pb.ListLeasesRequest, _: Any) -> pb.ListLeasesResponse:
        """See the contract."""
        page = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._leases.page(unit, page)
        return pb.ListLeasesResponse(
            leases=[_lease(row) for row in found.rows], next_page_token=found.next_token
        )

    async def ForceReleaseLease(
        self, request: pb.ForceReleaseLeaseRequest, _: Any
    ) -> pb.ForceReleaseLeaseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            row = await self._leases.force_release(
                unit, uuid_field("lease_id", request.lease_id), request.reason
            )
        return pb.ForceReleaseLeaseResponse(lease=_lease(row))


def _settlement(told: pb.LeaseSettlement) -> Settlement:
    lease_id = uuid_field("settlement.lease_id", told.lease_id)
    return Settlement(lease_id, told.spent, told.through_seq)


def _lease(row: LeaseRow) -> pb.Lease:
    lease = row.lease
    return pb.Lease(
        lease_id=str(row.lease_id),
        device_id=str(row.device_id),
        journal_id=str(row.journal_id),
        metric=row.metric,
        granted=plain(lease.granted),
        settled=plain(lease.settled),
        state=_STATES[lease.state],
        granted_at=stamp(lease.granted_at),
        expires_at=stamp(lease.expires_at),
        over_cap=plain(lease.over_cap),
    )
