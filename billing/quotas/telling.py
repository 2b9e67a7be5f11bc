"""A threshold that was crossed, as the tenant is told of it."""

from billing.catalog.live import Catalogs
from billing.decimals import plain
from billing.notifications.kinds import Kind
from billing.notifications.service import NotificationsService
from billing.quotas.alerts import AlertRow
from billing.unit import Unit
from rights.catalog.model import Cap
from rights.quotas import Balance


class QuotaTelling:
    """Tells in the transaction that raised the threshold."""

    def __init__(self, notifications: NotificationsService, catalogs: Catalogs) -> None:
        """`catalogs` name metrics for people."""
        self._notifications = notifications
        self._catalogs = catalogs

    async def crossed(self, unit: Unit, alert: AlertRow, balance: Balance) -> None:
        """Tells of a threshold that was raised just now; `balance` is its account's."""
        metric = self._catalogs.live.metrics.get(alert.metric)
        terms, start = balance.terms, alert.period_start.isoformat()
        await self._notifications.tell(
            unit,
            Kind.QUOTA_THRESHOLD,
            f"{alert.metric}/{start}/{alert.percent}",
            {
                "metric": alert.metric,
                "title": metric.title if metric else alert.metric,
                "unit": balance.unit,
                "percent": str(alert.percent),
                "used": plain(alert.used),
                "included": plain(alert.included),
                "cap": (terms.cap if terms else Cap.HARD).value,
                "period_start": balance.period.start.isoformat(),
                "period_end": balance.period.end.isoformat(),
            },
        )
