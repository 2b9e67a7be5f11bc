"""Stripe in a campaign: the product's submission worker in the cloud, and the simulator's sums."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from uuid import UUID

import asyncpg
from prometheus_client import CollectorRegistry

from billing.audit.tallies import TallyLog
from billing.catalog.live import Catalogs, shipped_document
from billing.payments.meters.maker import SubmissionMaker
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.meters.recall import Recall
from billing.payments.meters.sender import SubmissionSender
from billing.payments.meters.worker import SubmissionMetrics, SubmissionWorker
from billing.payments.objects import store as objects_store
from billing.payments.objects.row import ObjectRow, ObjectState
from billing.payments.objects.service import ObjectsService
from billing.payments.objects.wanted import sold_metrics, wanted
from billing.payments.stripe.client import StripeSettings
from billing.payments.stripe.provider import StripeProvider
from billing.tenants.resolver import TenantResolver
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.cache import MemoryCache
from mesh.clock import Clock
from mesh.database import Database, Role
from mesh.faults import Faults
from mesh.telemetry import Metrics
from mesh.wakeup import Wakeups
from rights.catalog.load import load_catalog
from tests.chaos.checks import Unequal
from tests.stripe_simulator.server import Simulator

_EVERY = timedelta(seconds=0.5)

_PENDING = """
select count(*) as waiting, count(*) filter (where next_try_at > $2) as postponed
from stripe_submissions where tenant_id = $1 and state = 'pending'
"""
_USED = """
select event_type, sum(quantity) as quantity from usage_events
where tenant_id = $1 and billing_time >= $2 and billing_time < $3 and revision = 0
group by event_type
"""


@dataclass(slots=True)
class Issued:
    """The periods that Stripe issues; implements billing.payments.meters.periods.IssuedPeriods."""

    periods: tuple[IssuedPeriod, ...] = field(default=())

    async def open(self) -> tuple[IssuedPeriod, ...]:
        return self.periods


async def submission_worker(
    db: Database, stripe: StripeSettings, issued: Issued, clock: Clock, faults: Faults
) -> SubmissionWorker:
    """The worker of one replica, at a quick pace."""
    catalogs = await Catalogs.open(db, clock, Wakeups(None))
    known = MemoryCache[str, UUID](10, timedelta(hours=1), clock)
    units = Units(db, TenantResolver(db, known), clock, Wakeups(None), TallyLog(db, clock))
    metrics = SubmissionMetrics(Metrics(CollectorRegistry()))
    provider, objects, at_once = StripeProvider(stripe), ObjectsService(enabled=True), timedelta(0)
    recall = Recall(db, units, provider, objects, catalogs, clock=clock, settles_after=at_once)
    sender = SubmissionSender(
        db,
        provider,
        objects,
        clock=clock,
        faults=faults,
        outcome=metrics.outcome,
    )
    maker = SubmissionMaker(units, UsageService(catalogs), catalogs, clock)
    return SubmissionWorker(
        db,
        issued,
        recall,
        maker,
        sender,
        clock=clock,
        metrics=metrics,
        every=_EVERY,
        settles_after=at_once,
    )


async def make_meters(dsn: str, provider: StripeProvider, clock: Clock) -> None:
    """Makes the catalogue's meters at Stripe, and keeps their ids in the cloud's database."""
    database = await Database.open({Role.WORKER: dsn}, pool_size=1)
    for good in wanted(load_catalog(shipped_document())):
        if good.kind != "meter":
            continue
        made = await provider.goods.make(good, key=good.name)
        row = ObjectRow(
            "meter",
            good.name,
            made.stripe_id,
            made.fingerprint,
            ObjectState.CURRENT,
            1,
            (),
            0,
            "",
            clock.now(),
        )
        async with database.worker() as conn:
            await objects_store.save(conn, row)
    await database.close()


async def landed(dsn: str, period: IssuedPeriod, simulator: Simulator, clock: Clock) -> str:
    """Empty once Stripe has all use, "behind" while some is not made into submissions, "waiting"
    while some of these wait, and "postponed" where only time helps."""
    conn = await asyncpg.connect(dsn)
    try:
        pending = await conn.fetchrow(_PENDING, period.tenant_id, clock.now())
        expected = await _expected(conn, period)
    finally:
        await conn.close()
    if pending["postponed"] and pending["postponed"] == pending["waiting"]:
        return "postponed"
    found = _found(period, simulator)
    behind = [metric for metric, value in expected.items() if found.get(metric, 0) < value]
    if pending["waiting"]:
        return "waiting"
    return "behind" if behind else ""


async def check_stripe(dsn: str, period: IssuedPeriod, simulator: Simulator) -> int:
    """What Stripe's meters were told is the whole part of the use; how often. Raises Unequal."""
    conn = await asyncpg.connect(dsn)
    try:
        expected = await _expected(conn, period)
        failed = await conn.fetchval(
            "select count(*) from stripe_submissions where tenant_id = $1 and state = 'failed'",
            period.tenant_id,
        )
    finally:
        await conn.close()
    found = _found(period, simulator)
    if failed or found != expected:
        raise Unequal(f"Stripe has {found}, not {expected}; {failed} submissions failed")
    return sum(_is_of(period, event) for event in simulator.world.meter_events)


async def _expected(conn: asyncpg.Connection, period: IssuedPeriod) -> dict[str, int]:
    scales = _scales()
    rows = await conn.fetch(_USED, period.tenant_id, period.span.start, period.span.end)
    sums: dict[str, Decimal] = {row["event_type"]: row["quantity"] for row in rows}
    values = {each: int(sums[each] * scale) for each, scale in scales.items() if each in sums}
    return {metric: value for metric, value in values.items() if value}


@cache
def _scales() -> dict[str, int]:
    """The unit of each metric's meter, as parts of one."""
    catalog = load_catalog(shipped_document())
    return {each.name: each.stripe_scale for each in sold_metrics(catalog)}


def _found(period: IssuedPeriod, simulator: Simulator) -> dict[str, int]:
    sums: dict[str, int] = {}
    for event in simulator.world.meter_events:
        if _is_of(period, event):
            metric = event["event_name"].removeprefix("brinkbyte_")
            sums[metric] = sums.get(metric, 0) + int(event["payload"]["value"])
    return sums


def _is_of(period: IssuedPeriod, event: dict[str, object]) -> bool:
    payload = event["payload"]
    assert isinstance(payload, dict)
    return bool(payload["stripe_customer_id"] == period.customer_id)
