"""Which client certificates are refused, over real TLS."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from brinkbyte.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mesh import tls
from mesh.clock import SystemClock
from mesh.spiffe import spiffe_device
from tests.billing.cloud_harness import TRUST_DOMAIN, Cloud, Device, refused

HOUR = timedelta(hours=1)


def certificate(
    ca: tls.KeyPair,
    names: Sequence[x509.GeneralName] | None,
    key_pem: bytes,
    begins: timedelta = -HOUR,
    ends: timedelta = HOUR,
) -> bytes:
    """A certificate for the key with these alternative names, None for no such extension."""
    issuer = x509.load_pem_x509_certificate(ca.cert_pem)
    signer = load_pem_private_key(ca.key_pem, None)
    subject = load_pem_private_key(key_pem, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    assert isinstance(subject, ec.EllipticCurvePrivateKey)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")]))
        .issuer_name(issuer.subject)
        .public_key(subject.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.sign(signer, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


async def use(billing: Cloud, certificate_pem: bytes, key_pem: bytes) -> None:
    stub = catalog_service_pb2_grpc.CatalogServiceStub(
        billing.with_certificate(certificate_pem, key_pem)
    )
    await stub.GetCatalog(catalog_service_pb2.GetCatalogRequest())


def uri(device: Device, trust_domain: str = TRUST_DOMAIN) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(
        spiffe_device(trust_domain, device.tenant.uuid, device.uuid)
    )


@pytest.fixture(scope="module")
async def device(billing: Cloud) -> Device:
    return await billing.device(await billing.tenant())


async def test_this_is_how_a_good_one_looks(billing: Cloud, device: Device) -> None:
    ca = billing.authorities.device_ca
    await use(billing, certificate(ca, [uri(device)], device.key_pem), device.key_pem)


@pytest.mark.parametrize(
    ("begins", "ends"), [(-2 * HOUR, -HOUR), (HOUR, 2 * HOUR)], ids=["expired", "not yet valid"]
)
async def test_outside_its_time_no_handshake_succeeds(
    billing: Cloud, device: Device, begins: timedelta, ends: timedelta
) -> None:
    ca = billing.authorities.device_ca
    pem = certificate(ca, [uri(device)], device.key_pem, begins, ends)
    async with refused(grpc.StatusCode.UNAVAILABLE):
        await use(billing, pem, device.key_pem)


async def test_an_unknown_authority_opens_nothing(billing: Cloud, device: Device) -> None:
    stranger = tls.create_ca("BrinkByte devices", SystemClock())
    pem = certificate(stranger, [uri(device)], device.key_pem)
    async with refused(grpc.StatusCode.UNAVAILABLE):
        await use(billing, pem, device.key_pem)


async def test_only_one_uri_is_a_name(billing: Cloud, device: Device) -> None:
    ca, dns = billing.authorities.device_ca, x509.DNSName("device.example.test")
    other = await billing.device(device.tenant)
    for names in (
        None,
        [dns],
        [uri(device), uri(other)],
        [uri(device), dns],
        [uri(device, "elsewhere")],
        [x509.UniformResourceIdentifier(f"https://{TRUST_DOMAIN}/device/{device.device_id}")],
        [x509.UniformResourceIdentifier(uri(device).value + "/more")],
    ):
        pem = certificate(ca, names, device.key_pem)
        async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
            await use(billing, pem, device.key_pem)


async def test_a_key_on_a_connection_does_not_hide_a_bad_certificate(
    billing: Cloud, device: Device
) -> None:
    pem = certificate(billing.authorities.device_ca, [uri(device, "elsewhere")], device.key_pem)
    channel = billing.with_certificate(pem, device.key_pem, device.tenant.admin_key)
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await catalog_service_pb2_grpc.CatalogServiceStub(channel).GetCatalog(
            catalog_service_pb2.GetCatalogRequest()
        )
