"""ReconcileService on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from brinkbyte.usage.v1 import reconcile_service_pb2 as pb
from brinkbyte.usage.v1 import reconcile_service_pb2_grpc as rpc

from billing.decimals import plain
from billing.paging import PageRequest
from billing.reconcile.asking import MeterSums
from billing.reconcile.findings import Drift, Findings, Step, StepSum
from billing.reconcile.service import ReconcileService, window_of
from billing.unit import Units
from billing.wire import moment, stamp
from mesh.clock import Clock
from mesh.database import retry_serialization
from rights.ids import render_tenant
from rights.periods import Period

_PAGE = 20
_MAX_DRIFTS = 1000
_STEPS = {
    Step.INFERENCE: pb.USAGE_STEP_INFERENCE,
    Step.JOURNAL: pb.USAGE_STEP_JOURNAL,
    Step.LEDGER: pb.USAGE_STEP_LEDGER,
    Step.AGGREGATE: pb.USAGE_STEP_AGGREGATE,
    Step.INVOICE: pb.USAGE_STEP_INVOICE,
    Step.STRIPE: pb.USAGE_STEP_STRIPE,
}


class ReconcileServicer(rpc.ReconcileServiceServicer):
    """Unpacks, calls, packs; each tenant is a transaction of its own."""

    def __init__(
        self, units: Units, reconcile: ReconcileService, meter_sums: MeterSums, clock: Clock
    ) -> None:
        """Transactions, rules, Stripe, and the time up to which hours are compared."""
        self._meter_sums = meter_sums
        self._units = units
        self._reconcile = reconcile
        self._clock = clock

    async def ReconcileUsage(
        self, request: pb.ReconcileUsageRequest, _: Any
    ) -> pb.ReconcileUsageResponse:
        """See the contract."""
        window = window_of(
            moment("start_time", request.start_time) if request.HasField("start_time") else None,
            moment("end_time", request.end_time) if request.HasField("end_time") else None,
            self._clock.now(),
        )
        tenants, token = await self._tenants(request)
        return pb.ReconcileUsageResponse(
            tenants=[
                _pack(each, await self._one(each, window, heal=request.heal)) for each in tenants
            ],
            next_page_token=token,
        )

    async def _tenants(self, request: pb.ReconcileUsageRequest) -> tuple[Sequence[UUID], str]:
        page = PageRequest.read(request.page_size or _PAGE, request.page_token, UUID)
        if request.tenant_id:
            return [await self._units.tenant_of_call(request.tenant_id)], ""
        async with self._units.vendor() as unit:
            found = await self._reconcile.tenants(unit, page)
        return [tenant_id for tenant_id, _ in found.rows], found.next_token

    async def _one(self, tenant_id: UUID, window: Period, *, heal: bool) -> Findings:
        async def once() -> Findings:
            async with self._units.within(tenant_id) as unit:
                return await self._reconcile.reconcile(unit, window, heal=heal)

        found = await retry_serialization(once)
        async with self._units.reading(tenant_id) as unit:
            told = await self._reconcile.told(unit, window)
        asked = await self._meter_sums.compare(*told, heal=heal)
        if any(each.healed for each in asked.drifts):
            async with self._units.within(tenant_id) as unit:
                await self._reconcile.look_again(unit, asked.drifts)
        found.add(asked)
        return found


def _pack(tenant_id: UUID, found: Findings) -> pb.TenantReconciliation:
    return pb.TenantReconciliation(
        tenant_id=render_tenant(tenant_id),
        sums=[_sum(each) for each in found.sums],
        drifts=[_drift(each) for each in found.drifts[:_MAX_DRIFTS]],
        notes=found.notes,
    )


def _sum(each: StepSum) -> pb.StepSum:
    return pb.StepSum(
        step=_STEPS[each.step],
        event_type=each.metric,
        device_id=_id(each.device_id),
        quantity=plain(each.quantity),
        events=each.events,
    )


def _drift(each: Drift) -> pb.UsageDrift:
    start: datetime | None = each.window_start
    return pb.UsageDrift(
        from_step=_STEPS[each.came_from],
        to_step=_STEPS[each.went_to],
        event_type=each.metric,
        device_id=_id(each.device_id),
        invoice_id=each.invoice_id,
        window_start=stamp(start),
        expected=plain(each.expected),
        found=plain(each.found),
        message=each.message,
        healed=each.healed,
    )


def _id(device_id: UUID | None) -> str:
    return "" if device_id is None else str(device_id)
