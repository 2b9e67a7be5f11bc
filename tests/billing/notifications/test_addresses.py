"""A webhook of a tenant's own cannot be turned against the network that the cloud stands in."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from billing.notifications.channels.channel import Delivery, Outcome
from billing.notifications.channels.public import is_public
from billing.notifications.channels.signature import new_secret
from billing.notifications.channels.webhook import WebhookChannel
from billing.notifications.contacts.addresses import check_address
from billing.notifications.kinds import FACTS, Kind
from billing.notifications.rows import ChannelKind
from billing.notifications.texts import message
from mesh import tls
from mesh.clock import ManualClock
from mesh.errors import InvalidArgument
from tests.billing.notifications.receivers import HttpReceiver, http_receiver

CLOCK = ManualClock(datetime(2026, 3, 1, 10, tzinfo=UTC))
NAMED = message(Kind.TEST, {"name": "x"}, "Acme", "")


def delivery(address: str) -> Delivery:
    return Delivery(
        tenant_id=uuid4(),
        notification_id=uuid4(),
        point_id=uuid4(),
        channel=ChannelKind.WEBHOOK,
        address=address,
        secret=new_secret(),
        kind=Kind.TEST,
        facts={"name": "x"},
        company_name="Acme",
        created_at=CLOCK.now(),
        attempt=1,
    )


@pytest.fixture
async def hook() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as receiver:
        yield receiver


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "no address",
    ],
)
def test_addresses_that_are_not_the_internets(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_the_internet() -> None:
    assert all(map(is_public, ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/latest",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com/#there",
        "https://",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https://hooks.example.com/\r\nx-evil: 1",
        "https://hooks.example.com/ä b",
        "https://" + "x" * 2_000 + ".example.com/",
        "nonsense",
    ],
)
def test_urls_that_no_webhook_has(url: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        check_address(ChannelKind.WEBHOOK, url, allow_private=False)
    assert refusal.value.violations[0].field == "address"


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (ChannelKind.EMAIL, "a@example.test\r\nBcc: b@example.test"),
        (ChannelKind.EMAIL, "a@example.test, b@example.test"),
        (ChannelKind.EMAIL, "A <a@example.test>"),
        (ChannelKind.EMAIL, "a@"),
        (ChannelKind.EMAIL, "a@b@example.test"),
        (ChannelKind.EMAIL, "ä@example.test"),
        (ChannelKind.SMS, "0170 1234567"),
        (ChannelKind.SMS, "+1415555\n0123"),
        (ChannelKind.SMS, "+14155550123\n"),
    ],
)
def test_addresses_that_are_none(channel: ChannelKind, address: str) -> None:
    with pytest.raises(InvalidArgument):
        check_address(channel, address, allow_private=False)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (ChannelKind.EMAIL, "a.b+c@mail.example.test"),
        (ChannelKind.SMS, "+14155550123"),
        (ChannelKind.WEBHOOK, "https://hooks.example.com:8443/in?x=1"),
    ],
)
def test_addresses_that_are_some(channel: ChannelKind, address: str) -> None:
    assert check_address(channel, address, allow_private=False) == address


async def send(url: str, *addresses: str, allow_private: bool = False) -> Outcome:
    """The outcome where the name in the URL leads to these addresses."""

    async def lead(host: str, port: int) -> list[str]:
        return list(addresses)

    channel = WebhookChannel(CLOCK, allow_private=allow_private, resolving=lead)
    try:
        return await channel.send(delivery(url), NAMED)
    finally:
        await channel.close()


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"]])
async def test_a_name_that_leads_inside_is_refused_for_good(
    hook: HttpReceiver, addresses: list[str]
) -> None:
    outcome = await send(f"https://rebound.example.com:{hook.port}/", *addresses)
    assert outcome == Outcome(False, "the host leads to an address that is not public", final=True)
    assert hook.seen == []


async def test_digits_that_the_system_takes_for_an_address_are_refused(hook: HttpReceiver) -> None:
    """2130706433 and 127.1 are 127.0.0.1 to the resolver."""
    for host in ("2130706433", "127.1", "localhost"):
        channel = WebhookChannel(CLOCK, allow_private=False)
        outcome = await channel.send(delivery(f"https://{host}:{hook.port}/"), NAMED)
        await channel.close()
        assert not outcome.delivered
    assert hook.seen == []


async def test_a_name_is_looked_up_once_and_the_connection_keeps_to_the_answer(
    hook: HttpReceiver,
) -> None:
    asked: list[str] = []

    async def lead(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    channel = WebhookChannel(CLOCK, allow_private=True, resolving=lead)
    outcome = await channel.send(delivery(hook.url(host="hooks.example.test")), NAMED)
    await channel.close()
    assert outcome.delivered
    assert asked == ["hooks.example.test"]
    assert hook.seen[0].headers["host"] == f"hooks.example.test:{hook.port}"


@pytest.mark.parametrize(
    ("name", "delivered"), [("localhost", True), ("other.example.test", False)]
)
async def test_the_certificate_is_that_of_the_name(
    tmp_path: Path, name: str, delivered: bool
) -> None:
    authority = tls.create_ca("hooks", CLOCK_OF_TLS)
    server = tls.issue_server(authority, clock=CLOCK_OF_TLS)
    for file, content in {"cert": server.cert_pem, "key": server.key_pem}.items():
        (tmp_path / file).write_bytes(content)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    ours = ssl.create_default_context(cadata=authority.cert_pem.decode())
    receiver = HttpReceiver()
    listener = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=theirs)
    port = listener.sockets[0].getsockname()[1]

    async def lead(host: str, _: int) -> list[str]:
        return ["127.0.0.1"]

    channel = WebhookChannel(CLOCK, allow_private=True, resolving=lead, tls=ours)
    outcome = await channel.send(delivery(f"https://{name}:{port}/"), NAMED)
    await channel.close()
    listener.close()
    await listener.wait_closed()
    assert outcome.delivered is delivered
    assert len(receiver.seen) == delivered


CLOCK_OF_TLS = ManualClock(datetime.now(UTC))
MOMENTS = {"due_at", "next_attempt_at", "suspends_at", "cancels_at", "ends_at"}
NEVER_EMPTY = {Kind.TRIAL_ENDING}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("known", [True, False])
def test_every_kind_has_words_for_people(kind: Kind, known: bool) -> None:
    """With every fact, and without those that may be unknown."""
    facts = dict.fromkeys(FACTS[kind], "x\r\ny") | {
        "percent": "80",
        "used": "1234.5",
        "included": "2000",
        "events": "3",
        "cap": "hard",
        "basis": "projected",
        "total": "412.30 USD",
        "amount": "500.00 USD",
        "period_start": "2026-03-01T10:00:00+00:00",
        "period_end": "2026-04-01T10:00:00+00:00",
    }
    empty = "" if not known and kind not in NEVER_EMPTY else "2026-03-15T00:00:00Z"
    facts |= dict.fromkeys(MOMENTS, empty)
    if not known:
        facts["name"] = ""
    if not known and kind is Kind.USAGE_PROBLEM:
        facts["device_id"] = ""
    facts = {name: value for name, value in facts.items() if name in FACTS[kind]}
    words = message(kind, facts, "Acme\nCorp", "https://mesh.example.test/")
    for text in (words.subject, *words.paragraphs, words.sms):
        assert text
        assert text.isprintable()
        assert "None" not in text
        assert "  " not in text
    assert words.subject.startswith("Acme Corp: ")
    assert words.link.startswith("https://mesh.example.test/")
    assert words.paragraphs[-1].endswith(".")
