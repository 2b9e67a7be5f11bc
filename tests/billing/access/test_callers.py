"""Which certificates may call which service, whatever keys come with them."""

import grpc
from brinkbyte.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.stats.v1 import stats_service_pb2, stats_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2 as pb
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as rpc
from brinkbyte.user.v1 import user_service_pb2, user_service_pb2_grpc
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc

from tests.billing.cloud_harness import Cloud, refused


async def list_tenants(channel: grpc.aio.Channel) -> None:
    await rpc.TenantServiceStub(channel).ListTenants(pb.ListTenantsRequest())


async def test_a_device_does_not_reach_the_account_side_even_with_the_vendors_key(
    billing: Cloud,
) -> None:
    device = await billing.device(await billing.tenant())
    for bearer in (None, device.tenant.admin_key, billing.vendor_key):
        channel = billing.with_certificate(device.certificate_pem, device.key_pem, bearer)
        async with refused(grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED") as errors:
            await list_tenants(channel)
        assert errors[0].metadata == {
            "caller": "device",
            "service": "brinkbyte.tenant.v1.TenantService",
        }
        async with refused(grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED"):
            await user_service_pb2_grpc.UserServiceStub(channel).SignIn(
                user_service_pb2.SignInRequest(account="a", email="e", password="p")
            )
        async with refused(grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED"):
            await channelz_pb2_grpc.ChannelzStub(channel).GetServers(
                channelz_pb2.GetServersRequest()
            )


async def test_the_gateway_reaches_it_for_others_and_alone_acts_for_nobody(billing: Cloud) -> None:
    await list_tenants(billing.as_service("gateway", billing.vendor_key))
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await list_tenants(billing.as_service("gateway"))


async def test_a_program_that_is_not_named_calls_nothing(billing: Cloud) -> None:
    channel = billing.as_service("reporting", billing.vendor_key)
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED"):
        await stats_service_pb2_grpc.StatsServiceStub(channel).GetStats(
            stats_service_pb2.GetStatsRequest()
        )


async def test_a_retired_device_gets_nowhere_with_somebody_elses_key(fresh_billing: Cloud) -> None:
    device = await fresh_billing.device(await fresh_billing.tenant())
    await device_service_pb2_grpc.DeviceServiceStub(device.tenant.admin).RetireDevice(
        device_service_pb2.RetireDeviceRequest(device_id=device.device_id)
    )
    channel = fresh_billing.with_certificate(
        device.certificate_pem, device.key_pem, device.tenant.admin_key
    )
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await catalog_service_pb2_grpc.CatalogServiceStub(channel).GetCatalog(
            catalog_service_pb2.GetCatalogRequest()
        )
