"""EntitlementService on the wire."""

from typing import Any

from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as rpc

from billing.entitlements.service import EntitlementsService
from billing.unit import Units
from billing.wire import epoch, reason, stamp


class EntitlementServicer(rpc.EntitlementServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, entitlements: EntitlementsService) -> None:
        """Transactions and rules."""
        self._units = units
        self._entitlements = entitlements

    async def CheckEntitlement(
        self, request: pb.CheckEntitlementRequest, _: Any
    ) -> pb.CheckEntitlementResponse:
        """See the contract. Amounts stay absent: no feature has a quota."""
        async with self._units.tenant(request.tenant_id) as unit:
            checked = await self._entitlements.check(unit, request.camera_id, request.feature)
        found = checked.entitlements[0]
        return pb.CheckEntitlementResponse(
            allowed=found.allowed,
            reason=reason(found.reason),
            message=found.message,
            feature=found.feature,
            growth_pack=found.growth_pack,
            origin=found.origin,
            cached_until=stamp(checked.cached_until),
            epoch=epoch(checked.epoch),
        )

    async def ListEntitlements(
        self, request: pb.ListEntitlementsRequest, _: Any
    ) -> pb.ListEntitlementsResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            checked = await self._entitlements.check_all(unit, request.camera_id)
        return pb.ListEntitlementsResponse(
            entitlements=[
                pb.Entitlement(
                    feature=each.feature,
                    growth_pack=each.growth_pack,
                    allowed=each.allowed,
                    reason=reason(each.reason),
                    message=each.message,
                    origin=each.origin,
                )
                for each in checked.entitlements
            ],
            epoch=epoch(checked.epoch),
        )
