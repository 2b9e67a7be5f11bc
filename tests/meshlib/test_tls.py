"""Certificates and SPIFFE ids."""

import base64
import random
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mesh import tls
from mesh.certificate import certificate_facts
from mesh.clock import ManualClock
from mesh.errors import InvalidArgument, Unauthenticated
from mesh.spiffe import (
    DeviceIdentity,
    ServiceIdentity,
    parse_spiffe,
    spiffe_device,
    spiffe_service,
)

TENANT = UUID("0192f0c0-0000-7000-8000-000000000001")
DEVICE = UUID("0192f0c0-0000-7000-8000-000000000002")
URI = spiffe_device("mesh.test", TENANT, DEVICE)


@pytest.fixture
def clock(noon):
    return ManualClock(noon)


def test_a_device_certificate_lasts_a_day_and_names_only_its_spiffe_id(clock, noon):
    ca = tls.create_ca("ca", clock)
    key = tls.generate_key()
    pem = tls.sign_client(ca, tls.create_csr(key, "evil, CN=admin"), URI, clock=clock)
    certificate = x509.load_pem_x509_certificate(pem)
    assert certificate.not_valid_after_utc == noon + timedelta(hours=24)
    assert certificate.not_valid_before_utc < noon
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.UniformResourceIdentifier(URI)]
    assert "admin" not in certificate.subject.rfc4514_string()
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert constraints.ca is False
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(ca.cert_pem))


def test_renewing_with_the_same_key_keeps_the_thumbprint(clock):
    ca = tls.create_ca("ca", clock)
    key = tls.generate_key()
    thumbprints = set()
    for _ in range(2):
        pem = tls.sign_client(ca, tls.create_csr(key), URI, clock=clock)
        thumbprints.add(tls.jwk_thumbprint(tls.certificate_public_key(pem)))
        clock.advance(timedelta(hours=12))
    assert len(thumbprints) == 1


def test_the_thumbprint_of_rfc_7638_section_3_1():
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
        "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
        "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4"
        "vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    import base64

    modulus = int.from_bytes(base64.urlsafe_b64decode(n + "=="))
    key = rsa.RSAPublicNumbers(65537, modulus).public_key()
    assert tls.jwk_thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def request_with(key) -> bytes:
    name = x509.Name([])
    built = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.PEM)


def forged_request() -> bytes:
    """A request whose signature was made over other bytes."""
    der = x509.load_pem_x509_csr(tls.create_csr(tls.generate_key())).public_bytes(
        serialization.Encoding.DER
    )
    tampered = der.replace(b"client", b"cliend")
    return x509.load_der_x509_csr(tampered).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    "csr",
    [
        b"",
        b"not pem",
        request_with(rsa.generate_private_key(65537, 2048)),
        request_with(ec.generate_private_key(ec.SECP384R1())),
        forged_request(),
    ],
    ids=["empty", "garbage", "rsa", "p384", "forged"],
)
def test_a_request_that_proves_nothing_is_refused(clock, csr):
    ca = tls.create_ca("ca", clock)
    with pytest.raises(InvalidArgument):
        tls.sign_client(ca, csr, URI, clock=clock)


def test_a_signature_proves_possession_of_the_key():
    key, other = tls.generate_key(), tls.generate_key()
    public = tls.csr_public_key(tls.create_csr(key))
    signature = tls.sign(key, b"nonce")
    assert tls.signature_holds(public, b"nonce", signature)
    assert not tls.signature_holds(public, b"other", signature)
    assert not tls.signature_holds(public, b"nonce", tls.sign(other, b"nonce"))


def test_spiffe_ids_round_trip():
    assert parse_spiffe(URI) == DeviceIdentity("mesh.test", TENANT, DEVICE)
    service = spiffe_service("mesh.test", "gateway")
    assert parse_spiffe(service) == ServiceIdentity("mesh.test", "gateway")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://mesh.test/service/gateway",
        URI + "/x",
        URI + "\n",
        "spiffe://mesh.test/service/",
        f"spiffe://mesh.test/tenant/{'-' * 36}/device/{DEVICE}",
        f"spiffe://mesh.test/tenant/../device/{DEVICE}",
        f"spiffe:///tenant/{TENANT}/device/{DEVICE}",
    ],
)
def test_other_ids_are_no_identity(uri):
    with pytest.raises(Unauthenticated):
        parse_spiffe(uri)


def test_a_broken_request_is_always_the_callers_fault():
    """Whatever the parser makes of it: other versions, unknown algorithms, torn structure."""
    good = tls.create_csr(tls.generate_key())
    der = x509.load_pem_x509_csr(good).public_bytes(serialization.Encoding.DER)
    rng = random.Random(7)
    refused = 0
    for _ in range(2000):
        broken = bytearray(der)
        broken[rng.randrange(len(broken))] = rng.randrange(256)
        lines = base64.encodebytes(broken).decode()
        pem = f"-----BEGIN CERTIFICATE REQUEST-----\n{lines}-----END CERTIFICATE REQUEST-----\n"
        try:
            tls.csr_public_key(pem.encode())
        except InvalidArgument:
            refused += 1
    assert refused > 1500


def test_an_id_has_one_spelling():
    for other in (
        URI.replace(str(DEVICE), f"{DEVICE.hex}----"),
        URI.replace(str(DEVICE), str(DEVICE).upper()),
        f"{URI}?a=b",
        f"{URI}/",
        f"{URI}\n",
    ):
        if other != URI:
            with pytest.raises(Unauthenticated):
                parse_spiffe(other)


def test_the_facts_of_a_certificate(clock, noon):
    pair = tls.issue_client(tls.create_ca("ca", clock), URI, clock=clock)
    facts = certificate_facts(pair.cert_pem)
    assert facts.uri == URI
    assert facts.not_after == noon + timedelta(hours=24)
    assert facts.thumbprint == tls.jwk_thumbprint(tls.certificate_public_key(pair.cert_pem))
