"""A tenant's outbox for the stories of delivery."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from prometheus_client import CollectorRegistry

from billing.notifications.channels.channel import Channel, Delivery
from billing.notifications.channels.email import EmailChannel, SmtpServer
from billing.notifications.channels.papers import Paper
from billing.notifications.channels.webhook import WebhookChannel
from billing.notifications.contacts.service import ContactsService
from billing.notifications.delivery.worker import DeliveryWorker
from billing.notifications.kinds import Kind
from billing.notifications.rows import ChannelKind, DeliveryRow, NotificationRow
from billing.notifications.service import NotificationsService
from billing.paging import PageRequest
from billing.unit import Unit
from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.faults import Faults, NoFaults
from mesh.principal import ANONYMOUS
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups
from tests.billing.conftest import Dsns
from tests.billing.notifications.receivers import Mailbox

FACTS = {"name": "night watch"}
SOON = timedelta(seconds=60)


class NoPapers:
    """Nothing goes with an e-mail."""

    async def of(self, delivery: Delivery) -> tuple[Paper, ...]:
        return ()


@dataclass
class Outbox:
    """A tenant's outbox in a real database, and the clock of everybody who works on it."""

    db: Database
    clock: ManualClock
    superuser: str
    notifications: NotificationsService
    contacts: ContactsService

    async def tenant(self, company_name: str = "Acme Corp") -> UUID:
        tenant_id = uuid4()
        connection = await asyncpg.connect(self.superuser)
        try:
            await connection.execute(
                "insert into tenants (tenant_id, email, company_name, created_at, updated_at) "
                "values ($1, $2, $3, $4, $4)",
                tenant_id,
                f"{tenant_id.hex}@example.test",
                company_name,
                self.clock.now(),
            )
        finally:
            await connection.close()
        return tenant_id

    @asynccontextmanager
    async def unit(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        async with self.db.tenant(tenant_id) as conn:
            yield Unit(conn, tenant_id, ANONYMOUS, self.clock.now())

    async def point(
        self, tenant_id: UUID, channel: ChannelKind, address: str, *kinds: Kind
    ) -> tuple[UUID, str]:
        async with self.unit(tenant_id) as unit:
            point, secret = await self.contacts.add(
                unit, channel, address, display_name="", kinds=kinds
            )
        return point.point_id, secret

    async def tell(self, tenant_id: UUID, key: str = "", kind: Kind = Kind.TEST) -> bool:
        async with self.unit(tenant_id) as unit:
            return await self.notifications.tell(unit, kind, key or uuid4().hex, FACTS)

    async def told(self, tenant_id: UUID) -> list[NotificationRow]:
        async with self.unit(tenant_id) as unit:
            page = await self.notifications.page(unit, PageRequest(100, None))
        return list(page.rows)

    async def delivery(self, tenant_id: UUID, channel: ChannelKind) -> DeliveryRow:
        (row,) = await self.told(tenant_id)
        (found,) = (each for each in row.deliveries if each.channel is channel)
        return found

    async def empty(self) -> None:
        """What was not delivered is nobody's any more."""
        connection = await asyncpg.connect(self.superuser)
        try:
            await connection.execute("truncate notification_deliveries, notifications")
        finally:
            await connection.close()

    def worker(
        self,
        channels: dict[ChannelKind, Channel] | None = None,
        faults: Faults | None = None,
        **more: Any,
    ) -> DeliveryWorker:
        """Without channels it sends webhooks alone."""
        hooks: dict[ChannelKind, Channel] = {
            ChannelKind.WEBHOOK: WebhookChannel(self.clock, allow_private=True, **more)
        }
        return DeliveryWorker(
            self.db,
            self.clock,
            channels if channels is not None else hooks,
            wakeups=Wakeups(None),
            metrics=Metrics(CollectorRegistry()),
            faults=faults or NoFaults(),
            public_url="https://mesh.example.test",
        )


@asynccontextmanager
async def open_outbox(database: tuple[Dsns, str]) -> AsyncIterator[Outbox]:
    """An outbox whose tenants have no mail server."""
    dsns, superuser = database
    db = await Database.open({role: dsns[role] for role in (Role.APP, Role.WORKER)}, pool_size=4)
    clock = ManualClock(datetime(2026, 3, 1, 10, tzinfo=UTC))
    missing = {ChannelKind.EMAIL: "no mail server is configured (BRINKBYTE_SMTP_URL)"}
    notifications = NotificationsService(clock, missing)
    try:
        yield Outbox(
            db, clock, superuser, notifications, ContactsService(clock, allow_private=True)
        )
    finally:
        await db.close()


def email_through(mail: Mailbox) -> dict[ChannelKind, Channel]:
    server = SmtpServer.read(f"smtp://mesh:s3cret%2Fpass@127.0.0.1:{mail.port}")
    assert "s3cret" not in repr(server)
    return {ChannelKind.EMAIL: EmailChannel(server, "billing@mesh.example.test", NoPapers())}


def part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text
