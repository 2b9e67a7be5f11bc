"""EntitlementService on the wire: features; quotas and leases are beside it."""

from typing import Any

from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb

from billing.decimals import plain
from billing.entitlements.answers import Asker, Entitlement
from billing.entitlements.rpc_leases import LeaseRpcs
from billing.entitlements.rpc_quotas import QuotaRpcs
from billing.entitlements.service import EntitlementsService
from billing.quotas.desk import QuotaDesk
from billing.quotas.leases.service import LeasesService
from billing.quotas.service import QuotasService
from billing.unit import Units
from billing.wire import epoch, reason, stamp
from mesh.call import current_call
from mesh.clock import Clock
from rights.terms import QuotaStanding


class EntitlementServicer(QuotaRpcs, LeaseRpcs):
    """Unpacks, calls, packs."""

    def __init__(
        self,
        units: Units,
        entitlements: EntitlementsService,
        *,
        quotas: QuotasService,
        desk: QuotaDesk,
        leases: LeasesService,
        clock: Clock,
    ) -> None:
        """Transactions and rules."""
        self._units = units
        self._entitlements = entitlements
        self._quotas = quotas
        self._desk = desk
        self._leases = leases
        self._clock = clock

    async def CheckEntitlement(
        self, request: pb.CheckEntitlementRequest, _: Any
    ) -> pb.CheckEntitlementResponse:
        """See the contract."""
        tenant_id = await self._units.tenant_of_call(request.tenant_id)
        asker = _asker(request.camera_id)
        checked = await self._entitlements.check(tenant_id, asker, request.feature)
        found = checked.entitlements[0]
        answer = pb.CheckEntitlementResponse(
            allowed=found.allowed,
            reason=reason(found.reason),
            message=found.message,
            feature=found.feature,
            growth_pack=found.growth_pack,
            origin=found.origin,
            cached_until=stamp(checked.cached_until),
            epoch=epoch(checked.epoch),
            warning=found.warning,
            metric=found.metric,
        )
        if found.quota is not None:
            answer.MergeFrom(_amounts(found.quota))
        return answer

    async def ListEntitlements(
        self, request: pb.ListEntitlementsRequest, _: Any
    ) -> pb.ListEntitlementsResponse:
        """See the contract."""
        tenant_id = await self._units.tenant_of_call(request.tenant_id)
        checked = await self._entitlements.check_all(tenant_id, _asker(request.camera_id))
        return pb.ListEntitlementsResponse(
            entitlements=[_pack(each) for each in checked.entitlements],
            epoch=epoch(checked.epoch),
        )

    async def CheckEntitlements(
        self, request: pb.CheckEntitlementsRequest, _: Any
    ) -> pb.CheckEntitlementsResponse:
        """See the contract."""
        device_id = current_call().principal.device_id
        async with self._units.tenant(request.tenant_id) as unit:
            checked = await self._entitlements.check_many(
                unit, request.camera_ids, request.features, device_id
            )
        return pb.CheckEntitlementsResponse(
            groups=[
                pb.EntitlementGroup(
                    camera_ids=each.camera_ids,
                    entitlements=[_pack(told) for told in each.entitlements],
                )
                for each in checked.groups
            ],
            cached_until=stamp(checked.cached_until),
            epoch=epoch(checked.epoch),
        )


def _asker(camera_id: str) -> Asker:
    return Asker(camera_id or None, current_call().principal.device_id)


def _pack(found: Entitlement) -> pb.Entitlement:
    return pb.Entitlement(
        feature=found.feature,
        growth_pack=found.growth_pack,
        allowed=found.allowed,
        reason=reason(found.reason),
        message=found.message,
        origin=found.origin,
        warning=found.warning,
        metric=found.metric,
        quota=_quota(found.quota),
    )


def _quota(quota: QuotaStanding | None) -> pb.QuotaStatus | None:
    if quota is None:
        return None
    return pb.QuotaStatus(
        metric=quota.metric,
        limit=_optional(quota.limit),
        used=plain(quota.used),
        reserved=plain(quota.reserved),
        leased=plain(quota.leased),
        remaining=_optional(quota.remaining),
        resets_at=stamp(quota.resets_at),
    )


def _amounts(quota: QuotaStanding) -> pb.CheckEntitlementResponse:
    return pb.CheckEntitlementResponse(
        limit=_optional(quota.limit),
        used=plain(quota.used),
        remaining=_optional(quota.remaining),
        resets_at=stamp(quota.resets_at),
    )


def _optional(amount: Any) -> str | None:
    return plain(amount) if amount is not None else None
