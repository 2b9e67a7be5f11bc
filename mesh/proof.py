"""What a client signs to prove, outside TLS, that it holds a key."""

import hashlib

_PURPOSE = b"brinkbyte certificate renewal v1"


def renewal_statement(nonce: str, csr_pem: str) -> bytes:
    """The bytes to sign with the old key (ECDSA P-256, SHA-256) when its certificate has expired.

    The purpose, the server's nonce and the request's SHA-256, separated by zero bytes: a
    signature serves one nonce and one request, and nothing else.
    """
    return b"\0".join((_PURPOSE, nonce.encode(), hashlib.sha256(csr_pem.encode()).digest()))
