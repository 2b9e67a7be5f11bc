"""A period's end: one invoice, one number, nothing lost, nothing twice."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import asyncpg
import grpc
import pytest
from brinkbyte.entitlement.v1 import override_service_pb2 as overrides
from brinkbyte.entitlement.v1 import override_service_pb2_grpc as override_rpc
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as rpc
from google.protobuf.timestamp_pb2 import Timestamp
from typer.testing import CliRunner

from billing.invoices import provenance
from deploy.cli.app import app
from mesh.database import Role
from mesh.faults import ArmedFaults, Fault, NoFaults
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, refused, running_cloud
from tests.billing.conftest import NewDatabase
from tests.billing.entitlements.test_overrides import priced, set_override
from tests.billing.invoices.stories import (
    DRAFT,
    NEW_YEAR,
    after,
    close,
    closer,
    listed,
    sell_in,
    set_profile,
    superuser,
    vendor,
    whole,
)
from tests.billing.invoices.test_preview import assign, metered, preview, use

HOUR = timedelta(hours=1)


@pytest.fixture
async def cloud(new_database: NewDatabase, authorities: Authorities) -> AsyncIterator[Cloud]:
    """A cloud in January 2026 whose periods are closed by the test alone."""
    dsns, superuser_dsn = await new_database()
    async with running_cloud(
        authorities, dsns, superuser_dsn, tax_rates="PL:VAT:23,FR:VAT:20", issuer_country="PL"
    ) as found:
        found.clock.turn_to(NEW_YEAR)
        yield found


async def customer(cloud: Cloud) -> Tenant:
    """On the metered standard plan since the first hour."""
    tenant = await cloud.tenant()
    await metered(cloud, tenant)
    return tenant


async def test_a_period_becomes_an_invoice_that_never_changes(cloud: Cloud) -> None:
    tenant = await customer(cloud)
    await use(tenant, NEW_YEAR, ("sms", "110"))
    async with superuser(cloud) as conn:  # previews and closes read sums, never an event
        await conn.execute(
            "revoke select on usage_events from brinkbyte_app, brinkbyte_worker, brinkbyte_vendor"
        )
    shown = await preview(cloud.vendor, tenant.tenant_id)
    cloud.clock.turn_to(datetime(2026, 2, 1, 9, 59, tzinfo=UTC))
    last = await preview(cloud.vendor, tenant.tenant_id)
    assert (await closer(cloud).run_once()).invoices == ()
    cloud.clock.turn_to(after(shown) - HOUR)
    assert (await closer(cloud).run_once()).invoices == (), "late usage may still come in"
    (draft,) = await listed(cloud, tenant)
    assert (draft.status, draft.number) == (pb.INVOICE_STATUS_DRAFT, "")
    assert await close(cloud, after(shown)) == ["INV-2026-000001"]
    (found,) = await listed(cloud, tenant)
    assert found.status == pb.INVOICE_STATUS_OPEN
    full = await whole(cloud, tenant, found.invoice_id)
    assert full.invoice_id == shown.invoice_id == draft.invoice_id
    assert list(full.lines) == list(last.lines), "what the preview showed in its last hour"
    assert [(line.line_id, line.amount.minor_units) for line in full.lines] == [
        ("usage.sms", 50),
        ("plan.metered_standard", 9900),
    ]
    assert (full.total.minor_units, full.amount_due.minor_units) == (9950, 9950)
    assert full.due_at.ToDatetime(UTC) == after(shown) + timedelta(days=14)
    for statement in (
        "update invoices set total = 1",
        "update invoice_lines set amount = 1",
        "delete from invoice_line_windows",
        "delete from invoices",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with cloud.server.db.tenant(tenant.uuid) as conn:
                await conn.execute(statement)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with cloud.server.db.tenant(tenant.uuid) as conn:
            await conn.execute("update billing_periods set prices = '{}' where number = 1")


async def test_late_usage_is_rated_by_its_own_period_on_the_next_invoice(cloud: Cloud) -> None:
    tenant = await customer(cloud)
    await use(tenant, NEW_YEAR, ("sms", "95"))
    first = await preview(cloud.vendor, tenant.tenant_id)
    await close(cloud, after(first))
    second = await preview(cloud.vendor, tenant.tenant_id)
    await use(tenant, NEW_YEAR + HOUR, ("sms", "15"))
    await use(tenant, cloud.clock.now(), ("sms", "100"))
    shown = await preview(cloud.vendor, tenant.tenant_id)
    assert [
        (line.line_id, line.quantity, line.amount.minor_units) for line in shown.lines[::2]
    ] == [
        ("usage.sms", "100", 0),
        ("adjustment.1.sms", "15", 50),
    ]
    await close(cloud, after(second))
    third = await preview(cloud.vendor, tenant.tenant_id)
    await use(tenant, NEW_YEAR + 2 * HOUR, ("sms", "7"))
    await use(tenant, second.period_start.ToDatetime(UTC), ("sms", "3"))
    cloud.clock.advance(timedelta(days=20))
    assert await close(cloud, after(third)) == ["INV-2026-000003"]
    found = [await whole(cloud, tenant, each.invoice_id) for each in await listed(cloud, tenant)]
    late = [
        (line.line_id, line.quantity, line.amount.minor_units)
        for line in found[0].lines
        if line.kind == pb.LINE_KIND_ADJUSTMENT
    ]
    assert late == [("adjustment.1.sms", "7", 35), ("adjustment.2.sms", "3", 15)]
    explained = await vendor(cloud).ExplainInvoiceLine(
        pb.ExplainInvoiceLineRequest(
            tenant_id=tenant.tenant_id, invoice_id=found[0].invoice_id, line_id="adjustment.1.sms"
        )
    )
    assert (explained.quantity_billed_before, explained.billed_before.minor_units) == ("110", 50)
    lines = [line for each in found for line in each.lines if line.name == "sms"]
    assert sum(Decimal(line.quantity) for line in lines) == Decimal(95 + 15 + 100 + 7 + 3)
    assert sum(line.events for line in lines) == 5
    async with superuser(cloud) as conn:
        ledger = await conn.fetchrow(
            "select sum(quantity) q, count(*) n from usage_events where event_type = 'sms'"
        )
        windows = await conn.fetchrow(
            "select sum(quantity) q, sum(events)::bigint n from invoice_line_windows "
            "where metric = 'sms'"
        )
    assert ledger == windows, "each event is on exactly one line"


async def test_from_a_line_to_its_events(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_WINDOWS_A_PAGE", 2)
    tenant = await customer(cloud)
    for hour in range(3):
        await use(tenant, NEW_YEAR - hour * HOUR, ("sms", "40"), ("sms", "2.5"))
    shown = await preview(cloud.vendor, tenant.tenant_id)
    answers = []
    for at in (cloud.clock.now(), after(shown)):
        await close(cloud, at)
        line = {
            "tenant_id": tenant.tenant_id,
            "invoice_id": shown.invoice_id,
            "line_id": "usage.sms",
        }
        stub = vendor(cloud)
        told = await stub.ExplainInvoiceLine(pb.ExplainInvoiceLineRequest(**line))
        assert (told.rate.plan, told.rate.model, told.rate.included, told.rate.priced_by) == (
            "standard",
            "per_unit",
            "100",
            "plan",
        )
        assert [(part.quantity, part.amount) for part in told.charges] == [("27.5", "1.375")]
        windows = list(
            (await stub.ListLineWindows(pb.ListLineWindowsRequest(**line, page_size=2))).windows
        )
        assert [each.quantity for each in windows] == ["42.5", "42.5"]
        ids, token = [], ""
        while True:
            page = await stub.ListLineEvents(
                pb.ListLineEventsRequest(**line, page_size=4, page_token=token)
            )
            ids += [each.event_id for each in page.events]
            token = page.next_page_token
            if not token:
                break
        assert len(ids) == len(set(ids)) == 6
        for back in range(3):
            hour = Timestamp()
            hour.FromDatetime(NEW_YEAR.replace(minute=0) - back * HOUR)
            one = await stub.ListLineEvents(pb.ListLineEventsRequest(**line, hour=hour))
            assert [each.quantity for each in one.events] == ["40", "2.5"], "of any hour"
            assert not one.next_page_token
        told.line.ClearField("service_end")
        answers.append((told, windows, ids))
    assert answers[0] == answers[1], "a preview explains itself as the invoice does"
    async with refused(grpc.StatusCode.NOT_FOUND):
        await vendor(cloud).ExplainInvoiceLine(
            pb.ExplainInvoiceLineRequest(
                tenant_id=tenant.tenant_id, invoice_id=shown.invoice_id, line_id="usage.none"
            )
        )
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await vendor(cloud).ListLineEvents(pb.ListLineEventsRequest(**line, page_token="no"))
    absurd = base64.urlsafe_b64encode(b"0 99999999999").decode()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await vendor(cloud).ListLineWindows(pb.ListLineWindowsRequest(**line, page_token=absurd))
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await listed(cloud, tenant, page_token=absurd)
    absurd = base64.urlsafe_b64encode(b"2026-01-01T00:00:00+00:00 99999999999~").decode()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await vendor(cloud).ListLineEvents(pb.ListLineEventsRequest(**line, page_token=absurd))


@pytest.mark.parametrize("point", ["invoices.before_number", "invoices.after_number_before_commit"])
async def test_a_close_that_dies_takes_no_number(cloud: Cloud, point: str) -> None:
    tenant = await customer(cloud)
    shown = await preview(cloud.vendor, tenant.tenant_id)
    cloud.clock.turn_to(after(shown))
    armed = closer(cloud, ArmedFaults({point: Fault(point, "error", 1)}, None))
    await armed.run_once()
    assert [each.status for each in await listed(cloud, tenant)] == [pb.INVOICE_STATUS_DRAFT]
    armed = closer(cloud, NoFaults())
    assert [each.number for each in (await armed.run_once()).invoices] == ["INV-2026-000001"]
    assert len(await listed(cloud, tenant)) == 1


async def test_a_close_that_dies_after_its_commit_is_not_repeated(cloud: Cloud) -> None:
    tenants = [await customer(cloud), await customer(cloud)]
    shown = await preview(cloud.vendor, tenants[0].tenant_id)
    cloud.clock.turn_to(after(shown))
    point = "invoices.after_commit"
    armed = closer(cloud, ArmedFaults({point: Fault(point, "error", 1)}, None))
    assert len((await armed.run_once()).invoices) == 1, "of the other one nothing is known"
    assert (await closer(cloud, NoFaults()).run_once()).invoices == ()
    numbers = [[each.number for each in await listed(cloud, tenant)] for tenant in tenants]
    assert sorted(numbers) == [["INV-2026-000001"], ["INV-2026-000002"]]


async def test_several_closers_make_one_invoice_each_without_a_gap(cloud: Cloud) -> None:
    tenants = [await customer(cloud) for _ in range(4)]
    cloud.clock.turn_to(after(await preview(cloud.vendor, tenants[0].tenant_id)))
    await asyncio.gather(*(closer(cloud).run_once() for _ in range(4)))
    numbers = [each.number for tenant in tenants for each in await listed(cloud, tenant)]
    assert sorted(numbers) == [f"INV-2026-{at:06d}" for at in range(1, 5)]


async def test_the_command_closes_what_is_due_and_ends(cloud: Cloud) -> None:
    """It goes by the machine's clock, for which January 2026 is long over."""
    tenant = await customer(cloud)
    shown = await preview(cloud.vendor, tenant.tenant_id)
    status, told = await closed_by_command(cloud)
    assert told[0].endswith(f"{tenant.tenant_id}  99.00 USD")
    assert (await whole(cloud, tenant, shown.invoice_id)).status == pb.INVOICE_STATUS_OPEN
    made = len(await listed(cloud, tenant))
    assert (status, told[-1]) == (0, f"{made} invoices made, 0 failed")
    assert len(told) == made + 1
    assert await closed_by_command(cloud) == (0, ["0 invoices made, 0 failed"])


