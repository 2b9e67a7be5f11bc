"""Keys and certificates: what they open, and how fast they close."""

from datetime import timedelta

import grpc
from brinkbyte.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from brinkbyte.stats.v1 import stats_service_pb2, stats_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2 as pb
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as rpc
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc

from billing.access.bootstrap import ensure_vendor_key
from mesh import tls
from mesh.spiffe import spiffe_device
from tests.billing.cloud_harness import TRUST_DOMAIN, Cloud, refused
from tests.billing.fleet.line import Line

SECOND = timedelta(seconds=1)


async def read_stats(channel: grpc.aio.Channel) -> stats_service_pb2.GetStatsResponse:
    stub = stats_service_pb2_grpc.StatsServiceStub(channel)
    return await stub.GetStats(stats_service_pb2.GetStatsRequest())


async def read_catalog(channel: grpc.aio.Channel) -> None:
    stub = catalog_service_pb2_grpc.CatalogServiceStub(channel)
    await stub.GetCatalog(catalog_service_pb2.GetCatalogRequest())


async def test_a_revoked_key_stops_within_a_second(billing: Cloud) -> None:
    tenant = await billing.tenant()
    key = await billing.new_key(tenant.tenant_id, pb.API_KEY_ROLE_TENANT_READ)
    channel = billing.with_key(key.api_key)
    await read_stats(channel)
    stub = rpc.TenantServiceStub(billing.vendor)
    request = pb.RevokeApiKeyRequest(tenant_id=tenant.tenant_id, key_id=key.key_id)
    first = await stub.RevokeApiKey(request)
    billing.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await read_stats(channel)
    again = await stub.RevokeApiKey(request)
    assert again.revoked_at == first.revoked_at


async def test_only_the_hash_of_a_key_is_kept(billing: Cloud) -> None:
    tenant = await billing.tenant()
    key = await billing.new_key(tenant.tenant_id, pb.API_KEY_ROLE_TENANT_READ)
    secret = key.api_key.removeprefix("bbk_")
    async with billing.superuser() as connection:
        tables = await connection.fetch(
            "select c.oid::regclass::text as name from pg_class c "
            "where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        for table in tables:
            found = await connection.fetchval(
                f"select count(*) from {table['name']} t where t::text like $1", f"%{secret}%"
            )
            assert found == 0, table["name"]


async def test_an_unknown_key_is_refused(billing: Cloud) -> None:
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await read_stats(billing.with_key("bbk_" + "a" * 43))


async def test_a_key_that_does_not_exist_cannot_be_revoked(billing: Cloud) -> None:
    tenant, other = await billing.tenant(), await billing.tenant()
    key = await billing.new_key(other.tenant_id, pb.API_KEY_ROLE_TENANT_READ)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await rpc.TenantServiceStub(billing.vendor).RevokeApiKey(
            pb.RevokeApiKeyRequest(tenant_id=tenant.tenant_id, key_id=key.key_id)
        )


async def test_the_vendors_key_can_be_registered_again(billing: Cloud) -> None:
    await ensure_vendor_key(billing.server.db, billing.vendor_key, billing.clock)
    await read_stats(billing.vendor)
    async with billing.superuser() as connection:
        assert await connection.fetchval("select count(*) from vendor_api_keys") == 1


async def test_use_of_a_key_is_recorded_to_the_minute(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await read_stats(tenant.admin)
    async with billing.superuser() as connection:
        used = await connection.fetchval(
            "select last_used_at from api_keys where tenant_id = $1 and role = 'tenant_admin'",
            tenant.uuid,
        )
    assert abs(used - billing.clock.now()) <= timedelta(minutes=1)


async def test_a_service_certificate_grants_nothing_but_forwards_a_key(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await read_stats(billing.as_service("gateway"))
    await read_stats(billing.as_service("gateway", tenant.admin_key))


async def test_a_certificate_of_another_trust_domain_is_refused(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    uri = spiffe_device("elsewhere", device.tenant.uuid, device.uuid)
    pair = tls.issue_client(billing.authorities.device_ca, uri, clock=billing.clock)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await read_stats(billing.with_certificate(pair.cert_pem, pair.key_pem))


async def test_a_certificate_cannot_claim_another_tenants_device(billing: Cloud) -> None:
    device, other = await billing.device(await billing.tenant()), await billing.tenant()
    uri = spiffe_device(TRUST_DOMAIN, other.uuid, device.uuid)
    pair = tls.issue_client(billing.authorities.device_ca, uri, clock=billing.clock)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await read_stats(billing.with_certificate(pair.cert_pem, pair.key_pem))


async def test_hardware_enrolled_anew_locks_its_former_key_out(billing: Cloud) -> None:
    """A copy of the disk keeps a certificate for the same device id, with the old key."""
    tenant = await billing.tenant()
    copied = await billing.device(tenant, "chassis")
    await read_catalog(copied.channel)
    line = await Line.open(copied.channel)
    genuine = await billing.device(tenant, "chassis")
    assert genuine.device_id == copied.device_id
    billing.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await read_catalog(copied.channel)
    await line.status("written by the copy")
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await line.end()
    await read_catalog(genuine.channel)


async def test_a_certificate_with_another_key_is_no_device(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    uri = spiffe_device(TRUST_DOMAIN, device.tenant.uuid, device.uuid)
    pair = tls.issue_client(billing.authorities.device_ca, uri, clock=billing.clock)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await read_catalog(billing.with_certificate(pair.cert_pem, pair.key_pem))


async def test_a_certificate_ends_on_an_open_connection_too(fresh_billing: Cloud) -> None:
    device = await fresh_billing.device(await fresh_billing.tenant())
    await read_catalog(device.channel)
    fresh_billing.clock.advance(timedelta(hours=24, seconds=1))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await read_catalog(device.channel)


async def test_a_tenants_key_does_not_see_who_is_connected(billing: Cloud) -> None:
    tenant = await billing.tenant()
    request = channelz_pb2.GetServersRequest()
    assert (await channelz_pb2_grpc.ChannelzStub(billing.vendor).GetServers(request)).server
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await channelz_pb2_grpc.ChannelzStub(tenant.admin).GetServers(request)
