"""What was used in Stripe's periods, and what Stripe's meters were told of it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from time import monotonic
from uuid import UUID

import asyncpg

from billing.catalog.live import shipped_document
from billing.payments.objects.wanted import sold_metrics
from rights.catalog.load import load_catalog
from rights.ids import render_tenant
from tests.chaos.checks import Unequal
from tests.chaos.world import World
from tests.stripe_simulator.server import Simulator

_PATIENCE_S = 1.5
_LEASE = timedelta(minutes=4)
"""What a cloud held that died is free again after that long."""

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


@dataclass(frozen=True, slots=True)
class Landings:
    """Of one tenant."""

    world: World
    tenant_id: UUID

    async def all(self, *, everything: bool, pause: timedelta) -> None:
        """Waits until Stripe has what was submitted, or `everything`. `pause` passes where what
        waits is for a later time."""
        patience = monotonic() + _PATIENCE_S
        while (now := await self.read()).waiting or (everything and now.behind):
            if now.waiting and now.waiting == now.postponed:
                await self.world.advance(pause)
            elif monotonic() > patience:
                await self.world.advance(_LEASE)
                patience = monotonic() + _PATIENCE_S
            await asyncio.sleep(0.05)

    async def waits(self) -> str:
        """For a person."""
        return (await self.read()).words()

    async def read(self) -> Landing:
        """As it is now."""
        conn = await asyncpg.connect(self.world.cloud_store.dsn("chaos"))
        try:
            async with conn.transaction(isolation="repeatable_read"):
                (counts,) = await conn.fetch(_SUBMISSIONS, self.tenant_id, self.world.now())
                periods = [
                    await _period(conn, self.tenant_id, row, self.world.stripe)
                    for row in await conn.fetch(_PERIODS, self.tenant_id)
                ]
        finally:
            await conn.close()
        return Landing(tuple(periods), **dict(counts))

    async def check(self, *, whole: bool) -> int:
        """Stripe's meters hold the whole part of the use, or at most that where it is not `whole`,
        for a period was closed under load; how often they were told. Raises Unequal."""
        found = await self.read()
        for each in found.periods:
            beyond = any(value > each.used.get(metric, 0) for metric, value in each.told.items())
            if beyond or (whole and each.untold):
                raise Unequal(f"period {each.number}: Stripe has {each.told}, not {each.used}")
        if found.failed or found.waiting or not found.periods:
            raise Unequal(found.words())
        stripe = self.world.stripe.world
        (payer,) = stripe.find("customer", metadata={"tenant": render_tenant(self.tenant_id)})
        return sum(_customer(event) == payer["id"] for event in stripe.meter_events)


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
