"""The outbox is emptied: by several workers, after crashes, into slow and broken receivers."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from billing.notifications.channels.sms import SmsChannel
from billing.notifications.delivery.worker import AFTER_SEND, LEASE
from billing.notifications.kinds import Kind
from billing.notifications.rows import ChannelKind, DeliveryState
from billing.notifications.service import PATIENCE
from billing.paging import PageRequest
from billing.unit import Unit
from mesh.faults import ArmedFaults, Fault, InjectedFault
from tests.billing.conftest import NewDatabase
from tests.billing.notifications.outbox import FACTS, SOON, Outbox, email_through, open_outbox, part
from tests.billing.notifications.receivers import HttpReceiver, Mailbox, http_receiver, mailbox


@pytest.fixture(scope="module")
async def outbox(new_database: NewDatabase) -> AsyncIterator[Outbox]:
    async with open_outbox(await new_database()) as outbox:
        yield outbox


@pytest.fixture(autouse=True)
async def empty(outbox: Outbox) -> None:
    """What tests before did not deliver is nobody's any more."""
    await outbox.empty()


@pytest.fixture
async def hook() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as receiver:
        yield receiver


@pytest.fixture
async def mail() -> AsyncIterator[Mailbox]:
    async with mailbox() as box:
        yield box


@pytest.fixture
async def tenant(outbox: Outbox, hook: HttpReceiver) -> UUID:
    """A tenant with one webhook."""
    tenant_id = await outbox.tenant()
    await outbox.point(tenant_id, ChannelKind.WEBHOOK, hook.url())
    return tenant_id


async def test_a_thing_is_told_once_and_only_when_it_happened(outbox: Outbox, tenant: UUID) -> None:
    with pytest.raises(RuntimeError):
        async with outbox.unit(tenant) as unit:
            assert await outbox.notifications.tell(unit, Kind.TEST, "it", FACTS)
            raise RuntimeError("what was to be told did not happen")
    assert await outbox.told(tenant) == []
    again = [outbox.tell(tenant, "it") for _ in range(4)]
    assert sorted(await asyncio.gather(*again)) == [False, False, False, True]
    (row,) = await outbox.told(tenant)
    assert [(each.channel, each.state) for each in row.deliveries] == [
        (ChannelKind.EMAIL, DeliveryState.PENDING),  # the account's own address
        (ChannelKind.WEBHOOK, DeliveryState.PENDING),
    ]


async def test_a_webhook_is_signed_as_its_receiver_checks(
    outbox: Outbox, hook: HttpReceiver
) -> None:
    tenant = await outbox.tenant()
    _, secret = await outbox.point(tenant, ChannelKind.WEBHOOK, hook.url("/in?from=mesh"))
    await outbox.tell(tenant)
    await outbox.worker().deliver_once()
    (seen,) = hook.seen
    (row,) = await outbox.told(tenant)
    assert seen.path == "/in?from=mesh"
    assert seen.headers["webhook-id"] == str(row.notification_id)
    assert seen.headers["webhook-timestamp"] == str(int(outbox.clock.now().timestamp()))
    signed = f"{row.notification_id}.{seen.headers['webhook-timestamp']}.".encode() + seen.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    proof = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert seen.headers["webhook-signature"] == f"v1,{proof}"
    assert seen.json["type"] == "test"
    assert seen.json["data"]["name"] == "night watch"
    assert seen.json["data"]["tenant_id"] == f"cust_{tenant.hex}"
    assert secret not in repr(row), "no list shows a secret"


async def test_who_dies_after_sending_leaves_it_to_the_next_under_the_same_id(
    outbox: Outbox, tenant: UUID, hook: HttpReceiver
) -> None:
    await outbox.tell(tenant)
    dying = outbox.worker(faults=ArmedFaults({AFTER_SEND: Fault(AFTER_SEND, "error", 1)}, None))
    with pytest.raises(InjectedFault):
        await dying.deliver_once()
    assert await outbox.worker().deliver_once() == 0, "the lease still holds"
    outbox.clock.advance(LEASE + SOON)
    assert await outbox.worker().deliver_once() == 1
    first, second = (each.headers["webhook-id"] for each in hook.seen)
    assert first == second
    row = await outbox.delivery(tenant, ChannelKind.WEBHOOK)
    assert (row.state, row.attempts) == (DeliveryState.SENT, 2)
    outbox.clock.advance(LEASE + SOON)
    assert await outbox.worker().deliver_once() == 0


