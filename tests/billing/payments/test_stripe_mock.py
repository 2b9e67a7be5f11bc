"""Every call of the provider, made alike against our simulator and Stripe's own mock.

The mock checks calls by Stripe's OpenAPI description and answers with its examples; it keeps
nothing. So a call or a field that Stripe does not know fails here.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.payments import provider as protocols
from billing.payments.goods import MeterGood, PriceGood, ProductGood, Tier
from billing.payments.stripe.client import StripeSettings
from billing.payments.stripe.provider import StripeProvider
from billing.payments.values import Address, WantedItem
from deploy.local.ports import free_port
from mesh.clock import ManualClock
from tests.stripe_simulator.resources import invoices
from tests.stripe_simulator.server import Simulator

MODULE = "github.com/stripe/stripe-mock@v0.203.0"
INSTALL_S = 60
NOW = datetime(2026, 1, 31, 10, tzinfo=UTC)
METER = MeterGood("test-meter-event-name", "Text messages", 1)  # the one that the mock knows
PRODUCT = ProductGood("starter", "Starter", "seats")
PRICE = PriceGood("starter_month", "starter", "USD", "month", Decimal("2900.5"))
TIERED = PriceGood(
    "sms_standard",
    "starter",
    "USD",
    "month",
    meter=METER.name,
    tiers=(Tier(100, Decimal(0)), Tier(None, Decimal("0.05"), Decimal(2))),
)


async def built(directory: Path) -> Path:
    """Stripe's mock; skips where it cannot be had."""
    ready = shutil.which("stripe-mock")
    if ready:
        return Path(ready)
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed, which builds Stripe's mock")
    process = await asyncio.create_subprocess_exec(
        go,
        "install",
        MODULE,
        env={**os.environ, "GOBIN": str(directory), "GOFLAGS": "-mod=mod"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(INSTALL_S):
            failed = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        pytest.skip(f"{MODULE} was not built within {INSTALL_S} s")
    if failed:
        pytest.skip(f"{MODULE} cannot be had here")
    return directory / "stripe-mock"


@pytest.fixture
async def mocked(tmp_path: Path) -> AsyncIterator[StripeProvider]:
    """A provider on Stripe's own mock."""
    binary, port = await built(tmp_path), free_port()
    process = await asyncio.create_subprocess_exec(
        binary,
        "-http-addr",
        f"127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    provider = StripeProvider(StripeSettings("sk_test_123", f"http://127.0.0.1:{port}", retries=0))
    try:
        async with asyncio.timeout(60):
            while not await answers(port):
                await asyncio.sleep(0.05)
        yield provider
    finally:
        await provider.aclose()
        process.kill()
        await process.wait()


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


class Recorder:
    """Notes which calls of a room were made."""

    def __init__(self, room: Any, name: str, made: set[str]) -> None:
        self._room = room
        self._name = name
        self._made = made

    def __getattr__(self, call: str) -> Any:
        self._made.add(f"{self._name}.{call}")
        return getattr(self._room, call)


ROOMS = {
    "customers": protocols.Customers,
    "goods": protocols.Goods,
    "meters": protocols.Meters,
    "checkouts": protocols.Checkouts,
    "subscriptions": protocols.Subscriptions,
    "invoices": protocols.Invoices,
    "events": protocols.Events,
}
ALL_CALLS = {
    f"{name}.{call}"
    for name, room in ROOMS.items()
    for call, value in vars(room).items()
    if callable(value) and not call.startswith("_")
} - {"events.verify"}

Complete = Callable[[str], Awaitable[tuple[str, str, str]]]


async def every_call(provider: StripeProvider, complete: Complete) -> set[str]:
    """Makes each call at least once; `complete` pays on a page and returns the subscription, an
    open invoice and a draft. Returns the calls made."""
    made = set[str]()
    do: Any = type("Rooms", (), {n: Recorder(getattr(provider, n), n, made) for n in ROOMS})
    customer = await do.customers.create(email="a@b.de", name="A", metadata={"t": "1"}, key="1")
    who = customer.customer_id
    await do.customers.get(who)
    address = Address("Street 1", "", "Berlin", "", "10115", "DE")
    await do.customers.update(who, key="2", email="c@d.de", name="C", address=address)
    assert await do.customers.portal(who, return_url="https://a.example", key="3")
    ids = {}
    for good in (PRODUCT, METER, PRICE, TIERED):
        ids[good.name] = (await do.goods.make(good, key=f"make-{good.name}")).stripe_id
        await do.goods.find(good)
    await do.goods.price(ids["sms_standard"])
    await do.goods.amend(ids["starter"], ProductGood("starter", "Start"), key="4")
    await do.goods.amend(ids[METER.name], METER, key="5")
    minute = NOW - timedelta(minutes=5)
    await do.meters.send(
        meter=METER.name, customer_id=who, value=3, minute=minute, identifier="identifier"
    )
    await do.meters.summed(
        meter_id=ids[METER.name], customer_id=who, start=minute, end=minute + timedelta(minutes=1)
    )
    hour = minute.replace(minute=0)
    await do.meters.summed_by_hour(
        meter_id=ids[METER.name], customer_id=who, start=hour, end=hour + timedelta(hours=1)
    )
    await on_sale(do, who, ids, complete)
    await do.goods.archive(ids["starter_month"], PRICE, key="20")
    await do.goods.archive(ids["starter"], PRODUCT, key="21")
    async for event in do.events.since(NOW - timedelta(days=1)):
        assert event.event_id and event.type
        break
    return made


async def on_sale(do: Any, who: str, ids: dict[str, str], complete: Complete) -> None:
    async def page(key: str, **more: datetime) -> str:
        items = [WantedItem(ids["starter_month"], 1), WantedItem(ids["sms_standard"])]
        made = await do.checkouts.create(
            customer_id=who,
            items=items,
            success_url="https://a.example/yes",
            cancel_url="https://a.example/no",
            client_reference="t",
            metadata={"t": "1"},
            key=key,
            **more,
        )
        return str(made.session_id)

    await do.checkouts.expire(await page("6", trial_end=NOW + timedelta(days=9)), key="7")
    session = await page("8", anchor=NOW + timedelta(days=9))
    await do.checkouts.get(session)
    bought, owed, draft = await complete(session)
    found = await do.subscriptions.get(bought)
    item = found.items[0]
    change = [WantedItem(item_id=item.item_id, quantity=2)]
    await do.subscriptions.change_items(bought, change, prorate=True, key="9")
    await do.subscriptions.cancel_at_period_end(bought, True, key="10")
    await do.invoices.get(owed)
    await do.invoices.lines(owed)
    await do.invoices.pay(owed, key="11")
    await do.invoices.of_customer(who)
    await do.invoices.hold(draft, key="15")
    await do.invoices.finalize(draft, key="16")
    await do.invoices.add_item(
        customer_id=who,
        amount=-5,
        currency="USD",
        description="late",
        period_start=NOW,
        period_end=NOW,
        metadata={"t": "1"},
        key="12",
    )
    await do.invoices.waiting_items(who)
    await do.subscriptions.cancel(bought, invoice_now=True, key="13")
    again = [WantedItem(ids["starter_month"], 1)]
    await do.subscriptions.create(customer_id=who, items=again, metadata={}, key="14")
    await do.subscriptions.of_customer(who)


async def test_the_simulator_answers_every_call(
    provider: StripeProvider, stripe: Simulator, clock: ManualClock
) -> None:
    async def complete(session_id: str) -> tuple[str, str, str]:
        who = stripe.world.get("checkout.session", session_id)["customer"]
        stripe.refuse_card(who, 1)
        bought = stripe.complete_checkout(session_id)
        draft = invoices.create(stripe.world, {"customer": who})
        return bought["id"], bought["latest_invoice"], draft["id"]

    assert await every_call(provider, complete) == ALL_CALLS


async def test_stripes_own_mock_accepts_every_call(mocked: StripeProvider) -> None:
    async def complete(_: str) -> tuple[str, str, str]:
        return "sub_1", "in_1", "in_2"

    assert await every_call(mocked, complete) == ALL_CALLS
