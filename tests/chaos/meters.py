"""What was used in Stripe's periods, and what Stripe's meters were told of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

import asyncpg

from billing.catalog.live import shipped_document
from billing.payments.objects.wanted import sold_metrics
from rights.catalog.load import load_catalog
from rights.ids import render_tenant
from tests.chaos.checks import Unequal
from tests.stripe_simulator.server import Simulator

_PERIODS = """
select number, starts_at, ends_at, state, stripe_customer_id as customer
from billing_periods join tenants using (tenant_id)
where tenant_id = $1 and issuer = 'stripe' order by number
"""
_USED = """
select event_type, sum(quantity) as quantity from usage_events
where tenant_id = $1 and billing_time >= $2 and billing_time < $3 and revision = 0
group by event_type
"""
_SUBMISSIONS = """
select count(*) filter (where state = 'pending') as waiting,
    count(*) filter (where state = 'pending' and next_try_at > $2) as postponed,
    count(*) filter (where state = 'failed') as failed
from stripe_submissions where tenant_id = $1
"""

Sums = dict[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """One period: whole units by metric, used and told."""

    number: int
    closed: bool
    used: Sums
    told: Sums

    @property
    def behind(self) -> bool:
        """Stripe will be told of more; what it was not before the close is on an invoice alone."""
        return not self.closed and self.untold

    @property
    def untold(self) -> bool:
        return any(self.told.get(metric, 0) < value for metric, value in self.used.items())


@dataclass(frozen=True, slots=True)
class Landing:
    """How far Stripe was told; `postponed` of those that wait are to be tried later."""

    periods: tuple[Told, ...]
    waiting: int
    postponed: int
    failed: int

    @property
    def behind(self) -> bool:
        return any(each.behind for each in self.periods)

    def words(self) -> str:
        """For a person."""
        each = [f"period {p.number}: {p.told} of {p.used}" for p in self.periods if p.untold]
        return (
            f"Stripe was told {'; '.join(each) or 'all'}; {self.waiting} submissions wait, "
            f"{self.postponed} of them for a later time, {self.failed} failed"
        )


async def landing(dsn: str, tenant_id: UUID, simulator: Simulator, now: datetime) -> Landing:
    """Reads it."""
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction(isolation="repeatable_read"):
            (counts,) = await conn.fetch(_SUBMISSIONS, tenant_id, now)
            periods = [
                await _period(conn, tenant_id, row, simulator)
                for row in await conn.fetch(_PERIODS, tenant_id)
            ]
    finally:
        await conn.close()
    return Landing(tuple(periods), **dict(counts))


async def check_landing(
    dsn: str, tenant_id: UUID, simulator: Simulator, now: datetime, *, whole: bool
) -> int:
    """Stripe's meters hold the whole part of the use, or at most that where it is not `whole`,
    for a period was closed under load; how often they were told. Raises Unequal."""
    found = await landing(dsn, tenant_id, simulator, now)
    for each in found.periods:
        beyond = any(value > each.used.get(metric, 0) for metric, value in each.told.items())
        if beyond or (whole and each.untold):
            raise Unequal(f"period {each.number}: Stripe has {each.told}, not {each.used}")
    if found.failed or found.waiting or not found.periods:
        raise Unequal(found.words())
    customers = simulator.world.find("customer", metadata={"tenant": render_tenant(tenant_id)})
    return sum(_customer(event) == customers[0]["id"] for event in simulator.world.meter_events)


async def _period(
    conn: asyncpg.Connection, tenant_id: UUID, row: asyncpg.Record, simulator: Simulator
) -> Told:
    scales = _scales()
    sums = await conn.fetch(_USED, tenant_id, row["starts_at"], row["ends_at"])
    used = {
        each["event_type"]: int(each["quantity"] * scales[each["event_type"]])
        for each in sums
        if each["event_type"] in scales
    }
    told: Sums = {}
    for event in simulator.world.meter_events:
        inside = row["starts_at"].timestamp() <= event["timestamp"] < row["ends_at"].timestamp()
        if inside and _customer(event) == row["customer"]:
            metric = event["event_name"].removeprefix("brinkbyte_")
            told[metric] = told.get(metric, 0) + int(event["payload"]["value"])
    whole = {metric: value for metric, value in used.items() if value}
    return Told(row["number"], row["state"] == "closed", whole, told)


@cache
def _scales() -> dict[str, Decimal | int]:
    """The unit of each metric's meter, as parts of one."""
    catalog = load_catalog(shipped_document())
    return {each.name: each.stripe_scale for each in sold_metrics(catalog)}


def _customer(event: dict[str, object]) -> object:
    payload = event["payload"]
    assert isinstance(payload, dict)
    return payload["stripe_customer_id"]
