"""The catalogue reaches Stripe: whole, once, and again after whatever got lost on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from brinkbyte.catalog.v1 import catalog_service_pb2 as catalog_pb
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc
from brinkbyte.payment.v1 import stripe_service_pb2 as pb
from brinkbyte.payment.v1 import stripe_service_pb2_grpc

from billing.catalog.live import Catalogs, shipped_document
from billing.payments.objects import store as objects_store
from billing.payments.objects.row import ObjectState
from billing.payments.objects.wanted import wanted
from billing.payments.objects.worker import ObjectsWorker
from billing.payments.stripe.provider import StripeProvider
from mesh.clock import ManualClock
from mesh.errors import Unavailable
from mesh.faults import ArmedFaults, Fault, Faults, NoFaults
from mesh.wakeup import Wakeups
from rights.catalog.load import load_catalog
from tests.billing.cloud_harness import Authorities, Cloud, running_cloud
from tests.billing.conftest import NewDatabase
from tests.stripe_simulator.faults import Outcome
from tests.stripe_simulator.server import SECRET_KEY, Simulator

EVERYTHING = wanted(load_catalog(shipped_document()))


@pytest.fixture
async def selling(
    new_database: NewDatabase, authorities: Authorities, stripe: Simulator, clock: ManualClock
) -> AsyncIterator[Cloud]:
    """A cloud with a key of Stripe's."""
    dsns, superuser = await new_database()
    async with running_cloud(
        authorities,
        dsns,
        superuser,
        clock=clock,
        stripe_secret_key=SECRET_KEY,
        stripe_api_url=stripe.url,
    ) as cloud:
        yield cloud


async def objects(cloud: Cloud) -> dict[str, Any]:
    stub = stripe_service_pb2_grpc.StripeServiceStub(cloud.vendor)
    answer = await stub.GetStripeObjects(pb.GetStripeObjectsRequest())
    return {f"{each.kind} {each.name}": each for each in answer.objects}


async def all_done(cloud: Cloud) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found = await objects(cloud)
            if not any(each.to_do for each in found.values()):
                return found
            await asyncio.sleep(0.05)


def posts(stripe: Simulator) -> int:
    return sum(each.method == "POST" for each in stripe.app.calls)


def by_lookup_key(stripe: Simulator) -> dict[str, Any]:
    prices = stripe.world.all("price").values()
    return {each["lookup_key"]: each for each in prices if each["lookup_key"]}


async def test_an_applied_catalogue_is_sold_at_stripe(selling: Cloud, stripe: Simulator) -> None:
    found = await all_done(selling)
    assert set(found) == {f"{good.kind} {good.name}" for good in EVERYTHING}
    prices = by_lookup_key(stripe)
    metered = [key for key in prices if key.startswith("metered_") and "month" not in key]
    assert len([key for key in metered if "year" not in key]) == 15
    assert prices["platform_starter_month_usd"]["unit_amount"] == 2900
    assert prices["platform_starter_year_usd"]["unit_amount"] == 29580
    assert prices["vision_edge_device_managed_month_usd"]["unit_amount"] == 6500

    def tiers(key: str) -> list[tuple[int | None, Decimal]]:
        return [(each["up_to"], each["unit_amount_decimal"]) for each in prices[key]["tiers"]]

    assert tiers("metered_standard_api_call_usd") == [(100_000, 0), (None, Decimal("0.01"))]
    assert tiers("metered_enterprise_storage_gb_day_usd") == [
        (30_000_000, 0),
        (None, Decimal("0.0004")),
    ]
    assert tiers("metered_free_sms_usd") == [(None, 0)]

    before = posts(stripe)
    catalog = catalog_service_pb2_grpc.CatalogServiceStub(selling.vendor)
    dearer = shipped_document().replace('prices: {USD: "29"}', 'prices: {USD: "39"}')
    seen = await catalog.DiffCatalog(catalog_pb.DiffCatalogRequest(document=dearer))
    assert list(seen.stripe) == [
        "~ price platform_starter_month_usd",
        "~ price platform_starter_year_usd",
    ]
    assert posts(stripe) == before
    await catalog.ApplyCatalog(
        catalog_pb.ApplyCatalogRequest(document=dearer, expected_number=seen.live_number)
    )
    former = prices["platform_starter_month_usd"]
    await all_done(selling)
    assert posts(stripe) == before + 4
    newer = by_lookup_key(stripe)["platform_starter_month_usd"]
    assert (former["active"], newer["active"], newer["unit_amount"]) == (False, True, 3900)


