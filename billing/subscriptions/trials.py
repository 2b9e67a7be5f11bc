"""Tells tenants that a trial is about to end."""

from datetime import timedelta
from uuid import UUID

from billing.background import for_each
from billing.notifications.kinds import Kind
from billing.notifications.service import NotificationsService
from billing.subscriptions import store
from billing.unit import Units
from mesh.clock import Clock
from mesh.database import Database

NOTICE = timedelta(days=3)
"""So long before its end a trial is told of."""

_AT_ONCE = 200


class TrialNotices:
    """Each end is told once. Any number of replicas may look."""

    def __init__(
        self, db: Database, units: Units, notifications: NotificationsService, clock: Clock
    ) -> None:
        """Finds trials as the worker role, and tells as the application."""
        self._db = db
        self._units = units
        self._notifications = notifications
        self._clock = clock

    async def look_once(self) -> None:
        """Tells of what ends within the notice. What fails for one tenant is logged, and tried
        again with the next look. Raises MeshError."""
        now = self._clock.now()
        async with self._db.worker() as conn:
            tenants = await store.trials_ending(conn, now, now + NOTICE, _AT_ONCE)
        await for_each(tenants, self._tell, "trial_not_told")

    async def _tell(self, tenant_id: UUID) -> None:
        async with self._units.working(tenant_id) as unit:
            until = unit.now + NOTICE
            for each in await store.tell_trials(unit.conn, tenant_id, unit.now, until):
                ends = each.ends_at.isoformat()
                await self._notifications.tell(
                    unit,
                    Kind.TRIAL_ENDING,
                    f"{each.family}/{ends}",
                    {"plan": f"{each.family} {each.plan}", "ends_at": ends},
                )
