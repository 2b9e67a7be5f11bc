"""The server's certificates and authorities on disk, taken up when they change."""

from pathlib import Path

from billing.config import BillingConfig
from billing.devices.ca import watch_authorities
from mesh.certificate import belong_together
from mesh.errors import ConfigError
from mesh.server import TlsMaterial
from mesh.tls import KeyPair
from mesh.watched import Watched


class ServerFiles:
    """What the listeners show and believe, and what devices are told to believe.

    `authorities` are those that sign devices.
    """

    def __init__(self, config: BillingConfig) -> None:
        """Reads everything once. Raises ConfigError, which names the variable."""
        cert, key, ca = config.tls_cert, config.tls_key, config.ca_cert
        self.authorities = watch_authorities(config.device_ca_dir)
        self._server = Watched(lambda: (cert, key), lambda: _pair(cert, key))
        self._trusted = (
            Watched(lambda: (ca,), lambda: _read("BRINKBYTE_CA_CERT", ca)) if ca else None
        )

    def trusted(self) -> bytes:
        """PEM of every authority that a device believes servers by; all of them, so that the
        next one is known before a server shows its certificate."""
        return self._trusted.current() if self._trusted else self.authorities.current().pem

    def material(self) -> TlsMaterial:
        """What a handshake needs now."""
        pair = self._server.current()
        return TlsMaterial(pair.cert_pem, pair.key_pem, self.authorities.current().pem)


def _pair(cert: Path, key: Path) -> KeyPair:
    pair = KeyPair(_read("BRINKBYTE_TLS_CERT", cert), _read("BRINKBYTE_TLS_KEY", key))
    if not belong_together(pair):
        raise ConfigError(f"BRINKBYTE_TLS_KEY: {key} is not the key of {cert}")
    return pair


def _read(variable: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{variable}: cannot read {path}: {error.strerror}") from None
