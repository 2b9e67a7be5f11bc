"""Who may call EdgeService: holders of a key whose SHA-256 is configured."""

import hashlib
from uuid import UUID

from mesh.errors import Unauthenticated
from mesh.principal import Principal, PrincipalKind
from rights.scopes import Role, scopes_of


class EdgeAuthenticator:
    """Implements mesh.authenticate.Authenticator; every key is a tenant administrator's."""

    def __init__(self, key_hashes: frozenset[bytes], tenant_id: UUID) -> None:
        """`key_hashes` are SHA-256 digests; keys are 256-bit random, so no salt is needed."""
        self._key_hashes = key_hashes
        self._tenant_id = tenant_id
        self._scopes = scopes_of(Role.TENANT_ADMIN) | {"mesh:inspect"}

    async def bearer(self, key: str) -> Principal:
        """The holder of `key`. Raises Unauthenticated."""
        digest = hashlib.sha256(key.encode()).digest()
        if digest not in self._key_hashes:
            raise Unauthenticated
        return Principal(
            PrincipalKind.TENANT, self._tenant_id, None, digest.hex()[:16], self._scopes
        )

    def certificate(self, spiffe_uri: str, pem: bytes) -> Principal:  # noqa: ARG002
        """Certificates open nothing here. Raises Unauthenticated."""
        raise Unauthenticated
