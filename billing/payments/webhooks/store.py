"""SQL of webhook events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing.paging import PageRequest
from billing.payments.webhooks.row import WebhookRow, WebhookState
from mesh.database import Connection

_COLUMNS = (
    "event_id, event_type, customer, created_at, received_at, state, attempts, next_try_at, "
    "processed_at, last_error"
)


async def add(conn: Connection, row: WebhookRow, payload: str) -> bool:
    """False when the event came before; what is kept of it stays."""
    added = await conn.fetchval(
        """
        insert into webhook_events (event_id, event_type, customer, created_at, received_at,
            payload, state, next_try_at, processed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (event_id) do nothing returning true
        """,
        row.event_id,
        row.event_type,
        row.customer,
        row.created_at,
        row.received_at,
        payload,
        row.state.value,
        row.next_try_at,
        row.processed_at,
    )
    return added is not None


async def next_due(conn: Connection, now: datetime) -> WebhookRow | None:
    """The event that is due for longest and that nobody else works on."""
    row = await conn.fetchrow(
        f"""
        select {_COLUMNS} from webhook_events
        where state = 'waiting' and next_try_at <= $1
        order by next_try_at, event_id limit 1 for update skip locked
        """,  # noqa: S608 - constant
        now,
    )
    return _row(row) if row else None


async def lock_waiting(conn: Connection, customer: str) -> list[WebhookRow]:
    """The customer's events that wait, but for those that somebody else works on."""
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from webhook_events
        where state = 'waiting' and customer = $1
        order by created_at, event_id limit 1000 for update skip locked
        """,  # noqa: S608 - constant
        customer,
    )
    return [_row(row) for row in rows]


async def settle(
    conn: Connection, event_ids: Sequence[str], state: WebhookState, now: datetime
) -> None:
    """Is done with events."""
    await conn.execute(
        """
        update webhook_events
        set state = $2, processed_at = $3, attempts = attempts + 1, last_error = ''
        where event_id = any($1::text[])
        """,
        list(event_ids),
        state.value,
        now,
    )


async def failed(
    conn: Connection,
    event_ids: Sequence[str],
    error: str,
    *,
    next_try_at: datetime,
    ours: bool,
    most: int,
) -> int:
    """Keeps why events were not done with, and when to try again. Those that failed `most` times
    through a fault of `ours` are dead; how many are."""
    rows = await conn.fetch(
        """
        update webhook_events
        set state = case when failures + $4::boolean::int >= $5 then 'dead' else 'waiting' end,
            failures = failures + $4::boolean::int,
            next_try_at = $3, attempts = attempts + 1, last_error = $2
        where event_id = any($1::text[]) returning state
        """,
        event_ids,
        error,
        next_try_at,
        ours,
        most,
    )
    return sum(row["state"] == WebhookState.DEAD for row in rows)


async def replay(conn: Connection, event_id: str, now: datetime) -> WebhookRow | None:
    """The event, waiting as if it had just come; None for an unknown one."""
    row = await conn.fetchrow(
        f"""
        update webhook_events
        set state = 'waiting', attempts = 0, failures = 0, next_try_at = $2,
            processed_at = null, last_error = ''
        where event_id = $1 returning {_COLUMNS}
        """,  # noqa: S608 - constant
        event_id,
        now,
    )
    return _row(row) if row else None


async def find(conn: Connection, event_id: str) -> tuple[WebhookRow, str] | None:
    """One event and what was sent."""
    row = await conn.fetchrow(
        f"select {_COLUMNS}, payload from webhook_events where event_id = $1",  # noqa: S608 - constant
        event_id,
    )
    return (_row(row), row["payload"]) if row else None


async def page(
    conn: Connection, request: PageRequest, state: WebhookState | None
) -> list[WebhookRow]:
    """Events from newest to oldest, one more than asked for."""
    after = request.after
    rows = await conn.fetch(
        f"""
        select {_COLUMNS} from webhook_events
        where ($1::timestamptz is null or (received_at, event_id) < ($1, $2))
            and ($3::text is null or state = $3)
        order by received_at desc, event_id desc limit $4
        """,  # noqa: S608 - constant
        after.moment if after else None,
        after.key if after else None,
        state.value if state else None,
        request.size + 1,
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> WebhookRow:
    return WebhookRow(
        row["event_id"],
        row["event_type"],
        row["customer"],
        row["created_at"],
        row["received_at"],
        WebhookState(row["state"]),
        row["attempts"],
        row["next_try_at"],
        row["processed_at"],
        row["last_error"],
    )