async def test_the_command_says_for_whom_it_failed(cloud: Cloud) -> None:
    stuck = await customer(cloud)
    await pay_in_yen(cloud, stuck)
    status, told = await closed_by_command(cloud)
    assert (status, told[-2:]) == (
        1,
        [
            f"failed for {stuck.tenant_id}: metered standard has no price in JPY",
            "0 invoices made, 1 failed",
        ],
    )


async def closed_by_command(cloud: Cloud) -> tuple[int, list[str]]:
    """The exit status of `brinkbyte invoice close --once`, and what it prints."""
    said = cloud.authorities.config(cloud.dsns).model_dump(mode="json", exclude_unset=True)
    said |= {
        "database_url": cloud.dsns[Role.APP],
        "database_worker_url": cloud.dsns[Role.WORKER],
        "database_vendor_url": cloud.dsns[Role.VENDOR],
    }
    env = {f"BRINKBYTE_{name}".upper(): str(value) for name, value in said.items()}
    command = partial(CliRunner().invoke, app, ["invoice", "close", "--once"], env=env)
    done = await asyncio.to_thread(command)
    return done.exit_code, done.stdout.splitlines()


async def pay_in_yen(cloud: Cloud, tenant: Tenant) -> None:
    """A currency in which the period's own prices say nothing."""
    async with superuser(cloud) as conn:
        await conn.execute(
            "insert into billing_profiles (tenant_id, currency, updated_at) values ($1, 'JPY', $2)",
            tenant.uuid,
            cloud.clock.now(),
        )


