"""CostAlertService on the wire."""

from typing import Any
from uuid import UUID

from brinkbyte.common.v1 import money_pb2
from brinkbyte.notification.v1 import cost_alert_service_pb2 as pb
from brinkbyte.notification.v1 import cost_alert_service_pb2_grpc as rpc

from billing.alerts.rows import CostAlert, CostBasis
from billing.alerts.service import CostAlertsService
from billing.paging import PageRequest
from billing.unit import Units
from billing.wire import stamp
from mesh.errors import InvalidArgument
from rights.errors import MoneyInvalid
from rights.money import Money

_BASES = {each: f"COST_BASIS_{each.name}" for each in CostBasis}
_BASIS_OF = {pb.CostBasis.Value(name): each for each, name in _BASES.items()}


class CostAlertServicer(rpc.CostAlertServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, alerts: CostAlertsService) -> None:
        """Transactions and rules."""
        self._units = units
        self._alerts = alerts

    async def SetCostAlert(
        self, request: pb.SetCostAlertRequest, _: Any
    ) -> pb.SetCostAlertResponse:
        """See the contract."""
        amount = _money(request.amount)
        async with self._units.tenant(request.tenant_id) as unit:
            alert = await self._alerts.set(
                unit,
                _BASIS_OF[request.basis],
                amount,
                percents=request.percents,
                display_name=request.display_name,
            )
        return pb.SetCostAlertResponse(cost_alert=_pack(alert))

    async def ListCostAlerts(
        self, request: pb.ListCostAlertsRequest, _: Any
    ) -> pb.ListCostAlertsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._alerts.page(unit, wanted)
        return pb.ListCostAlertsResponse(
            cost_alerts=[_pack(each) for each in page.rows], next_page_token=page.next_token
        )

    async def RemoveCostAlert(
        self, request: pb.RemoveCostAlertRequest, _: Any
    ) -> pb.RemoveCostAlertResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            removed = await self._alerts.remove(unit, UUID(request.cost_alert_id))
        return pb.RemoveCostAlertResponse(removed=removed)


def _money(wire: money_pb2.Money) -> Money:
    try:
        return Money(wire.currency, wire.minor_units)
    except MoneyInvalid as error:
        raise InvalidArgument.field("amount.currency", str(error)) from None


def _pack(alert: CostAlert) -> pb.CostAlert:
    amount = alert.amount
    return pb.CostAlert(
        cost_alert_id=str(alert.alert_id),
        basis=_BASES[alert.basis],
        amount=money_pb2.Money(currency=amount.currency, minor_units=amount.minor_units),
        percents=alert.percents,
        display_name=alert.display_name,
        created_at=stamp(alert.created_at),
    )
