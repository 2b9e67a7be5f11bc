"""Certificates for mutual TLS: EC P-256 keys, SPIFFE ids (SPIFFE-ID standard, section 2)."""

import base64
import hashlib
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import InvalidVersion
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mesh.clock import Clock
from mesh.errors import InvalidArgument

_CLIENT_TTL = timedelta(hours=24)
_SERVER_TTL = timedelta(days=397)
_CA_TTL = timedelta(days=3650)
_BACKDATE = timedelta(minutes=5)  # tolerates a peer whose clock is a little behind
_LEAF_NAMES = {ExtendedKeyUsageOID.SERVER_AUTH: "server", ExtendedKeyUsageOID.CLIENT_AUTH: "client"}


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its private key (PKCS #8), both PEM."""

    cert_pem: bytes
    key_pem: bytes


def generate_key() -> bytes:
    """A new EC P-256 private key as PKCS #8 PEM."""
    return _key_pem(ec.generate_private_key(ec.SECP256R1()))


def create_ca(common_name: str, clock: Clock, ttl: timedelta = _CA_TTL) -> KeyPair:
    """A self-signed authority that may sign leaf certificates only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    builder = _builder(name, name, key.public_key(), clock, ttl)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(subject, critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    return KeyPair(_pem(certificate), _key_pem(key))


def issue_server(
    ca: KeyPair,
    *,
    clock: Clock,
    dns: Sequence[str] = ("localhost",),
    ips: Sequence[str] = ("127.0.0.1", "::1"),
    ttl: timedelta = _SERVER_TTL,
) -> KeyPair:
    """A server certificate for the given DNS names and IP addresses, with a new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in dns]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ips]
    certificate = _sign_leaf(
        ca, key.public_key(), names, ExtendedKeyUsageOID.SERVER_AUTH, clock=clock, ttl=ttl
    )
    return KeyPair(_pem(certificate), _key_pem(key))


def issue_client(
    ca: KeyPair, spiffe_uri: str, *, clock: Clock, ttl: timedelta = _CLIENT_TTL
) -> KeyPair:
    """A client certificate with a new key, for a service of one's own."""
    key_pem = generate_key()
    csr = create_csr(key_pem)
    return KeyPair(sign_client(ca, csr, spiffe_uri, clock=clock, ttl=ttl), key_pem)


def create_csr(key_pem: bytes, common_name: str = "client") -> bytes:
    """A PKCS #10 request, PEM; the signer decides the identity, not the request."""
    key = _load_key(key_pem)
    request = x509.CertificateSigningRequestBuilder().subject_name(_name(common_name))
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def sign_client(
    ca: KeyPair,
    csr_pem: bytes,
    spiffe_uri: str,
    *,
    clock: Clock,
    ttl: timedelta = _CLIENT_TTL,
) -> bytes:
    """A client certificate (PEM) for the request's key, whose only name is `spiffe_uri`.

    Raises InvalidArgument when the request cannot be read, is not signed by its own key,
    or its key is not EC P-256.
    """
    key = csr_public_key(csr_pem)
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(spiffe_uri)]
    usage = ExtendedKeyUsageOID.CLIENT_AUTH
    return _pem(_sign_leaf(ca, key, names, usage, clock=clock, ttl=ttl))


def csr_public_key(csr_pem: bytes) -> ec.EllipticCurvePublicKey:
    """The key of a request that proves possession of it.

    Raises InvalidArgument as `sign_client` does.
    """
    try:
        request = x509.load_pem_x509_csr(csr_pem)
        valid = request.is_signature_valid
        key = request.public_key()
    except (ValueError, TypeError, InvalidSignature, InvalidVersion, UnsupportedAlgorithm):
        raise InvalidArgument.field("csr", "not a PEM PKCS #10 request") from None
    if not valid:
        raise InvalidArgument.field("csr", "not signed by its own key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise InvalidArgument.field("csr", "the key must be EC P-256")
    return key


def certificate_public_key(cert_pem: bytes) -> ec.EllipticCurvePublicKey:
    """The key of a certificate. Raises ValueError unless it is an EC key."""
    key = x509.load_pem_x509_certificate(cert_pem).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("the certificate's key is not EC")
    return key


def sign(key_pem: bytes, data: bytes) -> bytes:
    """An ECDSA signature (SHA-256, DER), which proves possession of the key."""
    return _load_key(key_pem).sign(data, ec.ECDSA(hashes.SHA256()))


def signature_holds(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> bool:
    """Whether `signature` was made over `data` by the private half of `key`."""
    try:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def jwk_thumbprint(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    """The key's RFC 7638 thumbprint: base64url SHA-256 without padding, 43 characters."""
    if isinstance(key, rsa.RSAPublicKey):
        rsa_numbers = key.public_numbers()
        jwk = {"e": _base64url(rsa_numbers.e), "kty": "RSA", "n": _base64url(rsa_numbers.n)}
    else:
        numbers = key.public_numbers()
        width = (key.curve.key_size + 7) // 8
        jwk = {
            "crv": {"secp256r1": "P-256", "secp384r1": "P-384"}[key.curve.name],
            "kty": "EC",
            "x": _base64url(numbers.x, width),
            "y": _base64url(numbers.y, width),
        }
    text = json.dumps(jwk, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _sign_leaf(
    ca: KeyPair,
    key: ec.EllipticCurvePublicKey,
    names: Sequence[x509.GeneralName],
    usage: x509.ObjectIdentifier,
    *,
    clock: Clock,
    ttl: timedelta,
) -> x509.Certificate:
    issuer = x509.load_pem_x509_certificate(ca.cert_pem)
    builder = _builder(_name(_LEAF_NAMES[usage]), issuer.subject, key, clock, ttl)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(certificate_public_key(ca.cert_pem))
    builder = builder.add_extension(signer, critical=False)
    return builder.sign(_load_key(ca.key_pem), hashes.SHA256())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    clock: Clock,
    ttl: timedelta,
) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + ttl)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _load_key(key_pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not an EC private key")
    return key


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _base64url(number: int, width: int | None = None) -> str:
    size = width or (number.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(number.to_bytes(size)).rstrip(b"=").decode()
