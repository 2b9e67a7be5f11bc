"""A device's identity: enrolled once per token, renewed with its key, retired for good."""

import asyncio
import base64
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from brinkbyte.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from brinkbyte.device.v1 import device_service_pb2 as pb
from brinkbyte.device.v1 import device_service_pb2_grpc as rpc
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mesh import tls
from tests.billing.audit.chains import rows
from tests.billing.cloud_harness import TRUST_DOMAIN, Cloud, Tenant, refused

SECOND = timedelta(seconds=1)


async def token_of(tenant: Tenant, ttl_seconds: int = 0) -> str:
    made = await rpc.DeviceServiceStub(tenant.admin).CreateEnrollmentToken(
        pb.CreateEnrollmentTokenRequest(ttl_seconds=ttl_seconds)
    )
    return made.enrollment_token


async def enroll(
    billing: Cloud, token: str, hardware_id: str | None = None, csr_pem: str | None = None
) -> pb.EnrollDeviceResponse:
    return await rpc.DeviceServiceStub(billing.anonymous).EnrollDevice(
        pb.EnrollDeviceRequest(
            enrollment_token=token,
            hardware_id=hardware_id or str(uuid4()),
            csr_pem=csr_pem or tls.create_csr(tls.generate_key()).decode(),
        )
    )


async def test_the_certificate_names_tenant_and_device(billing: Cloud) -> None:
    tenant = await billing.tenant()
    enrolled = await enroll(billing, await token_of(tenant))
    certificate = x509.load_pem_x509_certificate(enrolled.certificate_pem.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [
        f"spiffe://{TRUST_DOMAIN}/tenant/{tenant.uuid}/device/{enrolled.device_id}"
    ]
    assert enrolled.tenant_id == tenant.tenant_id
    lifetime = certificate.not_valid_after_utc - billing.clock.now()
    assert timedelta(hours=23, minutes=59) < lifetime <= timedelta(hours=24)
    assert enrolled.not_after.seconds == int(certificate.not_valid_after_utc.timestamp())
    assert enrolled.ca_pem.encode() == billing.authorities.server_ca.cert_pem


async def test_the_certificate_opens_the_mtls_listener(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    stub = catalog_service_pb2_grpc.CatalogServiceStub(device.channel)
    await stub.GetCatalog(catalog_service_pb2.GetCatalogRequest())


async def test_a_token_enrols_once_even_under_concurrency(billing: Cloud) -> None:
    tenant = await billing.tenant()
    token = await token_of(tenant)
    results = await asyncio.gather(
        *(enroll(billing, token) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(each, pb.EnrollDeviceResponse) for each in results) == 1
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "ENROLLMENT_TOKEN_INVALID"):
        await enroll(billing, token)


async def test_a_lost_answer_may_be_asked_for_again_with_the_same_key(
    fresh_billing: Cloud,
) -> None:
    tenant = await fresh_billing.tenant()
    token, key = await token_of(tenant, ttl_seconds=60), tls.generate_key()

    async def again(hardware_id: str = "hw", key_pem: bytes = key) -> pb.EnrollDeviceResponse:
        csr = tls.create_csr(key_pem).decode()
        return await enroll(fresh_billing, token, hardware_id, csr)

    first, second = await again(), await again()
    assert second.device_id == first.device_id
    told = [row["action"] for row in await rows(fresh_billing, tenant.uuid)]
    assert (told.count("device.enrolled"), told.count("device.renewed")) == (1, 1)
    certified = tls.certificate_public_key(second.certificate_pem.encode())
    assert tls.jwk_thumbprint(certified) == tls.jwk_thumbprint(
        tls.csr_public_key(tls.create_csr(key))
    )
    for other in (again(hardware_id="another"), again(key_pem=tls.generate_key())):
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "ENROLLMENT_TOKEN_INVALID"):
            await other
    fresh_billing.clock.advance(timedelta(seconds=60))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "ENROLLMENT_TOKEN_INVALID"):
        await again()


async def test_a_retired_device_does_not_come_back_with_its_old_token(billing: Cloud) -> None:
    tenant = await billing.tenant()
    token, csr = await token_of(tenant), tls.create_csr(tls.generate_key()).decode()
    enrolled = await enroll(billing, token, "hw", csr)
    await rpc.DeviceServiceStub(tenant.admin).RetireDevice(
        pb.RetireDeviceRequest(device_id=enrolled.device_id)
    )
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "ENROLLMENT_TOKEN_INVALID"):
        await enroll(billing, token, "hw", csr)


async def test_an_expired_token_is_refused(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    token = await token_of(tenant, ttl_seconds=60)
    fresh_billing.clock.advance(timedelta(seconds=60))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "ENROLLMENT_TOKEN_INVALID"):
        await enroll(fresh_billing, token)


async def test_tokens_that_are_over_do_not_pile_up(fresh_billing: Cloud) -> None:
    tenant = await fresh_billing.tenant()
    for _ in range(3):
        await token_of(tenant, ttl_seconds=60)
        fresh_billing.clock.advance(timedelta(seconds=60))
    async with fresh_billing.superuser() as connection:
        assert await connection.fetchval("select count(*) from enrollment_tokens") == 1


