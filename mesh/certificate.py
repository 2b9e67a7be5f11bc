"""What a certificate says: the facts that decide whether its holder is believed."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mesh.tls import KeyPair, certificate_public_key, jwk_thumbprint


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A leaf certificate.

    `thumbprint` is that of RFC 7638 of its key, `uri` its only name, `issuer_key_id` says which
    authority's key signed it (RFC 5280, 4.2.1.1); `not_after` is aware, UTC.
    """

    thumbprint: str
    uri: str
    issuer_key_id: bytes
    not_after: datetime


def certificate_facts(cert_pem: bytes) -> CertificateFacts:
    """Reads a leaf certificate.

    Raises ValueError unless it is one of an EC key that names its signer's key and whose only
    name is one URI, as SPIFFE X.509-SVID, section 2 asks.
    """
    certificate = x509.load_pem_x509_certificate(cert_pem)
    key = certificate_public_key(cert_pem)
    try:
        extensions = certificate.extensions
        names = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        issuer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise ValueError("the certificate lacks its name or its signer's key id") from error
    if len(names) != 1 or not isinstance(names[0], x509.UniformResourceIdentifier):
        raise ValueError("the certificate's only name must be one URI")
    if issuer.key_identifier is None:
        raise ValueError("the certificate does not name its signer's key")
    return CertificateFacts(
        jwk_thumbprint(key),
        names[0].value,
        issuer.key_identifier,
        certificate.not_valid_after_utc,
    )


def authority_key_id(cert_pem: bytes) -> bytes:
    """The key id that certificates signed by this authority name. Raises ValueError."""
    return x509.SubjectKeyIdentifier.from_public_key(certificate_public_key(cert_pem)).digest


def belong_together(pair: KeyPair) -> bool:
    """Whether the private key is that of the certificate (the first of a chain)."""
    try:
        public = x509.load_pem_x509_certificate(pair.cert_pem).public_key()
        return load_pem_private_key(pair.key_pem, password=None).public_key() == public
    except (ValueError, TypeError):
        return False