async def test_a_lost_answer_is_a_delivery_that_comes_again(
    outbox: Outbox, tenant: UUID, hook: HttpReceiver
) -> None:
    await outbox.tell(tenant)
    hook.cut = True
    await outbox.worker().deliver_once()
    row = await outbox.delivery(tenant, ChannelKind.WEBHOOK)
    assert (row.state, row.detail) == (DeliveryState.PENDING, "the receiver did not answer")
    hook.cut = False
    outbox.clock.advance(SOON)
    await outbox.worker().deliver_once()
    assert len({each.headers["webhook-id"] for each in hook.seen}) == 1
    assert (await outbox.delivery(tenant, ChannelKind.WEBHOOK)).state is DeliveryState.SENT


async def test_two_workers_share_the_work_and_send_nothing_twice(
    outbox: Outbox, hook: HttpReceiver
) -> None:
    tenants = [await outbox.tenant() for _ in range(6)]
    for tenant in tenants:
        await outbox.point(tenant, ChannelKind.WEBHOOK, hook.url())
        for _ in range(10):
            await outbox.tell(tenant)

    async def work() -> int:
        worker, total = outbox.worker(), 0
        while len(hook.seen) < 60:
            total += await worker.deliver_once()
        return total

    shares = await asyncio.gather(work(), work())
    assert sum(shares) == 60
    assert all(shares), "one of them did it all"
    ids = [each.headers["webhook-id"] for each in hook.seen]
    assert (len(ids), len(set(ids))) == (60, 60)


async def test_a_tenant_with_many_does_not_keep_others_waiting(
    outbox: Outbox, tenant: UUID, hook: HttpReceiver
) -> None:
    for _ in range(40):
        await outbox.tell(tenant)
    outbox.clock.advance(SOON)
    other = await outbox.tenant()
    async with http_receiver() as others:
        await outbox.point(other, ChannelKind.WEBHOOK, others.url())
        await outbox.tell(other)
        await outbox.worker().deliver_once()
        assert len(others.seen) == 1
    while await outbox.worker().deliver_once():
        pass
    assert len(hook.seen) == 40


async def test_a_slow_taker_does_not_undo_what_a_later_one_does(
    outbox: Outbox, tenant: UUID, hook: HttpReceiver
) -> None:
    await outbox.tell(tenant)
    hook.gate = slow = asyncio.Event()
    hook.status = 500
    first = asyncio.create_task(outbox.worker().deliver_once())
    await _seen(hook, 1)
    outbox.clock.advance(LEASE + SOON)
    hook.gate = later = asyncio.Event()
    hook.status = 200
    second = asyncio.create_task(outbox.worker().deliver_once())
    await _seen(hook, 2)
    leased = await outbox.delivery(tenant, ChannelKind.WEBHOOK)
    slow.set()
    await first
    assert await outbox.delivery(tenant, ChannelKind.WEBHOOK) == leased, "its lease was over"
    later.set()
    await second
    row = await outbox.delivery(tenant, ChannelKind.WEBHOOK)
    assert (row.state, row.attempts) == (DeliveryState.SENT, 2)


async def test_a_broken_receiver_is_tried_for_days_and_then_given_up(
    outbox: Outbox, tenant: UUID, hook: HttpReceiver
) -> None:
    await outbox.tell(tenant)
    hook.status = 503
    told, worker, pauses = outbox.clock.now(), outbox.worker(), []
    while True:
        await worker.deliver_once()
        row = await outbox.delivery(tenant, ChannelKind.WEBHOOK)
        if row.state is DeliveryState.DEAD:
            break
        pauses.append(row.next_at - outbox.clock.now())
        outbox.clock.turn_to(row.next_at)
    assert timedelta(seconds=7) < pauses[0] <= timedelta(seconds=15)
    assert timedelta(minutes=60) < max(pauses) <= timedelta(hours=3)
    assert len(set(pauses)) == len(pauses), "no jitter"
    assert PATIENCE - timedelta(hours=3) < outbox.clock.now() - told <= PATIENCE
    assert (row.detail, row.attempts) == ("the receiver answered 503", len(hook.seen))

    hook.status, (found,) = 200, await outbox.told(tenant)
    async with _audited(outbox, tenant) as unit:
        assert await outbox.notifications.retry(unit, found.notification_id) == 1
    await worker.deliver_once()
    assert (await outbox.delivery(tenant, ChannelKind.WEBHOOK)).state is DeliveryState.SENT


