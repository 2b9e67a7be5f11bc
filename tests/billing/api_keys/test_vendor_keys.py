"""The vendor's own keys: made, listed, rotated and ended, and never all of them."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import grpc
import pytest
from brinkbyte.audit.v1 import audit_service_pb2, audit_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from brinkbyte.vendor.v1 import vendor_key_service_pb2 as pb
from brinkbyte.vendor.v1 import vendor_key_service_pb2_grpc as rpc

from billing.access.bootstrap import ensure_vendor_key
from mesh.database import Role
from tests.billing.cloud_harness import Cloud, refused

SECOND = timedelta(seconds=1)


async def works(cloud: Cloud, api_key: str) -> None:
    """Does what a vendor's key alone does."""
    stub = tenant_service_pb2_grpc.TenantServiceStub(cloud.with_key(api_key))
    await stub.CreateTenant(
        tenant_service_pb2.CreateTenantRequest(
            email=f"{uuid4().hex}@example.test", company_name="A"
        )
    )


async def make(cloud: Cloud, **fields: object) -> pb.CreateVendorKeyResponse:
    cloud.clock.advance(SECOND)
    return await rpc.VendorKeyServiceStub(cloud.vendor).CreateVendorKey(
        pb.CreateVendorKeyRequest(**fields)
    )


async def listed(cloud: Cloud) -> dict[str, pb.VendorKey]:
    found = await rpc.VendorKeyServiceStub(cloud.vendor).ListVendorKeys(pb.ListVendorKeysRequest())
    return {key.key_id: key for key in found.keys}


async def rotate(cloud: Cloud, key_id: str, overlap: int = 600) -> pb.RotateVendorKeyResponse:
    return await rpc.VendorKeyServiceStub(cloud.vendor).RotateVendorKey(
        pb.RotateVendorKeyRequest(key_id=key_id, overlap_seconds=overlap)
    )


async def revoke(
    cloud: Cloud, key_id: str, by: grpc.aio.Channel | None = None
) -> pb.RevokeVendorKeyResponse:
    return await rpc.VendorKeyServiceStub(by or cloud.vendor).RevokeVendorKey(
        pb.RevokeVendorKeyRequest(key_id=key_id)
    )


async def first_key(cloud: Cloud) -> str:
    """The id of the key that the server began with."""
    return next(iter(await listed(cloud)))


async def test_a_list_shows_enough_to_recognise_a_key_and_never_the_key(
    fresh_billing: Cloud,
) -> None:
    key = await make(fresh_billing, display_name="back office")
    shown = (await listed(fresh_billing))[key.key_id]
    assert (shown.prefix, shown.display_name) == (key.api_key[:12], "back office")
    assert not shown.HasField("last_used_at")
    assert not shown.HasField("expires_at")
    await works(fresh_billing, key.api_key)
    first, made = (await listed(fresh_billing)).values()
    now = fresh_billing.clock.now().timestamp()
    assert abs(made.last_used_at.seconds - now) <= 60
    assert first.prefix
    assert fresh_billing.vendor_key.startswith(first.prefix)
    assert len(fresh_billing.vendor_key) - len(first.prefix) >= 32
    assert key.api_key not in str(await listed(fresh_billing))


async def test_keys_come_in_pages(fresh_billing: Cloud) -> None:
    for _ in range(4):
        await make(fresh_billing)
    stub, token, seen = rpc.VendorKeyServiceStub(fresh_billing.vendor), "", list[str]()
    for _ in range(3):
        page = await stub.ListVendorKeys(pb.ListVendorKeysRequest(page_size=2, page_token=token))
        seen += [key.key_id for key in page.keys]
        token = page.next_page_token
    assert seen == list(await listed(fresh_billing))
    assert (len(seen), token) == (5, "")


async def test_a_rotated_key_works_through_its_overlap_and_no_longer(fresh_billing: Cloud) -> None:
    old = await make(fresh_billing, display_name="ci")
    new = await rotate(fresh_billing, old.key_id, 600)
    keys = await listed(fresh_billing)
    assert keys[old.key_id].replaced_by == new.key_id
    assert keys[old.key_id].expires_at == new.old_key_expires_at
    assert keys[new.key_id].display_name == "ci"
    assert not keys[new.key_id].HasField("expires_at")
    fresh_billing.clock.advance(timedelta(seconds=599))
    await works(fresh_billing, old.api_key)
    await works(fresh_billing, new.api_key)
    fresh_billing.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await works(fresh_billing, old.api_key)
    await works(fresh_billing, new.api_key)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await rotate(fresh_billing, old.key_id)


async def test_a_key_is_rotated_once_and_never_without_an_overlap(fresh_billing: Cloud) -> None:
    old = await make(fresh_billing)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await rotate(fresh_billing, old.key_id, 59)
    assert errors[0].violations[0].field == "overlap_seconds"
    outcomes = await asyncio.gather(
        *(rotate(fresh_billing, old.key_id) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, pb.RotateVendorKeyResponse) for each in outcomes) == 1
    assert len(await listed(fresh_billing)) == 3


async def test_a_key_expires_and_its_successor_lives_as_long(fresh_billing: Cloud) -> None:
    key = await make(fresh_billing, expires_in_seconds=3600)
    fresh_billing.clock.advance(timedelta(minutes=59))
    new = await rotate(fresh_billing, key.key_id, 7200)
    assert new.old_key_expires_at == (await listed(fresh_billing))[key.key_id].expires_at
    fresh_billing.clock.advance(timedelta(minutes=1))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await works(fresh_billing, key.api_key)
    fresh_billing.clock.advance(timedelta(minutes=58))
    await works(fresh_billing, new.api_key)
    fresh_billing.clock.advance(timedelta(minutes=1))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await works(fresh_billing, new.api_key)


