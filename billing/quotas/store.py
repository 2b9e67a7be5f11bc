"""SQL of quota accounts, operations and alerts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.paging import PageRequest
from billing.quotas.alerts import AlertRow
from billing.quotas.operations import Held, State
from mesh.database import Connection

Key = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What an account holds beside use itself; `leased` is lent out and not settled."""

    metric: str
    period_start: datetime
    carried: Decimal
    reserved: Decimal
    over_cap: Decimal
    full_since: datetime | None
    leased: Decimal


_ACCOUNTS = """
select a.metric, a.period_start, a.carried, a.over_cap, a.full_since, {reserved} as reserved,
    coalesce((select sum(l.granted - l.settled) from quota_leases l
        where l.tenant_id = a.tenant_id and l.metric = a.metric
            and l.period_start = a.period_start and l.state in ('active', 'ended')
            and not exists (select from usage_journals j where j.tenant_id = l.tenant_id
                and j.journal_id = l.journal_id and j.state = 'forked')), 0) as leased
from quota_accounts a
join unnest($2::text[], $3::timestamptz[]) as w (metric, period_start)
    on a.metric = w.metric and a.period_start = w.period_start
where a.tenant_id = $1
"""

_OPEN = """coalesce((select sum(o.quantity) from quota_operations o
    where o.tenant_id = a.tenant_id and o.metric = a.metric and o.period_start = a.period_start
        and o.state = 'reserved' and o.expires_at > $4), 0)"""

_LOCKED = _ACCOUNTS.format(reserved="a.reserved")
_READ = _ACCOUNTS.format(reserved=_OPEN)


async def lock(conn: Connection, tenant_id: UUID, keys: Collection[Key]) -> set[Key]:
    """Locks these accounts, in one order for everybody; returns those that exist.

    What is read by later statements is what their holders before committed.
    """
    ordered = sorted(keys)
    rows = await conn.fetch(
        """
        select metric, period_start from quota_accounts
        where tenant_id = $1 and (metric, period_start) in (
            select * from unnest($2::text[], $3::timestamptz[]))
        order by metric, period_start for no key update
        """,
        tenant_id,
        [metric for metric, _ in ordered],
        [start for _, start in ordered],
    )
    return {(row["metric"], row["period_start"]) for row in rows}


async def open_accounts(
    conn: Connection, tenant_id: UUID, carried: Sequence[tuple[Key, Decimal]]
) -> None:
    """Makes accounts with what was carried over; those that exist stay as they are."""
    ordered = sorted(carried)
    await conn.execute(
        """
        insert into quota_accounts (tenant_id, metric, period_start, carried)
        select $1, * from unnest($2::text[], $3::timestamptz[], $4::numeric[])
        on conflict do nothing
        """,
        tenant_id,
        [key[0] for key, _ in ordered],
        [key[1] for key, _ in ordered],
        [amount for _, amount in ordered],
    )


async def expire(conn: Connection, tenant_id: UUID, key: Key, now: datetime) -> None:
    """Frees what reservations of a locked account held beyond their end."""
    await conn.execute(
        """
        with expired as (
            update quota_operations set state = 'expired'
            where tenant_id = $1 and metric = $2 and period_start = $3 and state = 'reserved'
                and expires_at <= $4
            returning quantity
        )
        update quota_accounts set reserved = reserved - (select sum(quantity) from expired)
        where tenant_id = $1 and metric = $2 and period_start = $3
            and exists (select from expired)
        """,
        tenant_id,
        *key,
        now,
    )


async def locked_accounts(
    conn: Connection, tenant_id: UUID, keys: Collection[Key]
) -> dict[Key, AccountRow]:
    """Accounts whose locks are held and whose expired reservations are freed."""
    rows = await conn.fetch(
        _LOCKED, tenant_id, [metric for metric, _ in keys], [start for _, start in keys]
    )
    return {(row["metric"], row["period_start"]): AccountRow(**row) for row in rows}


async def accounts(
    conn: Connection, tenant_id: UUID, keys: Collection[Key], now: datetime
) -> dict[Key, AccountRow]:
    """Accounts as they stand; one that nothing was taken from does not exist."""
    rows = await conn.fetch(
        _READ, tenant_id, [metric for metric, _ in keys], [start for _, start in keys], now
    )
    return {(row["metric"], row["period_start"]): AccountRow(**row) for row in rows}


async def operations(conn: Connection, tenant_id: UUID, ids: Collection[str]) -> dict[str, Held]:
    """Operations on record, by id: one look into the key for each, however many there are."""
    rows = await conn.fetch(
        """
        select o.* from unnest($2::text[]) as asked (operation_id) cross join lateral (
            select operation_id, metric, period_start, period_end, quantity, state, expires_at,
                used, resource_id, over_cap
            from quota_operations q
            where q.tenant_id = $1 and q.operation_id = asked.operation_id limit 1) as o
        """,
        tenant_id,
        list(ids),
    )
    return {row["operation_id"]: _held(row) for row in rows}


