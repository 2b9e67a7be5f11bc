"""The device's key and certificate, kept as files of its state directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mesh.errors import StartError, Unauthenticated
from mesh.spiffe import DeviceIdentity, parse_spiffe
from mesh.tls import certificate_public_key, generate_key, jwk_thumbprint


@dataclass(frozen=True, slots=True)
class FileNames:
    """Where in a state directory the PEM files lie; `authority` signs the cloud's servers."""

    key: str = "device.key"
    certificate: str = "device.crt"
    authority: str = "ca.crt"


_NODE = FileNames()
_REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is. PEM bytes; moments aware, UTC; the thumbprint is RFC 7638's."""

    tenant_id: UUID
    device_id: UUID
    key_pem: bytes
    cert_pem: bytes
    ca_pem: bytes
    not_before: datetime
    not_after: datetime
    key_thumbprint: str


class StateDirectory:
    """The files that make a node itself; the directory is readable by its owner alone."""

    def __init__(self, path: Path, names: FileNames = _NODE) -> None:
        """`path` is created when it is missing. Every write raises StartError when it fails."""
        self._path = path
        self._names = names
        with _writing(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def key(self) -> bytes:
        """The device's private key (EC P-256), made here at the first call."""
        path = self._path / self._names.key
        if not path.exists():
            write_file(path, generate_key(), mode=0o600)
        return path.read_bytes()

    def load(self) -> Identity | None:
        """The identity, None before the node enrolled.

        Raises StartError when the files contradict each other.
        """
        certificate = self._path / self._names.certificate
        if not certificate.exists():
            return None
        try:
            return _identity(
                self.key(),
                certificate.read_bytes(),
                (self._path / self._names.authority).read_bytes(),
            )
        except (OSError, ValueError, Unauthenticated) as error:
            raise StartError(
                f"the identity in {self._path} cannot be used ({error}); restore its files or "
                "remove them and enrol again"
            ) from error

    def save(self, cert_pem: bytes, ca_pem: bytes) -> Identity:
        """Keeps a certificate for the device's key; the old one stays until the new is whole.

        Raises StartError when the certificate is not for this key or names no device.
        """
        try:
            identity = _identity(self.key(), cert_pem, ca_pem)
        except (ValueError, Unauthenticated) as error:
            raise StartError(f"the cloud sent an unusable certificate: {error}") from error
        write_file(self._path / self._names.authority, ca_pem, mode=0o644)
        write_file(self._path / self._names.certificate, cert_pem, mode=0o644)
        with _writing(self._path):
            (self._path / _REVOKED).unlink(missing_ok=True)
        return identity

    def mark_revoked(self) -> None:
        """Remembers that the cloud takes this identity no more."""
        write_file(self._path / _REVOKED, b"", mode=0o600)

    @property
    def revoked(self) -> bool:
        """Whether the cloud takes this identity no more; a new certificate ends that."""
        return (self._path / _REVOKED).exists()

    def set_aside(self) -> None:
        """Puts key and certificate out of use, beside where they were. Raises StartError."""
        for name in (self._names.certificate, self._names.key):
            path = self._path / name
            with _writing(path):
                path.replace(path.with_name(f"{name}.former"))

    def hardware_id(self, made: UUID) -> str:
        """An id for hardware that has none of its own: `made`, or what was made before."""
        path = self._path / "hardware_id"
        if not path.exists():
            write_file(path, str(made).encode(), mode=0o600)
        return path.read_text().strip()


def write_file(path: Path, content: bytes, *, mode: int) -> None:
    """Writes a whole file or nothing: a new file, synced, takes the old one's name.

    Raises StartError, which says why and what to do.
    """
    temporary = path.with_name(f".{path.name}.new")
    with _writing(path):
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StartError(
            f"cannot write {path}: {reason}; free space on its disk or let this user write it"
        ) from error


def _identity(key_pem: bytes, cert_pem: bytes, ca_pem: bytes) -> Identity:
    certificate = x509.load_pem_x509_certificate(cert_pem)
    key = certificate_public_key(cert_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    spiffe = parse_spiffe(uris[0]) if len(uris) == 1 else None
    if not isinstance(spiffe, DeviceIdentity):
        raise ValueError("the certificate names no device")
    if key != load_pem_private_key(key_pem, password=None).public_key():
        raise ValueError("the certificate is for another key")
    return Identity(
        spiffe.tenant_id,
        spiffe.device_id,
        key_pem,
        cert_pem,
        ca_pem,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        jwk_thumbprint(key),
    )