async def test_a_revoked_key_stops_within_a_second_and_stays_ended(fresh_billing: Cloud) -> None:
    key = await make(fresh_billing)
    await works(fresh_billing, key.api_key)
    first = await revoke(fresh_billing, key.key_id)
    fresh_billing.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await works(fresh_billing, key.api_key)
    assert (await revoke(fresh_billing, key.key_id)).revoked_at == first.revoked_at
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await rotate(fresh_billing, key.key_id)
    await ensure_vendor_key(fresh_billing.server.db, key.api_key, fresh_billing.clock)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await works(fresh_billing, key.api_key)


async def test_the_last_key_without_an_end_is_kept(fresh_billing: Cloud) -> None:
    first = await first_key(fresh_billing)
    brief = await make(fresh_billing, expires_in_seconds=60)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT") as errors:
        await revoke(fresh_billing, first)
    assert "last key" in str(errors[0])
    await works(fresh_billing, fresh_billing.vendor_key)
    await revoke(fresh_billing, brief.key_id)
    second = await make(fresh_billing)
    await revoke(fresh_billing, first)
    other = fresh_billing.with_key(second.api_key)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await revoke(fresh_billing, second.key_id, other)


async def test_the_successor_of_the_last_key_is_kept_in_its_place(fresh_billing: Cloud) -> None:
    first = await first_key(fresh_billing)
    new = await rotate(fresh_billing, first)
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT"):
        await revoke(fresh_billing, new.key_id)
    await revoke(fresh_billing, first)
    await works(fresh_billing, new.api_key)


async def test_two_who_revoke_at_once_leave_one_key(fresh_billing: Cloud) -> None:
    first = await first_key(fresh_billing)
    others = [(await make(fresh_billing)).key_id for _ in range(4)]
    await asyncio.gather(
        *(revoke(fresh_billing, key_id) for key_id in [first, *others]), return_exceptions=True
    )
    async with fresh_billing.superuser() as connection:
        left = await connection.fetchval(
            "select count(*) from vendor_api_keys where revoked_at is null"
        )
    assert left == 1


async def test_a_key_that_does_not_exist_is_not_found(billing: Cloud) -> None:
    for call in (revoke, rotate):
        async with refused(grpc.StatusCode.NOT_FOUND):
            await call(billing, str(uuid4()))


async def test_nobody_but_the_vendor_touches_them(billing: Cloud) -> None:
    tenant, first = await billing.tenant(), await first_key(billing)
    before = await listed(billing)
    through_gateway = billing.as_service("gateway", tenant.admin_key)
    for channel in (tenant.admin, tenant.read, through_gateway):
        stub = rpc.VendorKeyServiceStub(channel)
        for call, request in (
            (stub.CreateVendorKey, pb.CreateVendorKeyRequest()),
            (stub.ListVendorKeys, pb.ListVendorKeysRequest()),
            (stub.RotateVendorKey, pb.RotateVendorKeyRequest(key_id=first, overlap_seconds=60)),
            (stub.RevokeVendorKey, pb.RevokeVendorKeyRequest(key_id=first)),
        ):
            async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
                await call(request)
    assert (await listed(billing)).keys() == before.keys()


async def test_a_tenants_administrator_does_not_reach_them_as_keys_of_a_tenant(
    billing: Cloud,
) -> None:
    tenant, first = await billing.tenant(), await first_key(billing)
    stub = tenant_service_pb2_grpc.TenantServiceStub(tenant.admin)
    named = {"tenant_id": tenant.tenant_id, "key_id": first}
    async with refused(grpc.StatusCode.NOT_FOUND):
        await stub.RevokeApiKey(tenant_service_pb2.RevokeApiKeyRequest(**named))
    async with refused(grpc.StatusCode.NOT_FOUND):
        await stub.RotateApiKey(tenant_service_pb2.RotateApiKeyRequest(**named))


@pytest.mark.parametrize("role", [Role.APP, Role.WORKER])
async def test_the_database_shows_them_to_the_vendors_role_alone(
    billing: Cloud, role: Role
) -> None:
    connection = await asyncpg.connect(billing.dsns[role])
    try:
        for statement in (
            "select from vendor_api_keys",
            "update vendor_api_keys set revoked_at = now()",
            "delete from vendor_api_keys",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_every_step_is_in_the_vendors_own_chain(fresh_billing: Cloud) -> None:
    key = await make(fresh_billing)
    fresh_billing.clock.advance(SECOND)
    new = await rotate(fresh_billing, key.key_id, 60)
    fresh_billing.clock.advance(SECOND)
    await revoke(fresh_billing, new.key_id)
    await revoke(fresh_billing, new.key_id)
    audit = audit_service_pb2_grpc.AuditServiceStub(fresh_billing.vendor)
    found = await audit.ListAuditEvents(audit_service_pb2.ListAuditEventsRequest(page_size=3))
    told = [(event.action, event.resource) for event in reversed(found.events)]
    assert told == [
        ("api_key.created", f"api_key/{key.key_id}"),
        ("api_key.rotated", f"api_key/{key.key_id}"),
        ("api_key.revoked", f"api_key/{new.key_id}"),
    ]
    rotated = found.events[1].details
    assert new.key_id in str(rotated)
    assert new.api_key not in str(found)
    by = await first_key(fresh_billing)
    assert {event.actor_id for event in found.events} == {by}