async def test_a_receiver_that_is_gone_is_given_up_at_once(
    outbox: Outbox, tenant: UUID, hook: HttpReceiver
) -> None:
    await outbox.tell(tenant)
    hook.status = 410
    await outbox.worker().deliver_once()
    row = await outbox.delivery(tenant, ChannelKind.WEBHOOK)
    assert (row.state, row.detail) == (DeliveryState.DEAD, "the receiver answered 410")


async def test_a_redirect_leads_nowhere(outbox: Outbox, tenant: UUID, hook: HttpReceiver) -> None:
    await outbox.tell(tenant)
    async with http_receiver() as inside:
        hook.status, hook.headers = 307, f"location: {inside.url()}\r\n"
        await outbox.worker().deliver_once()
        assert inside.seen == []
    row = await outbox.delivery(tenant, ChannelKind.WEBHOOK)
    assert (row.state, row.detail) == (DeliveryState.PENDING, "the receiver answered 307")


@pytest.mark.parametrize("channel", [ChannelKind.WEBHOOK, ChannelKind.SMS])
async def test_what_goes_to_a_removed_point_is_given_up(
    outbox: Outbox, hook: HttpReceiver, channel: ChannelKind
) -> None:
    tenant = await outbox.tenant()
    address = hook.url() if channel is ChannelKind.WEBHOOK else "+14155550123"
    point_id, _ = await outbox.point(tenant, channel, address)
    await outbox.tell(tenant)
    async with outbox.unit(tenant) as unit:
        assert await outbox.contacts.remove(unit, point_id)
        assert not await outbox.contacts.remove(unit, point_id)
    await outbox.worker().deliver_once()
    await outbox.worker({ChannelKind.SMS: SmsChannel(hook.url(), None)}).deliver_once()
    row = await outbox.delivery(tenant, channel)
    assert (hook.seen, row.state) == ([], DeliveryState.DEAD)
    (found,) = await outbox.told(tenant)
    async with outbox.unit(tenant) as unit:
        assert await outbox.notifications.retry(unit, found.notification_id) == 0


async def test_e_mail_waits_for_a_mail_server_and_says_so(outbox: Outbox, mail: Mailbox) -> None:
    tenant = await outbox.tenant()
    await outbox.tell(tenant)
    await outbox.worker().deliver_once()
    row = await outbox.delivery(tenant, ChannelKind.EMAIL)
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 0)
    assert row.detail == "no mail server is configured (BRINKBYTE_SMTP_URL)"
    await outbox.worker(email_through(mail)).deliver_once()
    assert (await outbox.delivery(tenant, ChannelKind.EMAIL)).state is DeliveryState.SENT
    (sent,) = mail.mails
    assert sent.recipients == [f"{tenant.hex}@example.test"]
    assert mail.logins[0].password == b"s3cret/pass"


async def test_what_waits_for_longer_than_patience_is_not_sent_any_more(
    outbox: Outbox, mail: Mailbox
) -> None:
    tenant = await outbox.tenant()
    await outbox.tell(tenant)
    outbox.clock.advance(PATIENCE + SOON)
    await outbox.worker(email_through(mail)).deliver_once()
    row = await outbox.delivery(tenant, ChannelKind.EMAIL)
    assert (mail.mails, row.state) == ([], DeliveryState.DEAD)


async def test_a_name_with_line_breaks_adds_no_header(outbox: Outbox, mail: Mailbox) -> None:
    tenant = await outbox.tenant("Acme\r\nBcc: victim@example.test\r\n\r\n<script>")
    await outbox.point(tenant, ChannelKind.EMAIL, "boss@example.test")
    await outbox.tell(tenant)
    await outbox.worker(email_through(mail)).deliver_once()
    (sent,) = mail.mails
    assert sent.recipients == ["boss@example.test"], "a contact point replaces the account's own"
    assert sent.message["bcc"] is None
    assert sent.message["subject"] == "Acme Bcc: victim@example.test <script>: a test"
    plain, html = (part(sent.message, kind) for kind in ("plain", "html"))
    assert "This contact point" in plain
    assert "https://mesh.example.test/settings/billing" in plain
    assert "<script>" not in html
    assert sent.message["message-id"].endswith("@mesh.example.test>")


