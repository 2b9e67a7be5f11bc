"""Tokens that are signed with our own key, whatever their header and claims say."""

import base64
import json
from collections.abc import Callable

import jwt

from rights.keys import SigningKey

Forge = Callable[..., str]


def segment(data: object) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rs256(signed: str, key: SigningKey) -> bytes:
    algorithm = jwt.get_algorithm_by_name("RS256")
    return algorithm.sign(signed.encode(), key.rsa)