async def test_a_close_waits_for_what_is_being_recorded(cloud: Cloud) -> None:
    tenant = await customer(cloud)
    cloud.clock.turn_to(after(await preview(cloud.vendor, tenant.tenant_id)))
    async with superuser(cloud) as conn, superuser(cloud) as watcher:
        async with conn.transaction():
            await conn.execute(
                "select from billing_accounts where tenant_id = $1 for share", tenant.uuid
            )
            await conn.execute(
                "insert into usage_deltas (tenant_id, event_type, window_start, quantity, events, "
                "largest) values ($1, 'sms', date_trunc('hour', $2::timestamptz), 101, 1, 101)",
                tenant.uuid,
                NEW_YEAR,
            )
            closing = asyncio.create_task(closer(cloud).run_once())
            async with asyncio.timeout(60):
                while not closing.done() and not await watcher.fetchval(
                    "select count(*) from pg_locks where not granted and $1 = "
                    "any(pg_blocking_pids(pid))",
                    conn.get_server_pid(),
                ):
                    await asyncio.sleep(0.01)
        (invoice,) = (await closing).invoices
    lines = (await whole(cloud, tenant, str(invoice.invoice_id))).lines
    assert (lines[0].line_id, lines[0].amount.minor_units) == ("usage.sms", 5)


