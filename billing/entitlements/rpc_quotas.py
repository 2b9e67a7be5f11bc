"""EntitlementService on the wire: quotas."""

from typing import Any

from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as rpc

from billing.decimals import plain
from billing.entitlements import packing_quotas as packing
from billing.paging import PageRequest, numbered
from billing.quotas.desk import QuotaDesk
from billing.quotas.operations import Held, Operation, Release
from billing.quotas.service import QuotasService
from billing.unit import Units
from mesh.clock import Clock
from rights.quotas import Balance


class QuotaRpcs(rpc.EntitlementServiceServicer):
    """Unpacks, calls, packs."""

    _units: Units
    _quotas: QuotasService
    _desk: QuotaDesk
    _clock: Clock

    async def GetQuotaStatus(
        self, request: pb.GetQuotaStatusRequest, _: Any
    ) -> pb.GetQuotaStatusResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._quotas.status(unit, request.metric)
        return pb.GetQuotaStatusResponse(quotas=[packing.status(each, unit.now) for each in found])

    async def ListQuotaAlerts(
        self, request: pb.ListQuotaAlertsRequest, _: Any
    ) -> pb.ListQuotaAlertsResponse:
        """See the contract."""
        page = PageRequest.read(request.page_size, request.page_token, _alert_key)
        async with self._units.tenant(request.tenant_id) as unit:
            found = await self._quotas.alerts(unit, page)
        return pb.ListQuotaAlertsResponse(
            alerts=[packing.alert(each) for each in found.rows], next_page_token=found.next_token
        )

    async def ReserveQuota(
        self, request: pb.ReserveQuotaRequest, _: Any
    ) -> pb.ReserveQuotaResponse:
        """See the contract."""
        held, balance = await self._one(request.tenant_id, packing.reserve(request.reservation))
        answer = pb.ReserveQuotaResponse(quota=packing.status(balance, self._clock.now()))
        answer.expires_at.FromDatetime(held.expires_at)
        return answer

    async def CommitQuota(self, request: pb.CommitQuotaRequest, _: Any) -> pb.CommitQuotaResponse:
        """See the contract."""
        held, balance = await self._one(request.tenant_id, packing.commit(request.commitment))
        return pb.CommitQuotaResponse(
            over_cap=plain(held.over_cap), quota=packing.status(balance, self._clock.now())
        )

    async def ReleaseQuota(
        self, request: pb.ReleaseQuotaRequest, _: Any
    ) -> pb.ReleaseQuotaResponse:
        """See the contract."""
        _, balance = await self._one(request.tenant_id, Release(request.operation_id))
        return pb.ReleaseQuotaResponse(quota=packing.status(balance, self._clock.now()))

    async def ApplyQuotaOperations(
        self, request: pb.ApplyQuotaOperationsRequest, _: Any
    ) -> pb.ApplyQuotaOperationsResponse:
        """See the contract."""
        tenant_id = await self._units.tenant_of_call(request.tenant_id)
        asked = [packing.operation(each) for each in request.operations]
        outcomes = await self._desk.apply(tenant_id, asked)
        now = self._clock.now()
        return pb.ApplyQuotaOperationsResponse(
            results=[packing.result(each, now) for each in outcomes]
        )

    async def _one(self, requested: str, operation: Operation) -> tuple[Held, Balance]:
        tenant_id = await self._units.tenant_of_call(requested)
        (outcome,) = await self._desk.apply(tenant_id, [operation])
        if outcome.error is not None:
            raise outcome.error
        assert outcome.held is not None and outcome.balance is not None
        return outcome.held, outcome.balance


def _alert_key(key: str) -> None:
    """Raises ValueError."""
    numbered(key.rpartition(" ")[2])
