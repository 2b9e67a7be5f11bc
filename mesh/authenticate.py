"""Identity: from the bearer key, else from the client certificate, never from a request."""

import inspect
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from mesh.errors import Unauthenticated
from mesh.principal import ANONYMOUS, Principal, PrincipalKind

_SPIFFE_PROPERTY = "peer_spiffe_id"
_CERTIFICATE_PROPERTY = "x509_pem_cert"
_MAX_KEY = 4096


class Authenticator(Protocol):
    """Who a credential belongs to; each server brings its own."""

    async def bearer(self, key: str) -> Principal:
        """The holder of an API key or session. Raises Unauthenticated."""
        ...

    def certificate(self, spiffe_uri: str, pem: bytes) -> Principal | Awaitable[Principal]:
        """The holder of a certificate (`pem`) that TLS has verified. Raises Unauthenticated."""
        ...


class PeerContext(Protocol):
    """The part of a gRPC server context that identity needs."""

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """TLS properties of the connection; empty on a plaintext one."""
        ...


async def holder_of(authenticator: Authenticator, context: PeerContext) -> Principal | None:
    """Who the client certificate belongs to; None on a connection without one.

    Raises Unauthenticated.
    """
    properties = context.auth_context()
    pem = next(iter(properties.get(_CERTIFICATE_PROPERTY, ())), None)
    if pem is None:
        return None
    uris = list(properties.get(_SPIFFE_PROPERTY, ()))
    if not uris:
        raise Unauthenticated(message="the certificate holds no single SPIFFE id")
    found = authenticator.certificate(uris[0].decode(errors="replace"), pem)
    return await found if inspect.isawaitable(found) else found


async def identify(
    authenticator: Authenticator, authorization: str | None, holder: Principal | None
) -> Principal:
    """The caller. A key wins over the certificate's `holder`; neither makes an anonymous caller.

    A service's certificate grants nothing by itself: a service forwards its callers' keys.
    Raises Unauthenticated.
    """
    if authorization is not None:
        return await authenticator.bearer(_key(authorization))
    if holder is None:
        return ANONYMOUS
    if holder.kind is PrincipalKind.SERVICE and holder.scopes:
        return replace(holder, scopes=frozenset())
    return holder


def _key(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key or len(key) > _MAX_KEY:
        raise Unauthenticated(message="write the key as: authorization: Bearer <key>")
    return key