async def test_an_address_that_the_mail_server_refuses_is_given_up(
    outbox: Outbox, mail: Mailbox
) -> None:
    tenant = await outbox.tenant()
    await outbox.tell(tenant)
    mail.refusal = "450 later"
    await outbox.worker(email_through(mail)).deliver_once()
    row = await outbox.delivery(tenant, ChannelKind.EMAIL)
    assert row.state is DeliveryState.PENDING
    outbox.clock.advance(SOON)
    mail.refusal = "550 no such user"
    await outbox.worker(email_through(mail)).deliver_once()
    row = await outbox.delivery(tenant, ChannelKind.EMAIL)
    assert row.state is DeliveryState.DEAD
    assert row.detail == "the mail server refused the address (550)"


async def test_a_text_message_goes_through_the_provider(outbox: Outbox, hook: HttpReceiver) -> None:
    tenant = await outbox.tenant("Acme " * 100)
    await outbox.point(tenant, ChannelKind.SMS, "+14155550123")
    await outbox.tell(tenant)
    sms = SmsChannel(hook.url("/send"), "tok3n")
    await outbox.worker({ChannelKind.SMS: sms}).deliver_once()
    (seen,) = hook.seen
    assert seen.headers["authorization"] == "Bearer tok3n"
    assert seen.headers["idempotency-key"].startswith(
        str((await outbox.told(tenant))[0].notification_id)
    )
    assert seen.json["to"] == "+14155550123"
    assert len(seen.json["text"]) <= 300
    assert seen.json["text"].endswith("https://mesh.example.test/settings/billing")


async def test_a_key_does_not_ring_strangers_all_day(outbox: Outbox, hook: HttpReceiver) -> None:
    tenant, other = await outbox.tenant(), await outbox.tenant()
    for each in (tenant, other):
        await outbox.point(each, ChannelKind.SMS, "+14155550123")
    for _ in range(55):
        await outbox.tell(tenant)
    await outbox.tell(other)
    worker = outbox.worker({ChannelKind.SMS: SmsChannel(hook.url("/send"), None)})
    while await worker.deliver_once():
        pass
    assert len(hook.seen) == 51
    ways = [each for row in await outbox.told(tenant) for each in row.deliveries]
    beyond = [each for each in ways if each.state is DeliveryState.DEAD]
    assert [each.detail for each in beyond] == ["too many messages in a day"] * 5
    for row in await outbox.told(tenant):
        async with outbox.unit(tenant) as unit:
            assert not await outbox.notifications.retry(unit, row.notification_id)
    outbox.clock.advance(timedelta(days=1))
    await outbox.tell(tenant)
    await worker.deliver_once()
    assert len(hook.seen) == 52


async def test_a_point_gets_the_kinds_it_takes(outbox: Outbox, hook: HttpReceiver) -> None:
    tenant = await outbox.tenant()
    await outbox.point(tenant, ChannelKind.WEBHOOK, hook.url(), Kind.CANCELED)
    await outbox.tell(tenant)
    (row,) = await outbox.told(tenant)
    assert [each.channel for each in row.deliveries] == [ChannelKind.EMAIL]


async def test_nobody_sees_or_retries_what_another_was_told(outbox: Outbox, tenant: UUID) -> None:
    await outbox.tell(tenant)
    other = await outbox.tenant()
    assert await outbox.told(other) == []
    async with outbox.unit(other) as unit:
        assert not (await outbox.contacts.page(unit, PageRequest(10, None))).rows


async def _seen(hook: HttpReceiver, count: int) -> None:
    async with asyncio.timeout(60):
        while len(hook.seen) < count:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _audited(outbox: Outbox, tenant: UUID) -> AsyncIterator[Unit]:
    async with outbox.unit(tenant) as unit:
        yield unit
        assert unit.facts, "a retry is in the audit log"