async def keep_operations(
    conn: Connection, tenant_id: UUID, held: Sequence[Held], now: datetime
) -> None:
    """Writes operations as they are now; the caller holds the locks of their accounts."""
    columns = list(zip(*(_row(each) for each in held), strict=True))
    await conn.execute(
        """
        insert into quota_operations as o (tenant_id, operation_id, metric, period_start,
            period_end, quantity, state, expires_at, used, resource_id, over_cap, created_at)
        select $1, *, $12 from unnest($2::text[], $3::text[], $4::timestamptz[],
            $5::timestamptz[], $6::numeric[], $7::text[], $8::timestamptz[], $9::numeric[],
            $10::text[], $11::numeric[])
        on conflict (tenant_id, operation_id) do update set
            period_start = excluded.period_start, period_end = excluded.period_end,
            state = excluded.state, expires_at = excluded.expires_at, used = excluded.used,
            resource_id = excluded.resource_id, over_cap = excluded.over_cap
        """,
        tenant_id,
        *(list(column) for column in columns),
        now,
    )


async def keep_accounts(conn: Connection, tenant_id: UUID, rows: Sequence[AccountRow]) -> None:
    """Writes what locked accounts hold now."""
    await conn.execute(
        """
        update quota_accounts a set reserved = n.reserved, over_cap = n.over_cap,
            full_since = n.full_since
        from unnest($2::text[], $3::timestamptz[], $4::numeric[], $5::numeric[],
            $6::timestamptz[]) as n (metric, period_start, reserved, over_cap, full_since)
        where a.tenant_id = $1 and a.metric = n.metric and a.period_start = n.period_start
        """,
        tenant_id,
        [row.metric for row in rows],
        [row.period_start for row in rows],
        [row.reserved for row in rows],
        [row.over_cap for row in rows],
        [row.full_since for row in rows],
    )


async def raise_alerts(
    conn: Connection, tenant_id: UUID, alerts: Sequence[AlertRow]
) -> list[AlertRow]:
    """Writes thresholds that were crossed, each once; returns those that are new."""
    rows = await conn.fetch(
        """
        insert into quota_alerts (tenant_id, metric, percent, used, included, period_start,
            raised_at)
        select $1, * from unnest($2::text[], $3::integer[], $4::numeric[], $5::numeric[],
            $6::timestamptz[], $7::timestamptz[])
        on conflict do nothing
        returning metric, percent, used, included, period_start, raised_at
        """,
        tenant_id,
        [each.metric for each in alerts],
        [each.percent for each in alerts],
        [each.used for each in alerts],
        [each.included for each in alerts],
        [each.period_start for each in alerts],
        [each.raised_at for each in alerts],
    )
    return [AlertRow(**row) for row in rows]


async def told(conn: Connection, tenant_id: UUID, keys: Collection[Key]) -> dict[Key, set[int]]:
    """The thresholds on record, in percent, by account."""
    rows = await conn.fetch(
        """
        select metric, period_start, percent from quota_alerts
        where tenant_id = $1
            and (metric, period_start) in (select * from unnest($2::text[], $3::timestamptz[]))
        """,
        tenant_id,
        [metric for metric, _ in keys],
        [start for _, start in keys],
    )
    found: dict[Key, set[int]] = {}
    for row in rows:
        found.setdefault((row["metric"], row["period_start"]), set()).add(row["percent"])
    return found


async def alerts(conn: Connection, tenant_id: UUID, request: PageRequest) -> list[AlertRow]:
    """Alerts, newest first, and one more than the page holds."""
    after = request.after
    metric, _, percent = after.key.rpartition(" ") if after is not None else ("", "", "0")
    rows = await conn.fetch(
        """
        select metric, percent, used, included, period_start, raised_at from quota_alerts
        where tenant_id = $1 and ($2::timestamptz is null
            or (raised_at, metric, percent) < ($2, $3, $4::integer))
        order by raised_at desc, metric desc, percent desc limit $5
        """,
        tenant_id,
        after.moment if after is not None else None,
        metric,
        int(percent),
        request.size + 1,
    )
    return [AlertRow(**row) for row in rows]


async def fresh_uses(conn: Connection) -> dict[UUID, set[str]]:
    """Tenants with use that is not yet folded, and their metrics; for the worker role."""
    found: dict[UUID, set[str]] = {}
    for row in await conn.fetch("select distinct tenant_id, event_type from usage_deltas"):
        found.setdefault(row["tenant_id"], set()).add(row["event_type"])
    return found


async def forget_operations(conn: Connection, before: datetime) -> None:
    """Deletes finished operations that began before a moment; for the worker role."""
    await conn.execute(
        "delete from quota_operations where created_at < $1 and state <> 'reserved'", before
    )


def _row(held: Held) -> tuple[Any, ...]:
    return (
        held.operation_id,
        held.metric,
        held.period_start,
        held.period_end,
        held.quantity,
        held.state.value,
        held.expires_at,
        held.used,
        held.resource_id,
        held.over_cap,
    )


def _held(row: Any) -> Held:
    return Held(**{**row, "state": State(row["state"])})
