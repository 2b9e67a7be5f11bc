"""The authorities that sign devices, as files: made, put in charge and retired.

The layout is billing's (billing/devices/ca.py); a running server takes every step up by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from deploy.local.rundir import write_private
from mesh import tls
from mesh.certificate import authority_key_id
from mesh.clock import Clock
from mesh.errors import StartError


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority; moments are aware, UTC. `signs` is true of one."""

    name: str
    signs: bool
    not_before: datetime
    not_after: datetime


def new_authority(folder: Path, clock: Clock) -> str:
    """Makes an authority that is believed from now on; the first one signs, too. Its name."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair = tls.create_ca("BrinkByte devices", clock)
    name = authority_key_id(pair.cert_pem).hex()[:16]
    write_private(folder / f"{name}.key", pair.key_pem.decode())
    write_private(folder / f"{name}.crt", pair.cert_pem.decode())
    if not (folder / "current").exists():
        write_private(folder / "current", name + "\n")
    return name


def use_authority(folder: Path, name: str) -> None:
    """Lets an authority sign from now on. Raises StartError for one that cannot."""
    for suffix in ("crt", "key"):
        if not (folder / f"{name}.{suffix}").exists():
            raise StartError(f"{folder} has no {name}.{suffix}; see `brinkbyte keys ca-list`")
    write_private(folder / "current", name + "\n")


def list_authorities(folder: Path) -> list[Authority]:
    """Every authority, oldest first."""
    current = current_authority(folder)
    found = []
    for path in folder.glob("*.crt"):
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        found.append(
            Authority(
                path.stem,
                path.stem == current,
                certificate.not_valid_before_utc,
                certificate.not_valid_after_utc,
            )
        )
    return sorted(found, key=lambda each: each.not_before)


def retire_authority(folder: Path, name: str, clock: Clock, overlap: timedelta) -> None:
    """Removes an authority and its key: its certificates open nothing any more.

    `overlap` is the life of a device's certificate. Raises StartError for the authority that
    signs, and as long as that one has signed for less than `overlap`: until then a device may
    hold a certificate of the former.
    """
    if not (folder / f"{name}.crt").exists():
        raise StartError(f"{folder} has no {name}.crt; see `brinkbyte keys ca-list`")
    current = folder / "current"
    if current_authority(folder) == name:
        raise StartError(f"{name} signs; let another sign first: `brinkbyte keys ca-use`")
    since = datetime.fromtimestamp(current.stat().st_mtime, clock.now().tzinfo)
    left = since + overlap - clock.now()
    if left > timedelta(0):
        raise StartError(
            f"certificates of {name} may be in use for another {left}; wait, or say --at-once "
            "when its key is in wrong hands (devices then renew by their key)"
        )
    (folder / f"{name}.crt").unlink()
    (folder / f"{name}.key").unlink(missing_ok=True)


def current_authority(folder: Path) -> str:
    """The name of the one that signs; empty when there is none."""
    path = folder / "current"
    return path.read_text().strip() if path.exists() else ""


def signing_pair(folder: Path) -> tls.KeyPair:
    """The authority that signs. Raises OSError when there is none."""
    name = current_authority(folder)
    return tls.KeyPair((folder / f"{name}.crt").read_bytes(), (folder / f"{name}.key").read_bytes())
