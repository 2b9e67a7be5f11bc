"""What a quota carries into its next period: the same for decisions and invoices."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.catalog.live import shipped_document
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.invoices.stories import NEW_YEAR, apply, close, listed, superuser, whole
from tests.billing.invoices.test_preview import metered, preview, use
from tests.billing.invoices.test_settling import pay
from tests.billing.quotas.callers import METRIC, buy, include, reserve, status

SMS = 'sms: {included: "100", cap: soft'
"""Of the standard plan, $0.05 beyond it."""

RUNS = 'agent_execution: {included: "5000", cap: soft'
MORE_SMS = 'sms: {included: "1000", cap: soft'
MORE_RUNS = 'agent_execution: {included: "50000", cap: soft'
"""Of the enterprise plan."""

HALF = "carry_over_percent: 50"
DAY = timedelta(days=1)


@pytest.fixture
async def cloud(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    """A cloud in January 2026 whose periods are closed by the test alone."""
    dsns, superuser_dsn = await new_database()
    async with running_cloud(authorities, dsns, superuser_dsn) as found:
        found.clock.turn_to(NEW_YEAR)
        yield found


async def sell(cloud: Cloud, added: dict[str, str]) -> None:
    """Applies the shipped catalogue with more said of some quotas."""
    document = shipped_document()
    for quota, more in added.items():
        assert document.count(quota) == 1
        document = document.replace(quota, f"{quota}, {more}")
    await apply(cloud, document)


async def carried(cloud: Cloud, tenant: Tenant, metric: str = "sms") -> str:
    """What the running period took over; the quota and, of what was used, the invoice say it."""
    found = await status(tenant.read, metric)
    lines = (await preview(cloud.vendor, tenant.tenant_id)).lines
    (line,) = [each for each in lines if each.line_id == f"usage.{metric}"]
    assert line.included_quantity == found.included
    assert Decimal(line.billable_quantity) == max(Decimal(found.used) - Decimal(found.included), 0)
    return found.carried_over


async def charged(cloud: Cloud, tenant: Tenant) -> list[dict[str, tuple[str, int]]]:
    """What is included of messages and their cost, by line, of finalised invoices, oldest first."""
    found = []
    for each in reversed(await listed(cloud, tenant)):
        if each.number:
            lines = (await whole(cloud, tenant, each.invoice_id)).lines
            found.append(
                {
                    line.line_id: (line.included_quantity, line.amount.minor_units)
                    for line in lines
                    if line.name == "sms"
                }
            )
    return found


async def close_and_pay(cloud: Cloud, tenant: Tenant, month: int, day: int) -> None:
    """Unpaid, the plan would end."""
    await close(cloud, datetime(2026, month, day, tzinfo=UTC))
    (unpaid,) = [each for each in await listed(cloud, tenant) if each.amount_due.minor_units]
    await pay(cloud, unpaid, f"TR-{month}", unpaid.amount_due.minor_units)


async def test_a_silent_month_leaves_its_share_once_whoever_asks(cloud: Cloud) -> None:
    """Nobody reserves and no threshold is reached, so nothing opens an account."""
    await sell(cloud, {SMS: HALF})
    tenant = await cloud.tenant()
    await metered(cloud, tenant)
    cloud.clock.turn_to(datetime(2026, 2, 2, tzinfo=UTC))
    await use(tenant, cloud.clock.now(), ("sms", "103"))
    assert await carried(cloud, tenant) == "50"
    async with superuser(cloud) as conn:
        since = "select count(*) from quota_accounts where period_start > $1"
        assert await conn.fetchval(since, NEW_YEAR) == 0
    await close_and_pay(cloud, tenant, 2, 6)
    assert await carried(cloud, tenant) == "50"
    await close_and_pay(cloud, tenant, 3, 6)
    await close_and_pay(cloud, tenant, 4, 6)
    await use(tenant, cloud.clock.now(), ("sms", "1"))
    assert await carried(cloud, tenant) == "50", "of March alone"
    assert await charged(cloud, tenant) == [{}, {"usage.sms": ("150", 0)}, {}]


async def test_use_that_comes_late_lowers_it_until_it_is_settled(cloud: Cloud) -> None:
    """By the close of the period before, or by the first that is taken from the new one."""
    await sell(cloud, {SMS: HALF, RUNS: HALF})
    tenant, early = await cloud.tenant(), await cloud.tenant()
    for each in (tenant, early):
        await metered(cloud, each)
        await use(each, NEW_YEAR, ("sms", "20"), (METRIC, "1000"))
    february = datetime(2026, 2, 2, tzinfo=UTC)
    cloud.clock.turn_to(february)
    await use(tenant, february, ("sms", "1"))
    await use(early, february, (METRIC, "1"))
    await reserve(early.admin, "1")
    assert await carried(cloud, tenant) == "50"
    assert await carried(cloud, early, METRIC) == "2500"
    for each in (tenant, early):
        await use(each, NEW_YEAR + DAY, ("sms", "60"), (METRIC, "3000"))
    assert await carried(cloud, tenant) == "20"
    assert await carried(cloud, early, METRIC) == "2500"
    await close(cloud, datetime(2026, 2, 6, tzinfo=UTC))
    await use(tenant, NEW_YEAR + 2 * DAY, ("sms", "30"))
    assert await carried(cloud, tenant) == "20"
    await use(tenant, february + DAY, ("sms", "120"))
    await close(cloud, datetime(2026, 3, 6, tzinfo=UTC))
    assert await charged(cloud, tenant) == [
        {"usage.sms": ("100", 0)},
        {"usage.sms": ("120", 5), "adjustment.1.sms": ("100", 50)},
    ]


async def test_the_plan_that_held_in_a_period_says_what_it_leaves(cloud: Cloud) -> None:
    await sell(cloud, {SMS: HALF, MORE_SMS: HALF, MORE_RUNS: HALF})
    tenant = await cloud.tenant()
    await metered(cloud, tenant)
    await use(tenant, NEW_YEAR, ("sms", "80"))
    february = datetime(2026, 2, 2, tzinfo=UTC)
    cloud.clock.turn_to(february)
    await buy(cloud, tenant, "enterprise")
    await use(tenant, february, ("sms", "1"), (METRIC, "1"))
    assert await carried(cloud, tenant) == "20", "enterprise would have left 500"
    assert await carried(cloud, tenant, METRIC) == "0", "standard leaves no runs"
    march = datetime(2026, 3, 2, tzinfo=UTC)
    cloud.clock.turn_to(march)
    await use(tenant, march, ("sms", "1"), (METRIC, "1"))
    assert await carried(cloud, tenant) == "500"
    await include(cloud, tenant, "400000")
    assert await carried(cloud, tenant, METRIC) == "25000", "as was included in February"


async def test_a_calendar_months_share_is_on_the_invoice_in_which_the_next_one_begins(
    cloud: Cloud,
) -> None:
    await sell(cloud, {SMS: f"period: calendar, {HALF}"})
    cloud.clock.turn_to(datetime(2026, 1, 15, 10, 20, tzinfo=UTC))
    tenant = await cloud.tenant()
    await metered(cloud, tenant)
    await close_and_pay(cloud, tenant, 2, 19)
    cloud.clock.turn_to(datetime(2026, 2, 20, tzinfo=UTC))
    await use(tenant, cloud.clock.now(), ("sms", "20"))
    assert (await status(tenant.read, "sms")).carried_over == "0", "January was not a whole one"
    cloud.clock.turn_to(datetime(2026, 3, 2, tzinfo=UTC))
    assert (await status(tenant.read, "sms")).carried_over == "50"
    await use(tenant, cloud.clock.now(), ("sms", "111"))
    assert await close(cloud, datetime(2026, 3, 16, tzinfo=UTC)) == []
    await use(tenant, datetime(2026, 2, 21, tzinfo=UTC), ("sms", "60"))
    assert (await status(tenant.read, "sms")).carried_over == "50", "as its draft says"
    await close(cloud, datetime(2026, 3, 20, tzinfo=UTC))
    assert (await charged(cloud, tenant))[-1] == {"usage.sms": ("150", 205)}
