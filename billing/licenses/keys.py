"""The licence keys on disk: `<kid>.pem` files, and `current` naming the one that signs."""

from dataclasses import dataclass
from pathlib import Path

from mesh.errors import ConfigError
from rights.errors import KeyRefused
from rights.keys import KeySet, PublicKey, SigningKey

_CURRENT = "current"


@dataclass(frozen=True, slots=True)
class LicenseKeys:
    """The key that signs today, and every key that verifies; the signing one comes first."""

    signing: SigningKey
    trusted: tuple[PublicKey, ...]

    @property
    def key_set(self) -> KeySet:
        """The keys that verify."""
        return KeySet(self.trusted)


def load_keys(directory: Path) -> LicenseKeys:
    """Reads the directory. A file of a key that signs no more may hold its public half alone.

    Raises ConfigError naming the file and what to do.
    """
    try:
        kid = (directory / _CURRENT).read_text().strip()
        files = sorted(directory.glob("*.pem"))
        texts = {path.stem: path.read_text() for path in files}
    except OSError as error:
        raise ConfigError(
            f"licence keys: cannot read {error.filename}: {error.strerror}; make a key first"
        ) from None
    if kid not in texts:
        raise ConfigError(f"licence keys: {directory / _CURRENT} names {kid!r}, but no such key")
    signing = _signing(kid, texts.pop(kid))
    return LicenseKeys(signing, (signing.public, *(_public(*each) for each in texts.items())))


def _signing(kid: str, pem: str) -> SigningKey:
    try:
        return SigningKey(kid, pem)
    except KeyRefused as error:
        raise ConfigError(f"licence keys: {kid}.pem: {error}; replace it") from None


def _public(kid: str, pem: str) -> PublicKey:
    if "PRIVATE KEY" in pem:
        return _signing(kid, pem).public
    try:
        return PublicKey.from_pem(pem, kid)
    except KeyRefused as error:
        raise ConfigError(f"licence keys: {kid}.pem: {error}; replace it") from None