@pytest.mark.parametrize("token", ["x" * 16, "A" * 64, "ä" * 30, "=" * 64])
async def test_what_is_no_token_is_refused(billing: Cloud, token: str) -> None:
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "ENROLLMENT_TOKEN_INVALID"):
        await enroll(billing, token)


async def test_a_bad_csr_is_refused_and_leaves_the_token_unspent(billing: Cloud) -> None:
    token = await token_of(await billing.tenant())
    bad = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await enroll(billing, token, csr_pem=bad)
    assert errors[0].violations[0].field == "csr_pem"
    await enroll(billing, token)


async def test_the_same_hardware_keeps_its_device_id_and_gets_its_new_key(
    billing: Cloud,
) -> None:
    tenant = await billing.tenant()
    first = await billing.device(tenant, "chassis-1")
    second = await billing.device(tenant, "chassis-1")
    assert second.device_id == first.device_id
    stub = rpc.DeviceServiceStub(second.channel)
    async with refused(grpc.StatusCode.INVALID_ARGUMENT):
        await stub.RenewCertificate(
            pb.RenewCertificateRequest(csr_pem=tls.create_csr(first.key_pem).decode())
        )
    elsewhere = await billing.device(await billing.tenant(), "chassis-1")
    assert elsewhere.device_id != first.device_id


async def test_renewal_keeps_the_key_and_refuses_another(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    stub = rpc.DeviceServiceStub(device.channel)
    renewed = await stub.RenewCertificate(
        pb.RenewCertificateRequest(csr_pem=tls.create_csr(device.key_pem).decode())
    )
    key = tls.certificate_public_key(renewed.certificate_pem.encode())
    assert tls.jwk_thumbprint(key) == device.thumbprint
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await stub.RenewCertificate(
            pb.RenewCertificateRequest(csr_pem=tls.create_csr(tls.generate_key()).decode())
        )
    assert errors[0].violations[0].field == "csr_pem"


async def test_a_retired_device_is_out_within_a_second(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant, "to-retire")
    stub = rpc.DeviceServiceStub(device.channel)
    csr = pb.RenewCertificateRequest(csr_pem=tls.create_csr(device.key_pem).decode())
    await stub.RenewCertificate(csr)
    admin = rpc.DeviceServiceStub(tenant.admin)
    retired = await admin.RetireDevice(pb.RetireDeviceRequest(device_id=device.device_id))
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await stub.RenewCertificate(csr)
    billing.clock.advance(SECOND)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REVOKED"):
        await catalog_service_pb2_grpc.CatalogServiceStub(device.channel).GetCatalog(
            catalog_service_pb2.GetCatalogRequest()
        )
    again = await admin.RetireDevice(pb.RetireDeviceRequest(device_id=device.device_id))
    assert again.retired_at == retired.retired_at
    assert (await billing.device(tenant, "to-retire")).device_id != device.device_id


async def test_another_tenants_device_cannot_be_retired(billing: Cloud) -> None:
    device = await billing.device(await billing.tenant())
    stub = rpc.DeviceServiceStub((await billing.tenant()).admin)
    async with refused(grpc.StatusCode.NOT_FOUND) as errors:
        await stub.RetireDevice(pb.RetireDeviceRequest(device_id=device.device_id))
    assert errors[0].metadata["resource"] == "device"


async def test_the_plans_ten_devices_hold_under_concurrency(billing: Cloud) -> None:
    tenant = await billing.tenant()
    tokens = [await token_of(tenant) for _ in range(15)]
    results = await asyncio.gather(
        *(enroll(billing, token) for token in tokens), return_exceptions=True
    )
    enrolled = [each for each in results if isinstance(each, pb.EnrollDeviceResponse)]
    assert len(enrolled) == 10
    async with refused(grpc.StatusCode.FAILED_PRECONDITION, "DEVICE_LIMIT_REACHED"):
        await enroll(billing, await token_of(tenant))
    await rpc.DeviceServiceStub(tenant.admin).RetireDevice(
        pb.RetireDeviceRequest(device_id=enrolled[0].device_id)
    )
    await enroll(billing, await token_of(tenant))


async def test_a_csr_that_only_the_parser_understands_is_invalid(billing: Cloud) -> None:
    """A version and a signature algorithm that nobody knows."""
    der = bytearray(
        x509.load_pem_x509_csr(tls.create_csr(tls.generate_key())).public_bytes(
            serialization.Encoding.DER
        )
    )
    algorithm = der.rfind(bytes.fromhex("2a8648ce3d040302"))
    for position, value in ((der.find(b"\x02\x01\x00") + 2, 9), (algorithm + 7, 0x7F)):
        broken = bytearray(der)
        broken[position] = value
        body = base64.encodebytes(broken).decode()
        csr = f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"
        async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
            await enroll(billing, await token_of(await billing.tenant()), csr_pem=csr)
        assert errors[0].violations[0].field == "csr_pem"
