"""The rules of the outbox: what is told, once, and to whom."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from billing.audit.actions import Action
from billing.notifications import store
from billing.notifications.kinds import Facts, Kind, check_facts
from billing.notifications.rows import ChannelKind, NotificationRow
from billing.paging import Page, PageRequest, Position, page_of
from billing.topics import NOTIFICATIONS_TOPIC
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import NotFound
from mesh.ids import uuid7

PATIENCE = timedelta(days=3)
"""For so long a delivery is tried."""


class NotificationsService:
    """Tells tenants, and shows what they were told."""

    def __init__(
        self, clock: Clock, missing: Mapping[ChannelKind, str], patience: timedelta = PATIENCE
    ) -> None:
        """`missing` says of each channel that cannot send what it lacks, for people; `patience`
        is how long a delivery is tried."""
        self._clock = clock
        self._missing = dict(missing)
        self._patience = patience

    async def tell(self, unit: Unit, kind: Kind, key: str, facts: Facts, *, also: str = "") -> bool:
        """Tells the tenant in the unit's transaction; False when `key` was told before.

        `key` names what happened uniquely within the kind for ever, such as the id of an invoice.
        It goes to every contact point that takes the kind and, where none of them is an e-mail
        address, to the account's own; with `also`, an e-mail address, to that in any case.
        Raises ValueError for other facts than kinds.FACTS names.
        """
        checked = check_facts(kind, facts)
        until = unit.now + self._patience
        told = await store.tell(
            unit.conn,
            unit.tenant_id,
            uuid7(self._clock),
            kind,
            key=key,
            facts=checked,
            also=also,
            now=unit.now,
            until=until,
        )
        if told:
            unit.wake(NOTIFICATIONS_TOPIC)
        return told

    async def page(self, unit: Unit, request: PageRequest) -> Page[NotificationRow]:
        """What was told, newest first. A delivery that waits for a channel which cannot send says
        so."""
        rows = await store.page(unit.conn, unit.tenant_id, request, self._missing)
        return page_of(
            request, rows, lambda row: Position(row.created_at, str(row.notification_id))
        )

    async def retry(self, unit: Unit, notification_id: UUID) -> int:
        """Tries deliveries that were given up again, now; returns how many.

        Those to contact points that were removed, and those beyond the day's limit, stay as they
        are. Raises NotFound.
        """
        if not await store.exists(unit.conn, unit.tenant_id, notification_id):
            raise NotFound("notification", str(notification_id))
        until = unit.now + self._patience
        count = await store.retry(
            unit.conn, unit.tenant_id, notification_id, now=unit.now, until=until
        )
        if count:
            unit.audit(
                Action.NOTIFICATION_RETRIED, f"notification/{notification_id}", deliveries=count
            )
            unit.wake(NOTIFICATIONS_TOPIC)
        return count
