"""The rules of cost alerts: amounts that a tenant wants to be told of, each once a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from billing.alerts import store
from billing.alerts.rows import CostAlert, CostBasis
from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.notifications.kinds import Kind
from billing.notifications.service import NotificationsService
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import FailedPrecondition, InvalidArgument
from mesh.ids import uuid7
from rights.money import Money
from rights.periods import Period

ALERTS = 20
"""As many a tenant may have."""

EVERY = timedelta(minutes=1)
"""Between two looks at the costs of a tenant that uses something."""

IDLE_EVERY = timedelta(minutes=15)
"""Between two looks at those of one that does not: what is held costs more day by day too."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a running period costs so far, or comes to at its end, before tax."""

    period: Period
    total: Money


class Costs(Protocol):
    """Who knows what the running period costs."""

    async def standing(self, unit: Unit, basis: CostBasis) -> Standing:
        """Raises NotFound, and FailedPrecondition when it cannot be said."""
        ...


class CostAlertsService:
    """Sets, lists and removes alerts, and compares costs with them."""

    def __init__(
        self, catalogs: Catalogs, costs: Costs, notifications: NotificationsService, clock: Clock
    ) -> None:
        """`catalogs` name the currencies."""
        self._catalogs = catalogs
        self._costs = costs
        self._notifications = notifications
        self._clock = clock

    async def set(
        self,
        unit: Unit,
        basis: CostBasis,
        amount: Money,
        *,
        percents: Sequence[int],
        display_name: str,
    ) -> CostAlert:
        """Sets an alert in place of the one with the same basis and name; without percents at all
        of the amount. The same again changes nothing, so that nothing is told anew.

        Raises InvalidArgument naming `amount`, FailedPrecondition (STATE_CONFLICT) beyond ALERTS.
        """
        if amount.minor_units <= 0:
            raise InvalidArgument.field("amount.minor_units", "an amount is more than nothing")
        if amount.currency not in self._catalogs.live.currencies:
            raise InvalidArgument.field("amount.currency", "nothing is sold in it")
        name, chosen = " ".join(display_name.split()), tuple(sorted(set(percents))) or (100,)
        count = await store.lock(unit.conn, unit.tenant_id)
        former = await store.named(unit.conn, unit.tenant_id, basis, name)
        if former is not None and (former.amount, former.percents) == (amount, chosen):
            return former
        if former is not None:
            await store.remove(unit.conn, unit.tenant_id, former.alert_id, unit.now)
        elif count >= ALERTS:
            raise FailedPrecondition(
                "STATE_CONFLICT", "cost_alert", f"a tenant has at most {ALERTS} cost alerts"
            )
        alert = CostAlert(uuid7(self._clock), basis, amount, chosen, name, unit.now)
        await store.add(unit.conn, unit.tenant_id, alert)
        unit.audit(
            Action.COST_ALERT_SET,
            f"cost_alert/{alert.alert_id}",
            basis=basis.value,
            amount=str(amount),
            percents=" ".join(map(str, chosen)),
        )
        return alert

    async def remove(self, unit: Unit, alert_id: UUID) -> bool:
        """Takes an alert away; False when the tenant has none of that id."""
        count = await store.lock(unit.conn, unit.tenant_id)
        gone = await store.remove(unit.conn, unit.tenant_id, alert_id, unit.now)
        if gone is None:
            return False
        if count == 1:
            await store.end_watch(unit.conn, unit.tenant_id)
        unit.audit(Action.COST_ALERT_REMOVED, f"cost_alert/{alert_id}", basis=gone.basis.value)
        return True

    async def page(self, unit: Unit, request: PageRequest) -> Page[CostAlert]:
        """Those of the tenant, oldest first."""
        rows = await store.page(unit.conn, unit.tenant_id, request)
        return page_of(request, rows, lambda row: Position(row.created_at, str(row.alert_id)))

    async def look(self, unit: Unit) -> None:
        """Compares the tenant's costs with its alerts if it is time, and tells what they reached,
        each percent of an alert once a period. Raises as `Costs.standing` does."""
        if not await self.postpone(unit):
            return
        standings: dict[CostBasis, Standing] = {}
        for alert in await store.held(unit.conn, unit.tenant_id):
            if alert.basis not in standings:
                standings[alert.basis] = await self._costs.standing(unit, alert.basis)
            standing = standings[alert.basis]
            for percent in alert.reached(standing.total):
                await self._tell(unit, alert, percent, standing)

    async def postpone(self, unit: Unit) -> bool:
        """Marks the tenant's costs as looked at; False when it is not time, or another does it."""
        return await store.begin(
            unit.conn,
            unit.tenant_id,
            fresh_before=unit.now - EVERY,
            idle_before=unit.now - IDLE_EVERY,
            now=unit.now,
        )

    async def _tell(self, unit: Unit, alert: CostAlert, percent: int, standing: Standing) -> None:
        start = standing.period.start.isoformat()
        await self._notifications.tell(
            unit,
            Kind.COST_THRESHOLD,
            f"{alert.alert_id}/{start}/{percent}",
            {
                "alert_id": str(alert.alert_id),
                "name": alert.display_name,
                "basis": alert.basis.value,
                "percent": str(percent),
                "amount": str(alert.amount),
                "total": str(standing.total),
                "period_start": start,
                "period_end": standing.period.end.isoformat(),
            },
        )
