"""SQL of billing periods."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing.invoices.periods.period import BillingPeriod, Issuer, PeriodPrices, PeriodState
from mesh.database import Connection

_COLUMNS = """tenant_id, number, anchor, starts_at as start, ends_at as end, planned_end, state,
    issuer, prices, passes_on"""


async def open_ones(conn: Connection, tenant_id: UUID) -> list[BillingPeriod]:
    """Periods that are not closed, by number."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from billing_periods
        where tenant_id = $1 and state <> 'closed' order by number
        """,  # noqa: S608 - constant
        tenant_id,
    )
    return [_period(row) for row in rows]


async def closed_between(
    conn: Connection, tenant_id: UUID, start: datetime, end: datetime
) -> list[BillingPeriod]:
    """Closed periods that share a moment with [start, end), by number; the first one has no
    beginning."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from billing_periods
        where tenant_id = $1 and state = 'closed' and (starts_at < $3 or number = 1)
            and ends_at > $2
        order by number
        """,  # noqa: S608 - constant
        tenant_id,
        start,
        end,
    )
    return [_period(row) for row in rows]


async def of_day(conn: Connection, tenant_id: UUID, day: date) -> BillingPeriod | None:
    """The period that has the UTC day, which ended in it, if it is over."""
    row = await conn.fetchrow(
        f"""
        select {_COLUMNS} from billing_periods
        where tenant_id = $1 and state <> 'running'
            and (starts_at at time zone 'UTC')::date <= $2
            and (ends_at at time zone 'UTC')::date > $2
        """,  # noqa: S608 - constant
        tenant_id,
        day,
    )
    return None if row is None else _period(row)


async def get(conn: Connection, tenant_id: UUID, number: int) -> BillingPeriod | None:
    """One period."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from billing_periods where tenant_id = $1 and number = $2",  # noqa: S608
        tenant_id,
        number,
    )
    return None if row is None else _period(row)


async def put(conn: Connection, periods: Sequence[BillingPeriod]) -> None:
    """Adds periods or changes those that are not closed."""
    await conn.executemany(
        """
        insert into billing_periods as held
            (tenant_id, number, anchor, starts_at, ends_at, planned_end, state, issuer, prices)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id, number) do update set
            anchor = excluded.anchor, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            planned_end = excluded.planned_end, state = excluded.state,
            issuer = excluded.issuer, prices = excluded.prices
        where held.state = 'running'
        """,
        [
            (
                each.tenant_id,
                each.number,
                each.anchor,
                each.start,
                each.end,
                each.planned_end,
                each.state.value,
                each.issuer.value,
                None if each.prices is None else json.dumps(each.prices.to_json()),
            )
            for each in periods
        ],
    )


async def close(conn: Connection, period: BillingPeriod, now: datetime) -> None:
    """Nothing changes it from here on."""
    await conn.execute(
        """
        update billing_periods set state = 'closed', closed_at = $3, passes_on = $4
        where tenant_id = $1 and number = $2
        """,
        period.tenant_id,
        period.number,
        now,
        period.passes_on,
    )


async def passed_on_to(conn: Connection, tenant_id: UUID, number: int) -> int:
    """The number of the last closed period before one that passes nothing on, from 0."""
    found: int = await conn.fetchval(
        """
        select coalesce(max(number), 0) from billing_periods
        where tenant_id = $1 and number < $2 and not (state = 'closed' and passes_on)
        """,
        tenant_id,
        number,
    )
    return found


async def behind(conn: Connection, now: datetime, limit: int) -> list[UUID]:
    """Tenants whose running period is over, or that have none yet."""
    rows = await conn.fetch(
        """
        (select tenant_id from billing_periods where state = 'running' and ends_at <= $1 limit $2)
        union all
        (select account.tenant_id from billing_accounts account where not exists (
            select from billing_periods period where period.tenant_id = account.tenant_id)
            limit $2)
        """,
        now,
        limit,
    )
    return [row["tenant_id"] for row in rows]


async def due(conn: Connection, before: datetime, limit: int) -> list[tuple[UUID, int]]:
    """Drafts of periods that ended before a moment, the oldest first: tenant and number."""
    rows = await conn.fetch(
        """
        select tenant_id, number from billing_periods
        where state = 'draft' and ends_at <= $1 order by ends_at, tenant_id limit $2
        """,
        before,
        limit,
    )
    return [(row["tenant_id"], row["number"]) for row in rows]


async def open_of_issuer(conn: Connection, issuer: Issuer) -> list[BillingPeriod]:
    """Every tenant's periods of an issuer that are not closed; for the worker role."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from billing_periods where state <> 'closed' and issuer = $1
        order by tenant_id, number
        """,  # noqa: S608 - constant
        issuer.value,
    )
    return [_period(row) for row in rows]


async def closed_of_issuer(
    conn: Connection, issuer: Issuer, since: datetime
) -> list[BillingPeriod]:
    """Every tenant's closed periods of an issuer that ended since a moment; for the worker role."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from billing_periods
        where state = 'closed' and issuer = $1 and ends_at >= $2 order by tenant_id, number
        """,  # noqa: S608 - constant
        issuer.value,
        since,
    )
    return [_period(row) for row in rows]


def _period(row: Any) -> BillingPeriod:
    prices = row["prices"]
    return BillingPeriod(
        **{
            **row,
            "state": PeriodState(row["state"]),
            "issuer": Issuer(row["issuer"]),
            "prices": None if prices is None else PeriodPrices.from_json(json.loads(prices)),
        }
    )