async def test_closing_reads_no_event(cloud: Cloud) -> None:
    tenant = await customer(cloud)
    await use(tenant, NEW_YEAR, ("sms", "101"))
    shown = await preview(cloud.vendor, tenant.tenant_id)
    async with superuser(cloud) as conn:
        await conn.execute("revoke select on usage_events from brinkbyte_app")
        assert await close(cloud, after(shown)) == ["INV-2026-000001"]
        await conn.execute("grant select on usage_events to brinkbyte_app")
    assert (await listed(cloud, tenant))[0].subtotal.minor_units == 9905


async def test_months_end_without_drift_and_an_empty_one_has_no_invoice(cloud: Cloud) -> None:
    cloud.clock.turn_to(datetime(2026, 1, 31, 10, 20, tzinfo=UTC))
    tenant = await cloud.tenant()
    await use(tenant, cloud.clock.now(), ("sms", "1"))
    starts = []
    for _ in range(3):
        shown = await preview(cloud.vendor, tenant.tenant_id)
        starts.append(shown.period_start.ToDatetime(UTC))
        await close(cloud, shown.period_end.ToDatetime(UTC))
    assert [(each.month, each.day, each.hour) for each in starts] == [
        (1, 31, 10),
        (2, 28, 10),
        (3, 31, 10),
    ]
    await close(cloud, cloud.clock.now() + DRAFT)
    (only,) = await listed(cloud, tenant)
    assert (only.status, only.total.minor_units) == (pb.INVOICE_STATUS_PAID, 0)
    assert only.number == "INV-2026-000001"
    async with superuser(cloud) as conn:
        closed = "select count(*) from billing_periods where state = 'closed'"
        assert await conn.fetchval(closed) == 3


