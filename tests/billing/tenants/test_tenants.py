"""Accounts: made once, found by every name, listed to the vendor alone."""

import asyncio
from datetime import timedelta

import grpc
from brinkbyte.tenant.v1 import tenant_service_pb2 as pb
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as rpc

from tests.billing.cloud_harness import Cloud, refused


def vendor(billing: Cloud) -> rpc.TenantServiceStub:
    return rpc.TenantServiceStub(billing.vendor)


async def test_a_tenant_is_found_by_id_uuid_and_alias(billing: Cloud) -> None:
    tenant = await billing.tenant("Roads Ltd", aliases=("old-77", "legacy:roads"))
    names = (tenant.tenant_id, str(tenant.uuid), "old-77", "legacy:roads")
    for stub in (vendor(billing), rpc.TenantServiceStub(tenant.admin)):
        for name in names:
            found = await stub.GetTenant(pb.GetTenantRequest(tenant_id=name))
            assert found.tenant.tenant_id == tenant.tenant_id
            assert list(found.tenant.aliases) == ["legacy:roads", "old-77"]
            assert found.tenant.company_name == "Roads Ltd"


async def test_another_tenant_looks_like_none(billing: Cloud) -> None:
    mine, other = await billing.tenant(), await billing.tenant(aliases=("the-other",))
    stub = rpc.TenantServiceStub(mine.admin)
    for name in (other.tenant_id, str(other.uuid), "the-other", "nobody", "cust_" + "0" * 32):
        async with refused(grpc.StatusCode.NOT_FOUND) as errors:
            await stub.GetTenant(pb.GetTenantRequest(tenant_id=name))
        assert errors[0].message == "tenant not found"


async def test_an_email_belongs_to_one_tenant_whatever_its_case(billing: Cloud) -> None:
    await vendor(billing).CreateTenant(
        pb.CreateTenantRequest(email="Ann@Example.test", company_name="A")
    )
    async with refused(grpc.StatusCode.ALREADY_EXISTS) as errors:
        await vendor(billing).CreateTenant(
            pb.CreateTenantRequest(email="ann@example.test", company_name="B")
        )
    assert errors[0].metadata["resource"] == "email"


async def test_an_alias_belongs_to_one_tenant_and_a_refusal_leaves_nothing(
    billing: Cloud,
) -> None:
    await billing.tenant(aliases=("shared",))
    request = pb.CreateTenantRequest(
        email="left@example.test", company_name="B", aliases=["free", "shared"]
    )
    async with refused(grpc.StatusCode.ALREADY_EXISTS) as errors:
        await vendor(billing).CreateTenant(request)
    assert errors[0].metadata["resource"] == "alias"
    del request.aliases[1]
    made = await vendor(billing).CreateTenant(request)
    assert made.tenant.email == "left@example.test"


async def test_an_alias_cannot_look_like_a_tenant_id(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await vendor(billing).CreateTenant(
            pb.CreateTenantRequest(
                email="spoof@example.test", company_name="S", aliases=[tenant.tenant_id]
            )
        )
    assert errors[0].violations[0].field == "aliases[0]"


async def test_lists_are_paged_for_the_vendor_and_hold_only_itself_for_a_tenant(
    fresh_billing: Cloud,
) -> None:
    made = []
    for _ in range(5):
        made.append((await fresh_billing.tenant()).tenant_id)
        fresh_billing.clock.advance(timedelta(milliseconds=1))
    seen, token = [], ""
    while True:
        page = await vendor(fresh_billing).ListTenants(
            pb.ListTenantsRequest(page_size=2, page_token=token)
        )
        assert len(page.tenants) <= 2
        seen += [tenant.tenant_id for tenant in page.tenants]
        token = page.next_page_token
        if not token:
            break
    assert seen == made
    tenant = await fresh_billing.tenant()
    own = await rpc.TenantServiceStub(tenant.read).ListTenants(pb.ListTenantsRequest())
    assert [each.tenant_id for each in own.tenants] == [tenant.tenant_id]


async def test_a_page_token_that_is_none_names_its_field(billing: Cloud) -> None:
    for token in ("x", "!!", "MTIzIG5vdC1hLXV1aWQ=", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5IGE="):
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await vendor(billing).ListTenants(pb.ListTenantsRequest(page_token=token))
        assert errors[0].violations[0].field == "page_token"


async def test_the_vendor_has_to_name_a_tenant(billing: Cloud) -> None:
    from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc

    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await license_service_pb2_grpc.LicenseServiceStub(billing.vendor).GetLicenseToken(
            license_service_pb2.GetLicenseTokenRequest()
        )
    assert errors[0].violations[0].field == "tenant_id"


async def test_concurrent_creation_with_one_email_makes_one_tenant(billing: Cloud) -> None:
    request = pb.CreateTenantRequest(email="race@example.test", company_name="R", aliases=["ra"])
    results = await asyncio.gather(
        *(vendor(billing).CreateTenant(request) for _ in range(10)), return_exceptions=True
    )
    made = [each for each in results if isinstance(each, pb.CreateTenantResponse)]
    assert len(made) == 1
    codes = {each.code() for each in results if isinstance(each, grpc.aio.AioRpcError)}
    assert codes == {grpc.StatusCode.ALREADY_EXISTS}
