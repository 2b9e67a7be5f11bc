"""The directory of the authorities that sign devices.

`<id>.crt` and `<id>.key` are an authority and its private key (EC P-256, PEM), `current` holds the
id of the one that signs. Every `.crt` is believed, so that certificates of the former one live on
while the fleet goes over to the next; a `.crt` without its key is believed and cannot sign.
"""

from dataclasses import dataclass
from pathlib import Path

from mesh.certificate import authority_key_id, belong_together
from mesh.errors import ConfigError
from mesh.tls import KeyPair
from mesh.watched import Watched

_VARIABLE = "BRINKBYTE_DEVICE_CA_DIR"


@dataclass(frozen=True, slots=True)
class CaBundle:
    """The authorities at one moment.

    `pem` is every certificate, that of the `signer` first; `pairs` are those with a key, and
    `key_ids` (RFC 5280, 4.2.1.2) tell whose certificates are believed.
    """

    signer: KeyPair
    pairs: tuple[KeyPair, ...]
    pem: bytes
    key_ids: frozenset[bytes]


def watch_authorities(folder: Path) -> Watched[CaBundle]:
    """The directory's bundle, read again when the directory changes. Raises ConfigError."""
    return Watched(lambda: folder.glob("*"), lambda: load_authorities(folder))


def load_authorities(folder: Path) -> CaBundle:
    """Reads the directory. Raises ConfigError, which says what is wrong and what to do."""
    try:
        current = (folder / "current").read_text().strip()
        certificates = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.crt"))}
        keys = {path.stem: path.read_bytes() for path in folder.glob("*.key")}
    except OSError as error:
        raise ConfigError(
            f"{_VARIABLE}: cannot read {folder}: {error.strerror}; make an authority with "
            "`brinkbyte keys ca-new`"
        ) from None
    if current not in certificates or current not in keys:
        raise ConfigError(f"{_VARIABLE}: {folder} lacks {current}.crt or {current}.key")
    order = sorted(certificates, key=lambda name: (name != current, name))
    try:
        ids = frozenset(authority_key_id(certificates[name]) for name in order)
    except ValueError:
        raise ConfigError(f"{_VARIABLE}: {folder} holds a .crt that is no EC certificate") from None
    pairs = tuple(KeyPair(certificates[name], keys[name]) for name in order if name in keys)
    for pair, name in zip(pairs, (name for name in order if name in keys), strict=True):
        if not belong_together(pair):
            raise ConfigError(
                f"{_VARIABLE}: {folder / name}.key is not the EC key of {name}.crt; give the pair "
                "that was made together"
            )
    pem = b"".join(certificates[name].strip() + b"\n" for name in order)
    return CaBundle(pairs[0], pairs, pem, ids)