async def test_a_moved_anchor_ends_the_period_at_what_it_was_sold_at(cloud: Cloud) -> None:
    tenant = await cloud.tenant()
    await use(tenant, NEW_YEAR, ("sms", "500"))
    cloud.clock.turn_to(datetime(2026, 1, 10, 14, 30, tzinfo=UTC))
    first = await preview(cloud.vendor, tenant.tenant_id)
    await metered(cloud, tenant)
    second = await preview(cloud.vendor, tenant.tenant_id)
    assert second.period_start.ToDatetime(UTC) == datetime(2026, 1, 10, 14, tzinfo=UTC)
    assert second.period_end.ToDatetime(UTC) == datetime(2026, 2, 10, 14, tzinfo=UTC)
    await close(cloud, cloud.clock.now() + DRAFT)
    found = await whole(cloud, tenant, first.invoice_id)
    assert found.number, "it waits for no other end than its own"
    assert found.period_end == second.period_start
    assert [(line.name, line.amount.minor_units) for line in found.lines] == [("sms", 0)], (
        "the free plan has no price beyond its stop"
    )


async def test_a_price_set_or_removed_after_a_periods_end_rates_only_the_next(cloud: Cloud) -> None:
    tenant = await customer(cloud)
    stub = override_rpc.OverrideServiceStub(cloud.vendor)
    await use(tenant, NEW_YEAR, ("sms", "110"))
    first = await preview(cloud.vendor, tenant.tenant_id)
    cloud.clock.turn_to(first.period_end.ToDatetime(UTC) + timedelta(seconds=5))
    dear = priced(overrides.PRICED_KIND_METRIC, "", "sms", "USD", "1")
    held = await set_override(cloud, tenant, dear)
    await use(tenant, cloud.clock.now(), ("sms", "110"))
    second = await preview(cloud.vendor, tenant.tenant_id)
    cloud.clock.turn_to(second.period_end.ToDatetime(UTC) + timedelta(seconds=5))
    await stub.RemoveOverride(
        overrides.RemoveOverrideRequest(tenant_id=tenant.tenant_id, override_id=held.override_id)
    )
    await close(cloud, after(second))
    charged = {
        each.invoice_id: (await whole(cloud, tenant, each.invoice_id)).lines[0].amount.minor_units
        for each in await listed(cloud, tenant)
    }
    assert (charged[first.invoice_id], charged[second.invoice_id]) == (50, 1000)


@pytest.mark.parametrize(("currency", "sms", "plan"), [("JPY", 1, 99), ("KWD", 525, 99000)])
async def test_each_currency_rounds_to_its_own_minor_unit(
    cloud: Cloud, currency: str, sms: int, plan: int
) -> None:
    await sell_in(cloud, ["JPY", "KWD"])
    tenant = await customer(cloud)
    await set_profile(tenant, currency=currency, country="FR")
    await use(tenant, NEW_YEAR, ("sms", "110.5"))
    await close(cloud, after(await preview(cloud.vendor, tenant.tenant_id)))
    (found,) = await listed(cloud, tenant)
    full = await whole(cloud, tenant, found.invoice_id)
    assert [line.amount.minor_units for line in full.lines] == [sms, plan]
    assert {line.amount.currency for line in full.lines} == {currency}
    (tax,) = full.taxes
    assert (tax.percent, tax.amount.minor_units) == ("20", round((sms + plan) * 0.2))
    assert full.total.minor_units == sms + plan + tax.amount.minor_units
    async with refused(grpc.StatusCode.FAILED_PRECONDITION):
        await set_profile(tenant, currency="USD")


async def test_taxes_follow_the_customer(cloud: Cloud) -> None:
    tenant = await customer(cloud)
    shown = await preview(cloud.vendor, tenant.tenant_id)
    assert shown.tax_treatment == pb.TAX_TREATMENT_OUT_OF_SCOPE
    await set_profile(tenant, country="PL")
    taxed = await preview(cloud.vendor, tenant.tenant_id)
    assert taxed.tax_treatment == pb.TAX_TREATMENT_TAXED
    assert taxed.total.minor_units == taxed.subtotal.minor_units + taxed.tax.minor_units
    assert taxed.tax.minor_units == round(taxed.subtotal.minor_units * 0.23)
    await set_profile(tenant, country="FR", tax_id="FR12345678901")
    reverse = await preview(cloud.vendor, tenant.tenant_id)
    assert (reverse.tax_treatment, reverse.tax.minor_units) == (
        pb.TAX_TREATMENT_REVERSE_CHARGE,
        0,
    )
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await set_profile(tenant, country="FR", tax_id="12345")
    for unknown in ("UK", "EL", "ZZ", "gb"):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT):
            await set_profile(tenant, country=unknown)
    async with refused(grpc.StatusCode.PERMISSION_DENIED):
        await set_profile(tenant, country="FR", exempt=True)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await set_profile(tenant, currency="CHF")


