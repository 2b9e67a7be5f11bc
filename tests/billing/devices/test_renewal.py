"""A device whose certificate opens nothing any more renews with the key that it enrolled."""

import base64
from datetime import timedelta

import grpc
import pytest
from brinkbyte.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from brinkbyte.device.v1 import device_service_pb2 as pb
from brinkbyte.device.v1 import device_service_pb2_grpc as rpc

from mesh import tls
from mesh.certificate import certificate_facts
from mesh.channel import channel
from mesh.proof import renewal_statement
from mesh.spiffe import spiffe_device
from tests.billing.cloud_harness import TRUST_DOMAIN, Cloud, Device, refused, running_cloud


async def nonce_for(billing: Cloud, device: Device) -> str:
    uri = spiffe_device(TRUST_DOMAIN, device.tenant.uuid, device.uuid)
    stub = rpc.DeviceServiceStub(billing.anonymous)
    return (await stub.GetRenewalNonce(pb.GetRenewalNonceRequest(spiffe_id=uri))).nonce


def request(key_pem: bytes, nonce: str, **changes: object) -> pb.RenewExpiredCertificateRequest:
    csr = tls.create_csr(key_pem).decode()
    signature = tls.sign(key_pem, renewal_statement(nonce, csr))
    fields = {"nonce": nonce, "csr_pem": csr, "signature": signature} | changes
    return pb.RenewExpiredCertificateRequest(**fields)


async def renew(
    billing: Cloud, wanted: pb.RenewExpiredCertificateRequest
) -> pb.RenewExpiredCertificateResponse:
    return await rpc.DeviceServiceStub(billing.anonymous).RenewExpiredCertificate(wanted)


async def test_days_after_its_certificate_ended_a_device_is_back(fresh_billing: Cloud) -> None:
    device = await fresh_billing.device(await fresh_billing.tenant())
    fresh_billing.clock.advance(timedelta(days=9))
    async with refused(grpc.StatusCode.UNAUTHENTICATED):
        await catalog_service_pb2_grpc.CatalogServiceStub(device.channel).GetCatalog(
            catalog_service_pb2.GetCatalogRequest()
        )
    async with channel(
        f"127.0.0.1:{fresh_billing.server.ports.api}",
        root_ca=fresh_billing.authorities.server_ca.cert_pem,
    ) as api:
        stub = rpc.DeviceServiceStub(api)
        uri = certificate_facts(device.certificate_pem).uri
        given = await stub.GetRenewalNonce(pb.GetRenewalNonceRequest(spiffe_id=uri))
        renewed = await stub.RenewExpiredCertificate(request(device.key_pem, given.nonce))
    facts = certificate_facts(renewed.certificate_pem.encode())
    assert (facts.uri, facts.thumbprint) == (uri, device.thumbprint)
    assert facts.not_after.timestamp() == renewed.not_after.seconds


async def test_any_replica_takes_the_nonce_of_another(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    nonce = await nonce_for(billing, device)
    async with running_cloud(
        billing.authorities, billing.dsns, billing.superuser_dsn, vendor_key=billing.vendor_key
    ) as other:
        await renew(other, request(device.key_pem, nonce))


async def test_every_refusal_for_good_has_the_same_words(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device, retired = await billing.device(tenant, "replaced"), await billing.device(tenant)
    await rpc.DeviceServiceStub(tenant.admin).RetireDevice(
        pb.RetireDeviceRequest(device_id=retired.device_id)
    )
    former_key = device.key_pem
    device = await billing.device(tenant, "replaced")
    stub = rpc.DeviceServiceStub(billing.anonymous)
    nobody = spiffe_device(TRUST_DOMAIN, tenant.uuid, tenant.uuid)
    nowhere = await stub.GetRenewalNonce(pb.GetRenewalNonceRequest(spiffe_id=nobody))
    nonce, other = await nonce_for(billing, device), await nonce_for(billing, retired)
    other_csr = tls.create_csr(device.key_pem, "elsewhere").decode()
    words = set()
    for wanted in (
        request(device.key_pem, nowhere.nonce),
        request(retired.key_pem, other),
        request(tls.generate_key(), nonce),
        request(former_key, nonce),
        request(device.key_pem, nonce, csr_pem=other_csr),
        request(device.key_pem, nonce, signature=b"not a signature"),
        request(device.key_pem, nonce, signature=tls.sign(device.key_pem, nonce.encode())),
    ):
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED") as errors:
            await renew(billing, wanted)
        words.add((errors[0].message, str(errors[0].metadata)))
    assert len(words) == 1
    await renew(billing, request(device.key_pem, nonce))


async def test_a_nonce_is_ours_for_one_device_and_two_minutes(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    device, other = await fresh_billing.device(tenant), await fresh_billing.device(tenant)
    nonce = await nonce_for(fresh_billing, device)
    raw = bytearray(base64.urlsafe_b64decode(nonce))
    raw[16:32] = other.uuid.bytes
    later = bytearray(base64.urlsafe_b64decode(nonce))
    later[32] |= 1
    for forged in (raw, later, b"x" * 72):
        text = base64.urlsafe_b64encode(forged).decode()
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
            await renew(fresh_billing, request(other.key_pem, text))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await renew(fresh_billing, request(other.key_pem, nonce))
    fresh_billing.clock.advance(timedelta(minutes=2))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await renew(fresh_billing, request(device.key_pem, nonce))


@pytest.mark.parametrize(
    "spiffe_id",
    [
        "device",
        "spiffe://elsewhere/tenant/0190a000-0000-7000-8000-000000000001"
        "/device/0190a000-0000-7000-8000-000000000002",
        f"spiffe://{TRUST_DOMAIN}/service/gateway",
    ],
)
async def test_a_nonce_is_for_a_device_of_ours(billing: Cloud, spiffe_id: str) -> None:
    stub = rpc.DeviceServiceStub(billing.anonymous)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await stub.GetRenewalNonce(pb.GetRenewalNonceRequest(spiffe_id=spiffe_id))
    assert errors[0].violations[0].field == "spiffe_id"
