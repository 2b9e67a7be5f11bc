"""Who issues is fixed for a billing period: what begins it, and what no longer changes it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from brinkbyte.subscription.v1 import subscription_service_pb2 as pb
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc as rpc

from billing.invoices.periods import rules
from billing.invoices.periods.period import BillingPeriod, Issuer
from billing.payments.issuer import Issuers
from billing.unit import Unit
from tests.billing.cloud_harness import Tenant
from tests.billing.invoices.stories import closer
from tests.billing.payments.shop import Shop

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def running(
    issuer: Issuer, now: datetime, held: Issuer, anchor: datetime = START
) -> list[tuple[int, Issuer]]:
    period: BillingPeriod = rules.first(uuid4(), START, held)
    return [(each.number, each.issuer) for each in rules.follow(period, anchor, now, issuer)]


def test_an_issuer_keeps_the_period_that_it_began() -> None:
    day = START + timedelta(days=1)
    local, stripe = Issuer.LOCAL, Issuer.STRIPE
    assert running(local, day, stripe) == [(1, stripe)], "left within it"
    assert running(local, START + 0.5 * HOUR, stripe) == [(1, local)], "left as it began"
    assert running(stripe, day, local) == [(1, stripe)], "sold since its first hour, told later"
    assert running(stripe, day, local, day) == [(1, local), (2, stripe)]
    assert running(local, day, stripe, day) == [(1, stripe), (2, local)]
    assert running(local, START + timedelta(days=32), stripe) == [(1, stripe), (2, local)]
    late = START + timedelta(days=32)
    assert running(stripe, late, local, START - HOUR) == [(1, local), (2, stripe)]


async def test_periods_are_stripes_while_it_sells(shop: Shop) -> None:
    tenant = await shop.cloud.tenant()
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    assert await issuers(shop, tenant) == ["stripe"], "bought in the tenant's first hour"
    async with closer(shop.cloud)._units.working(tenant.uuid) as unit:
        assert await Issuers(selling=False).of(unit) is Issuer.LOCAL, "no provider"
        assert await sells(unit)
    await shop.later(5 * 86_400)
    await rpc.SubscriptionServiceStub(shop.cloud.vendor).CancelSubscription(
        pb.CancelSubscriptionRequest(
            tenant_id=tenant.tenant_id, family="metered", when=pb.CHANGE_TIME_NOW
        )
    )
    await shop.deliver()
    assert await issuers(shop, tenant) == ["stripe", "local"]
    await shop.later(2 * 86_400)
    assert await issuers(shop, tenant) == ["stripe", "local"], "each for its life"


async def sells(unit: Unit) -> bool:
    return await Issuers(selling=True).of(unit) is Issuer.STRIPE


async def issuers(shop: Shop, tenant: Tenant) -> list[str]:
    """Of the tenant's periods, by number."""
    keeping = closer(shop.cloud)
    await keeping.run_once()
    await keeping._keep(tenant.uuid)
    async with shop.cloud.superuser() as connection:
        rows = await connection.fetch(
            "select issuer from billing_periods where tenant_id = $1 order by number", tenant.uuid
        )
    return [row["issuer"] for row in rows]
