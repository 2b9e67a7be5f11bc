"""The certificates and keys of a local stack, made once and kept in its run directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from deploy.local.authorities import current_authority, new_authority, signing_pair
from deploy.local.rundir import RunDir, write_private
from mesh import tls
from mesh.certificate import authority_key_id, certificate_facts
from mesh.clock import Clock
from mesh.spiffe import spiffe_service
from rights.keys import SigningKey

TRUST_DOMAIN = "brinkbyte.local"
RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Identity:
    """Paths of PEM files."""

    ca_cert: Path
    device_ca: Path
    server_cert: Path
    server_key: Path
    gateway_cert: Path
    gateway_key: Path
    license_keys: Path


def ensure_identity(run: RunDir, clock: Clock) -> Identity:
    """Makes what is missing or about to expire: an authority that signs the servers, one that
    signs the devices and the gateway, billing's server certificate, the gateway's certificate and
    a key that signs licences."""
    server_ca = _authority(run, "ca", clock)
    authorities = run.keys / "device-ca"
    if not current_authority(authorities):
        new_authority(authorities, clock)
    _leaf(run, "server", clock, lambda: tls.issue_server(server_ca, clock=clock))
    uri = spiffe_service(TRUST_DOMAIN, "gateway")
    year = timedelta(days=365)
    signer = signing_pair(authorities)
    if _signed_by_another(run.certs / "gateway.pem", authorities):
        (run.certs / "gateway.pem").unlink()
    _leaf(run, "gateway", clock, lambda: tls.issue_client(signer, uri, clock=clock, ttl=year))
    keys = run.keys / "licenses"
    ensure_signing_key(keys)
    return Identity(
        ca_cert=run.certs / "ca.pem",
        device_ca=authorities,
        server_cert=run.certs / "server.pem",
        server_key=run.keys / "server.pem",
        gateway_cert=run.certs / "gateway.pem",
        gateway_key=run.keys / "gateway.pem",
        license_keys=keys,
    )


def ensure_signing_key(folder: Path) -> None:
    """Makes a signing key where the folder has none."""
    if not any(folder.glob("*.pem")):
        add_signing_key(folder)


def add_signing_key(folder: Path) -> str:
    """Makes a key: the first of a cloud signs, a later one is next. Returns its kid."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = SigningKey.generate()
    write_private(folder / f"{key.kid}.pem", key.private_pem)
    return key.kid


def _authority(run: RunDir, name: str, clock: Clock) -> tls.KeyPair:
    cert, key = run.certs / f"{name}.pem", run.keys / f"{name}.pem"
    if not (cert.exists() and key.exists()):
        _write(run, name, tls.create_ca(f"BrinkByte local {name}", clock))
    return tls.KeyPair(cert.read_bytes(), key.read_bytes())


def _leaf(run: RunDir, name: str, clock: Clock, issue: Callable[[], tls.KeyPair]) -> None:
    cert = run.certs / f"{name}.pem"
    if cert.exists():
        ends = x509.load_pem_x509_certificate(cert.read_bytes()).not_valid_after_utc
        if ends - clock.now() > RENEW_BEFORE:
            return
    _write(run, name, issue())


def _signed_by_another(cert: Path, authorities: Path) -> bool:
    """Whether the certificate is there and from an authority that is not, or no longer, ours."""
    if not cert.exists():
        return False
    try:
        return certificate_facts(cert.read_bytes()).issuer_key_id not in {
            authority_key_id(path.read_bytes()) for path in authorities.glob("*.crt")
        }
    except ValueError:
        return True


def _write(run: RunDir, name: str, pair: tls.KeyPair) -> None:
    write_private(run.keys / f"{name}.pem", pair.key_pem.decode())
    write_private(run.certs / f"{name}.pem", pair.cert_pem.decode())
