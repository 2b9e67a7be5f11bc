"""The rules of contact points: a tenant keeps its own."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from billing.audit.actions import Action
from billing.notifications import store as outbox
from billing.notifications.channels.signature import new_secret
from billing.notifications.contacts import store
from billing.notifications.contacts.addresses import check_address
from billing.notifications.kinds import Kind, check_facts
from billing.notifications.rows import ChannelKind, ContactPoint
from billing.notifications.service import PATIENCE
from billing.paging import Page, PageRequest, Position, page_of
from billing.topics import NOTIFICATIONS_TOPIC
from billing.unit import Unit
from mesh.clock import Clock
from mesh.errors import AlreadyExists, FailedPrecondition, NotFound, RateLimited
from mesh.ids import uuid7

POINTS = 20
"""As many a tenant may have."""

TEST_EVERY = timedelta(minutes=1)
"""Between two tests of a point: nobody's telephone is for a stranger to ring."""

_REMOVED = "the contact point was removed"


class ContactsService:
    """Adds, lists, tests and removes."""

    def __init__(self, clock: Clock, *, allow_private: bool) -> None:
        """`allow_private` lets webhooks go to addresses of the vendor's own network."""
        self._clock = clock
        self._allow_private = allow_private

    async def add(
        self,
        unit: Unit,
        channel: ChannelKind,
        address: str,
        *,
        display_name: str,
        kinds: Sequence[Kind],
    ) -> tuple[ContactPoint, str]:
        """The point and, for a webhook, the secret that its receiver checks signatures with: it is
        shown this once.

        Raises InvalidArgument naming `address`, AlreadyExists, FailedPrecondition
        (STATE_CONFLICT) when the tenant has POINTS of them.
        """
        kept = check_address(channel, address, allow_private=self._allow_private)
        if await store.lock(unit.conn, unit.tenant_id) >= POINTS:
            raise FailedPrecondition(
                "STATE_CONFLICT", "contact_point", f"a tenant has at most {POINTS} contact points"
            )
        secret = new_secret() if channel is ChannelKind.WEBHOOK else None
        name = " ".join(display_name.split())
        chosen = tuple(sorted(set(kinds)))
        point = ContactPoint(uuid7(self._clock), channel, kept, name, chosen, unit.now)
        if not await store.add(unit.conn, unit.tenant_id, point, secret):
            raise AlreadyExists("contact_point", kept)
        unit.audit(
            Action.CONTACT_ADDED,
            f"contact_point/{point.point_id}",
            channel=channel.value,
            address=_audited(point),
        )
        return point, secret or ""

    async def page(self, unit: Unit, request: PageRequest) -> Page[ContactPoint]:
        """Those of the tenant, oldest first, without secrets."""
        rows = await store.page(unit.conn, unit.tenant_id, request)
        return page_of(request, rows, lambda row: Position(row.created_at, str(row.point_id)))

    async def remove(self, unit: Unit, point_id: UUID) -> bool:
        """Takes the point away; what was to go there is given up. False when there is none."""
        gone = await store.remove(unit.conn, unit.tenant_id, point_id, unit.now, _REMOVED)
        if gone is None:
            return False
        unit.audit(
            Action.CONTACT_REMOVED,
            f"contact_point/{point_id}",
            channel=gone.channel.value,
            address=_audited(gone),
        )
        return True

    async def test(self, unit: Unit, point_id: UUID) -> UUID:
        """Tells the point alone that it works; returns the notification.

        Raises NotFound, RateLimited when it was tested less than TEST_EVERY ago.
        """
        found = await store.tested(
            unit.conn,
            unit.tenant_id,
            point_id,
            now=unit.now,
            not_after=unit.now - TEST_EVERY,
        )
        if found is None:
            raise NotFound("contact_point", str(point_id))
        point, before = found
        if before is not None and before > unit.now - TEST_EVERY:
            raise RateLimited(before + TEST_EVERY - unit.now)
        notification_id = uuid7(self._clock)
        await outbox.tell_point(
            unit.conn,
            unit.tenant_id,
            notification_id,
            point_id,
            Kind.TEST,
            facts=check_facts(Kind.TEST, {"name": point.display_name}),
            now=unit.now,
            until=unit.now + PATIENCE,
        )
        unit.audit(Action.CONTACT_TESTED, f"contact_point/{point_id}")
        unit.wake(NOTIFICATIONS_TOPIC)
        return notification_id


def _audited(point: ContactPoint) -> str:
    """A webhook's path may be a secret of its receiver's."""
    if point.channel is not ChannelKind.WEBHOOK:
        return point.address
    return urlsplit(point.address).netloc
