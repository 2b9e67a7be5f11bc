"""The public keys that an instance was configured with."""

import json
import re

from mesh.errors import ConfigError
from rights.errors import KeyRefused
from rights.keys import KeySet, PublicKey

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


def read_keys(text: str) -> KeySet:
    """The keys in a JWK set (RFC 7517) or in one or several PEM blocks; none in an empty text.

    A key in PEM is known by its RFC 7638 thumbprint, which is the kid that the cloud gives it.
    Line ends may be written as a backslash and an n. Raises ConfigError.
    """
    plain = text.strip().replace("\\n", "\n")
    if not plain:
        return KeySet([])
    try:
        if plain.startswith("{"):
            return KeySet.from_jwks(json.loads(plain))
        blocks = _PEM.findall(plain)
        if not blocks or _PEM.sub("", plain).strip():
            raise KeyRefused("neither public keys in PEM nor a JWK set")
        return KeySet({key.kid: key for key in map(PublicKey.from_pem, blocks)}.values())
    except (KeyRefused, ValueError) as error:
        raise ConfigError(
            f"the licence's public keys cannot be used: {error}; "
            "copy them from the cloud's public-key page"
        ) from None
