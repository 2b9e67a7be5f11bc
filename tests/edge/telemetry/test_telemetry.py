"""Telemetry is stored whole, comes back newest first, and its months are made ahead."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from edge.telemetry import store
from edge.telemetry.paging import read_token, write_token
from edge.telemetry.store import Cursor, TelemetryRow
from mesh.database import Database, Role
from mesh.errors import InvalidArgument

NOON = datetime(2026, 5, 15, 12, 0, tzinfo=UTC)


def row(camera: str, kind: str, second: int, index: int = 0) -> TelemetryRow:
    moment = NOON + timedelta(seconds=second)
    return TelemetryRow(
        uuid4(), camera, kind, moment, index, json.dumps({"n": [second, "ü"]}, ensure_ascii=False)
    )


async def put(database: Database, rows: list[TelemetryRow]) -> None:
    async with database.transaction(Role.APP) as conn:
        await store.insert(conn, rows)


async def pages(database: Database, camera: str, kind: str | None, size: int) -> list[TelemetryRow]:
    """Every row, page by page, over the tokens that a caller would carry."""
    found: list[TelemetryRow] = []
    token = ""
    while True:
        async with database.transaction(Role.APP) as conn:
            page = await store.page(conn, camera, kind, size, read_token(token))
        found += page
        if len(page) < size:
            return found
        token = write_token(Cursor(page[-1].event_time, page[-1].telemetry_id))


async def test_pages_come_newest_first_without_gap_or_repetition(edge_database: Database) -> None:
    camera = f"cam-{uuid4()}"
    kinds = ("counting", "detection", "line_crossing")
    rows = [row(camera, kinds[n % 3], n // 5) for n in range(60)]
    await put(edge_database, [*rows, row("another", "detection", 3)])
    newest_first = sorted(rows, key=lambda r: (r.event_time, r.telemetry_id), reverse=True)

    assert await pages(edge_database, camera, None, 7) == newest_first
    assert await pages(edge_database, camera, "line_crossing", 4) == [
        r for r in newest_first if r.event_type == "line_crossing"
    ]
    assert await pages(edge_database, camera, "dwell_time", 4) == []


async def test_the_last_frame_of_a_kind_is_that_of_its_newest_event(
    edge_database: Database,
) -> None:
    camera = f"cam-{uuid4()}"
    await put(
        edge_database,
        [row(camera, "detection", 1, 8), row(camera, "detection", 0, 7), row(camera, "x", 2, 9)],
    )
    async with edge_database.transaction(Role.APP) as conn:
        assert await store.last_frame(conn, camera, "detection") == 8
        assert await store.last_frame(conn, "nobody", "detection") is None


async def partition_of(database: Database, event: UUID) -> str:
    async with database.transaction(Role.APP) as conn:
        name = await conn.fetchval(
            "select tableoid::regclass::text from telemetry_events where telemetry_id = $1", event
        )
    return str(name)


async def test_months_are_made_ahead_and_rows_find_them(new_database: Database) -> None:
    eve = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    async with new_database.transaction(Role.APP) as conn:
        made = await store.ensure_partitions(conn, eve)
        assert made == [f"telemetry_events_{m}" for m in ("2026_11", "2026_12", "2027_01")]
        assert await store.ensure_partitions(conn, eve) == []
    late = TelemetryRow(uuid4(), "cam", "detection", eve + timedelta(hours=1), 0, "{}")
    far = TelemetryRow(uuid4(), "cam", "detection", datetime(2031, 1, 1, tzinfo=UTC), 0, "{}")
    await put(new_database, [late, far])
    assert await partition_of(new_database, late.telemetry_id) == "telemetry_events_2026_12"
    assert await partition_of(new_database, far.telemetry_id) == "telemetry_events_default"


async def test_a_month_that_began_in_the_default_partition_stays_there(
    new_database: Database,
) -> None:
    await put(new_database, [row("cam", "detection", 0)])
    async with new_database.transaction(Role.APP) as conn:
        made = await store.ensure_partitions(conn, NOON, months_ahead=1)
    assert made == ["telemetry_events_2026_06"]


@pytest.mark.parametrize("token", ["x", "AAAA", "ä", "A" * 33, "f" * 400])
def test_a_token_of_nobody_is_refused_by_name(token: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        read_token(token)
    assert refused.value.violations[0].field == "page_token"
