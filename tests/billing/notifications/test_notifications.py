"""A tenant is told that its quota runs out, and keeps where it is told itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import grpc
import pytest
from brinkbyte.notification.v1 import notification_service_pb2 as pb
from brinkbyte.notification.v1 import notification_service_pb2_grpc as rpc

from tests.billing.cloud_harness import Authorities, Cloud, Tenant, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.notifications.receivers import (
    HttpReceiver,
    Mailbox,
    http_receiver,
    mailbox,
    until,
)
from tests.billing.quotas.callers import use

HOOK = "https://hooks.example.test/in"


@pytest.fixture(scope="module")
async def mail() -> AsyncIterator[Mailbox]:
    async with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def cloud(
    new_database: NewDatabase, authorities: Authorities, mail: Mailbox, provider: HttpReceiver
) -> AsyncIterator[Cloud]:
    """A cloud that can send everything, also to addresses that are not public."""
    dsns, superuser = await new_database()
    async with running_cloud(
        authorities,
        dsns,
        superuser,
        smtp_url=f"smtp://127.0.0.1:{mail.port}",
        smtp_from="billing@mesh.example.test",
        sms_url=provider.url("/send"),
        sms_token="t0ken",
        webhooks_allow_private=True,
        public_url="https://mesh.example.test",
    ) as running:
        yield running


@pytest.fixture
async def tenant(cloud: Cloud) -> Tenant:
    return await cloud.tenant()


def stub(channel: grpc.aio.Channel) -> rpc.NotificationServiceStub:
    return rpc.NotificationServiceStub(channel)


async def add(
    tenant: Tenant, channel: pb.Channel, address: str, *kinds: pb.NotificationKind
) -> pb.AddContactPointResponse:
    return await stub(tenant.admin).AddContactPoint(
        pb.AddContactPointRequest(channel=channel, address=address, kinds=kinds)
    )


async def told(channel: grpc.aio.Channel) -> list[pb.Notification]:
    answer = await stub(channel).ListNotifications(pb.ListNotificationsRequest())
    return list(answer.notifications)


async def test_a_quota_that_runs_out_is_told_once_on_every_way(
    cloud: Cloud, tenant: Tenant, mail: Mailbox, provider: HttpReceiver
) -> None:
    async with http_receiver() as hook:
        await add(tenant, pb.CHANNEL_WEBHOOK, hook.url())
        await add(tenant, pb.CHANNEL_SMS, "+14155550123")
        await use(cloud, tenant, "85")
        await until(lambda: hook.seen and mail.mails and provider.seen)
        cloud.clock.advance(timedelta(seconds=1))
        await use(cloud, tenant, "1")
        await use(cloud, tenant, "20")
        await until(lambda: len(hook.seen) == 2)
        facts = [each.json["data"] for each in hook.seen]
    assert [(each["metric"], each["percent"]) for each in facts] == [
        ("agent_execution", "80"),
        ("agent_execution", "100"),
    ]
    assert facts[0]["used"] == "85"
    subject = "Acme Corp: Agent executions: 80 % of what is included is used"
    assert mail.mails[0].message["subject"] == subject
    assert "85 runs were used of the 100 runs" in str(mail.mails[0].message.get_body(("plain",)))
    assert provider.seen[0].json["text"].startswith(subject)
    rows = await told(tenant.read)
    assert [each.facts["percent"] for each in rows] == ["100", "80"]
    assert {each.state for each in rows[1].deliveries} == {pb.DELIVERY_STATE_SENT}
    assert len(rows[1].deliveries) == 3


async def test_a_point_is_tested_listed_and_removed(
    cloud: Cloud, tenant: Tenant, mail: Mailbox
) -> None:
    made = await add(
        tenant, pb.CHANNEL_EMAIL, "on-call@example.test", pb.NOTIFICATION_KIND_CANCELED
    )
    assert made.webhook_secret == ""
    point = made.contact_point.contact_point_id
    asked = pb.TestContactPointRequest(contact_point_id=point)
    await stub(tenant.admin).TestContactPoint(asked)
    async with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED"):
        await stub(tenant.admin).TestContactPoint(asked)
    await until(lambda: any(each.recipients == ["on-call@example.test"] for each in mail.mails))
    listed = await stub(tenant.read).ListContactPoints(pb.ListContactPointsRequest())
    assert listed.contact_points == [made.contact_point]
    gone = pb.RemoveContactPointRequest(contact_point_id=point)
    assert (await stub(tenant.admin).RemoveContactPoint(gone)).removed
    assert not (await stub(tenant.admin).RemoveContactPoint(gone)).removed
    async with refused(grpc.StatusCode.NOT_FOUND):
        await stub(tenant.admin).TestContactPoint(asked)


async def test_a_secret_is_shown_once_and_is_in_no_list_and_no_log(
    cloud: Cloud, tenant: Tenant
) -> None:
    made = await add(tenant, pb.CHANNEL_WEBHOOK, HOOK)
    secret = made.webhook_secret
    assert secret.startswith("whsec_")
    listed = await stub(tenant.admin).ListContactPoints(pb.ListContactPointsRequest())
    assert secret not in str(listed)
    async with refused(grpc.StatusCode.ALREADY_EXISTS):
        await add(tenant, pb.CHANNEL_WEBHOOK, HOOK)
    await stub(tenant.admin).RemoveContactPoint(
        pb.RemoveContactPointRequest(contact_point_id=made.contact_point.contact_point_id)
    )
    async with cloud.superuser() as conn:
        audited = await conn.fetch(
            "select action, details::text as details from audit_log where tenant_id = $1",
            tenant.uuid,
        )
        assert not await conn.fetchval(
            "select count(secret) from contact_points where secret = $1", secret
        )
    assert {"contact_point.added", "contact_point.removed"} <= {each["action"] for each in audited}
    assert not any(secret in each["details"] or "/in" in each["details"] for each in audited)


async def test_nobody_touches_the_points_of_another(cloud: Cloud, tenant: Tenant) -> None:
    made = await add(tenant, pb.CHANNEL_WEBHOOK, HOOK)
    point = made.contact_point.contact_point_id
    other = await cloud.tenant()
    for request in (pb.TestContactPointRequest, pb.RemoveContactPointRequest):
        asked = request(contact_point_id=point)
        if isinstance(asked, pb.TestContactPointRequest):
            async with refused(grpc.StatusCode.NOT_FOUND):
                await stub(other.admin).TestContactPoint(asked)
        else:
            assert not (await stub(other.admin).RemoveContactPoint(asked)).removed
    told_of = await stub(tenant.admin).TestContactPoint(
        pb.TestContactPointRequest(contact_point_id=point)
    )
    async with refused(grpc.StatusCode.NOT_FOUND):
        await stub(other.admin).RetryNotification(
            pb.RetryNotificationRequest(notification_id=told_of.notification_id)
        )
    assert await told(other.read) == []


async def test_a_tenant_has_so_many_points_and_no_more(cloud: Cloud, tenant: Tenant) -> None:
    for number in range(20):
        await add(tenant, pb.CHANNEL_WEBHOOK, f"{HOOK}/{number}")
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await add(tenant, pb.CHANNEL_WEBHOOK, HOOK)
    first = await stub(tenant.read).ListContactPoints(pb.ListContactPointsRequest(page_size=15))
    rest = await stub(tenant.read).ListContactPoints(
        pb.ListContactPointsRequest(page_size=15, page_token=first.next_page_token)
    )
    assert (len(first.contact_points), len(rest.contact_points)) == (15, 5)


async def test_where_private_addresses_are_closed_none_gets_in(
    billing: Cloud,
) -> None:
    tenant = await billing.tenant()
    for address in ("http://hooks.example.com/", "https://169.254.169.254/latest"):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await add(tenant, pb.CHANNEL_WEBHOOK, address)
        assert errors[0].violations[0].field == "address"
    await add(tenant, pb.CHANNEL_WEBHOOK, "https://localhost/")
    listed = await stub(tenant.read).ListContactPoints(pb.ListContactPointsRequest())
    asked = pb.TestContactPointRequest(contact_point_id=listed.contact_points[0].contact_point_id)
    await stub(tenant.admin).TestContactPoint(asked)
    async with asyncio.timeout(60):
        while not (rows := await told(tenant.read)) or rows[0].deliveries[0].detail == "":
            await asyncio.sleep(0.05)
    (way,) = rows[0].deliveries
    assert way.state == pb.DELIVERY_STATE_DEAD
    assert way.detail == "the host leads to an address that is not public"