async def test_something_without_a_price_stays_a_draft_and_holds_up_nobody(cloud: Cloud) -> None:
    stuck, fine = await customer(cloud), await customer(cloud)
    shown = await preview(cloud.vendor, fine.tenant_id)
    await sell_in(cloud, ["JPY"])
    cloud.clock.turn_to(after(shown))
    await pay_in_yen(cloud, stuck)
    told = await closer(cloud).run_once()
    assert [each.number for each in told.invoices] == ["INV-2026-000001"]
    assert [each.whom for each in told.failed] == [stuck.tenant_id]
    assert [each.number for each in await listed(cloud, fine)] == ["INV-2026-000001"]
    async with refused(grpc.StatusCode.FAILED_PRECONDITION) as found:
        await preview(cloud.vendor, stuck.tenant_id)
    assert "JPY" in found[0].message


async def test_absurd_sums_and_prices_that_nobody_reads_hold_up_nobody(cloud: Cloud) -> None:
    """Those who cannot be closed come first, by the ends of their periods."""
    broken, absurd = await customer(cloud), await customer(cloud)
    await set_profile(absurd, country="PL")
    dear = priced(overrides.PRICED_KIND_METRIC, "", "sms", "USD", "1000")
    await set_override(cloud, absurd, dear)
    await use(absurd, NEW_YEAR, ("sms", "90000000000000"))
    async with refused(grpc.StatusCode.FAILED_PRECONDITION) as found:
        await preview(cloud.vendor, absurd.tenant_id)
    assert "64-bit" in found[0].message, "64 bits hold the sum, but not with its tax"
    cloud.clock.advance(HOUR)
    fine = await customer(cloud)
    cloud.clock.turn_to(after(await preview(cloud.vendor, fine.tenant_id)))
    async with superuser(cloud) as conn:
        await conn.execute(
            """update billing_periods set prices = '{"card": {"version": 0}, "years": {}}'
            where tenant_id = $1""",
            broken.uuid,
        )
    told = await closer(cloud).run_once()
    assert [each.number for each in told.invoices] == ["INV-2026-000001"]
    assert {each.whom for each in told.failed} >= {f"{absurd.tenant_id}/1"}
    assert [each.number for each in await listed(cloud, fine)] == ["INV-2026-000001"]


async def test_a_projection_goes_on_as_so_far(cloud: Cloud) -> None:
    tenant = await customer(cloud)
    await cloud.issue_license(tenant, valid_for=timedelta(days=60))
    await assign(cloud, tenant, "gate")
    await use(tenant, NEW_YEAR, ("sms", "100"))
    start = (await preview(cloud.vendor, tenant.tenant_id)).period_start.ToDatetime(UTC)
    cloud.clock.turn_to(start + timedelta(days=15, hours=12))
    found = await vendor(cloud).ProjectInvoice(pb.ProjectInvoiceRequest(tenant_id=tenant.tenant_id))
    lines = {line.name: line for line in found.invoice.lines}
    assert (lines["sms"].quantity, lines["sms"].amount.minor_units) == ("200", 500)
    assert lines["metered_standard"].amount.minor_units == 9900
    assert lines["base_camera"].amount.minor_units == 6000
    assert found.period_seconds == 2 * found.elapsed_seconds
    other = await cloud.tenant()
    async with refused(grpc.StatusCode.NOT_FOUND):
        await rpc.InvoiceServiceStub(other.read).GetInvoice(
            pb.GetInvoiceRequest(invoice_id=found.invoice.invoice_id)
        )
    assert await vendor(cloud).GetInvoice(
        pb.GetInvoiceRequest(tenant_id=tenant.tenant_id, invoice_id=found.invoice.invoice_id)
    )