async def brought(stripe: Simulator, worker: ObjectsWorker, limit: int) -> None:
    """Runs it until it twice finds nothing to do, each time after Stripe forgot its keys."""
    idle = 0
    for _ in range(limit):
        stripe.world.clock.advance(timedelta(hours=25))
        with contextlib.suppress(Unavailable):
            idle = 0 if await worker.run_once() else idle + 1
        if idle == 2:
            return
    raise AssertionError("it never ends")


async def worker_of(
    cloud: Cloud, provider: StripeProvider, faults: Faults | None = None
) -> ObjectsWorker:
    catalogs = await Catalogs.open(cloud.server.db, cloud.clock, Wakeups(None))
    return ObjectsWorker(
        cloud.server.db,
        provider,
        catalogs,
        Wakeups(None),
        clock=cloud.clock,
        faults=faults or NoFaults(),
    )


async def test_what_got_lost_on_the_way_is_made_once(
    fresh_billing: Cloud, provider: StripeProvider, stripe: Simulator
) -> None:
    cloud = fresh_billing
    stripe.faults.add("POST", ".*", Outcome.LOST_ANSWER, times=20)
    await brought(stripe, await worker_of(cloud, provider), 40)
    points = ("stripe.before_object", "stripe.after_object_before_record")
    crashing = ArmedFaults({each: Fault(each, "error", 2) for each in points}, None)
    dearer = shipped_document().replace('overage: {USD: "0.05"}', 'overage: {USD: "0.06"}')
    catalog = catalog_service_pb2_grpc.CatalogServiceStub(cloud.vendor)
    for document, number in ((dearer, 1), (shipped_document(), 2)):
        await catalog.ApplyCatalog(
            catalog_pb.ApplyCatalogRequest(document=document, expected_number=number)
        )
        stripe.faults.add("POST", "/prices.*", Outcome.LOST_ANSWER, times=2)
        await brought(stripe, await worker_of(cloud, provider, crashing), 10)
    async with cloud.server.db.worker() as conn:
        rows = await objects_store.rows(conn)
    assert {each.state for each in rows} == {ObjectState.CURRENT}
    active = [each for each in stripe.world.all("price").values() if each["active"]]
    goods = [good for good in EVERYTHING if good.kind == "price"]
    assert sorted(each["lookup_key"] for each in active) == sorted(good.name for good in goods)
    assert by_lookup_key(stripe)["metered_standard_sms_usd"]["tiers"][1][
        "unit_amount_decimal"
    ] == Decimal(5)
    assert len(stripe.world.all("price")) == len(goods) + 2
    before = posts(stripe)
    assert await (await worker_of(cloud, provider)).run_once() == 0
    assert posts(stripe) == before


async def test_two_replicas_make_it_once(
    fresh_billing: Cloud, provider: StripeProvider, stripe: Simulator
) -> None:
    workers = [await worker_of(fresh_billing, provider) for _ in range(3)]
    hold = stripe.faults.add("POST", "/products", Outcome.HOLD)
    first = asyncio.create_task(workers[0].run_once())
    await hold.hit.wait()
    assert await workers[1].run_once() == 0
    hold.release.set()
    assert await first == len(EVERYTHING)
    assert await workers[2].run_once() == 0
    made = {each.key for each in stripe.app.calls if each.method == "POST"}
    assert len(made) == posts(stripe) == len(EVERYTHING)
