"""Reading the record: whose, in which order, and what it proves."""

from datetime import UTC, timedelta
from uuid import UUID

import grpc
import pytest
from brinkbyte.audit.v1 import audit_service_pb2 as pb
from brinkbyte.audit.v1.audit_service_pb2_grpc import AuditServiceStub
from brinkbyte.tenant.v1 import tenant_service_pb2

from billing.audit import service as audit_service
from rights.audit_chain import START, AuditRow, row_hash
from tests.billing.audit.chains import sealed
from tests.billing.cloud_harness import Cloud, Tenant, refused

READ = tenant_service_pb2.API_KEY_ROLE_TENANT_READ


async def with_keys(cloud: Cloud, count: int) -> Tenant:
    tenant = await cloud.tenant()
    for _ in range(count):
        cloud.clock.advance(timedelta(milliseconds=5))
        await cloud.new_key(tenant.tenant_id, READ)
    return tenant


async def test_pages_run_from_the_newest_row_to_the_oldest(billing: Cloud) -> None:
    tenant = await with_keys(billing, 5)
    await sealed(tenant.admin)
    request = pb.ListAuditEventsRequest(page_size=3)
    seen: list[pb.AuditEvent] = []
    while True:
        page = await AuditServiceStub(tenant.admin).ListAuditEvents(request)
        assert len(page.events) <= 3
        seen += page.events
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    assert len({event.entry_id for event in seen}) == 8
    moments = [event.recorded_at.ToDatetime() for event in seen]
    assert moments == sorted(moments, reverse=True)


async def test_rows_are_chosen_by_action_and_time(billing: Cloud) -> None:
    tenant = await with_keys(billing, 1)
    billing.clock.advance(timedelta(seconds=1))
    later = billing.clock.now()
    await billing.new_key(tenant.tenant_id, READ)
    stub = AuditServiceStub(tenant.admin)
    created = await stub.ListAuditEvents(pb.ListAuditEventsRequest(action="tenant.created"))
    assert [event.action for event in created.events] == ["tenant.created"]
    since, until = pb.ListAuditEventsRequest(), pb.ListAuditEventsRequest()
    since.since.FromDatetime(later)
    until.until.FromDatetime(later)
    assert len((await stub.ListAuditEvents(since)).events) == 1
    assert len((await stub.ListAuditEvents(until)).events) == 4


async def test_anybody_can_compute_a_rows_hash_from_what_is_listed(billing: Cloud) -> None:
    tenant = await with_keys(billing, 1)
    await sealed(tenant.admin)
    stub = AuditServiceStub(tenant.admin)
    event = (await stub.ListAuditEvents(pb.ListAuditEventsRequest(page_size=1))).events[0]
    row = AuditRow(
        tenant.uuid,
        UUID(event.entry_id),
        event.recorded_at.ToDatetime(UTC),
        event.actor_kind,
        event.actor_id,
        event.request_id,
        event.action,
        event.resource,
        dict(event.details),
    )
    sealed_at = event.sealed_at.ToDatetime(UTC)
    assert row_hash(row, event.seq, sealed_at, bytes.fromhex(event.prev_hash)).hex() == event.hash


async def test_the_vendor_reads_its_own_chain_and_each_tenants(billing: Cloud) -> None:
    tenant = await with_keys(billing, 0)
    stub = AuditServiceStub(billing.vendor)
    theirs = await stub.ListAuditEvents(pb.ListAuditEventsRequest(tenant_id=tenant.tenant_id))
    assert len(theirs.events) == 3
    found = await sealed(billing.vendor)
    assert (found.valid, found.rows) == (True, 2)
    own = (await stub.ListAuditEvents(pb.ListAuditEventsRequest())).events
    assert {(event.action, event.actor_kind) for event in own} == {
        ("signing_key.created", "service"),
        ("api_key.created", "operator"),
    }
    assert billing.vendor_key not in str(own)


async def test_a_reader_of_the_tenant_has_no_business_here(billing: Cloud) -> None:
    tenant = await with_keys(billing, 0)
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await AuditServiceStub(tenant.read).ListAuditEvents(pb.ListAuditEventsRequest())


async def test_a_long_chain_is_verified_in_parts(
    billing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await with_keys(billing, 7)
    await sealed(tenant.admin)
    monkeypatch.setattr(audit_service, "MAX_ROWS", 4)
    stub = AuditServiceStub(tenant.admin)
    whole = (await stub.GetAuditHead(pb.GetAuditHeadRequest())).head
    request = pb.VerifyAuditChainRequest(kept_heads=[whole.token])
    reached = []
    while True:
        found = await stub.VerifyAuditChain(request)
        assert found.valid
        reached.append(found.head.seq)
        request.after_head = found.head.token
        if found.complete:
            break
    assert reached == [4, 7, 10]


async def test_a_kept_head_has_to_be_genuine_and_of_this_chain(billing: Cloud) -> None:
    tenant, other = await with_keys(billing, 0), await with_keys(billing, 0)
    foreign = await AuditServiceStub(other.admin).GetAuditHead(pb.GetAuditHeadRequest())
    stub = AuditServiceStub(tenant.admin)
    for token, field in (
        (foreign.head.token, "kept_heads[1]"),
        ("no.such.token", "kept_heads[1]"),
    ):
        own = (await stub.GetAuditHead(pb.GetAuditHeadRequest())).head.token
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await stub.VerifyAuditChain(pb.VerifyAuditChainRequest(kept_heads=[own, token]))
        assert [each.field for each in errors[0].violations] == [field]
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await stub.VerifyAuditChain(pb.VerifyAuditChainRequest(after_head=foreign.head.token))
    assert [each.field for each in errors[0].violations] == ["after_head"]


async def test_an_empty_chain_has_a_head(fresh_billing: Cloud) -> None:
    async with fresh_billing.superuser() as connection:
        # in the order in which a sealer locks them
        await connection.execute("truncate audit_heads, audit_log")
    stub = AuditServiceStub(fresh_billing.vendor)
    head = (await stub.GetAuditHead(pb.GetAuditHeadRequest())).head
    assert (head.seq, head.hash) == (START.seq, START.hash.hex())
    found = await stub.VerifyAuditChain(
        pb.VerifyAuditChainRequest(kept_heads=[head.token], after_head=head.token)
    )
    assert (found.valid, found.complete, found.rows) == (True, True, 0)
