"""API keys and device certificates to principals."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from billing.access import store
from billing.access.keys import hash_of, is_session
from billing.access.store import KeyRow
from billing.flight import SingleFlight
from mesh.cache import MemoryCache
from mesh.certificate import CertificateFacts, certificate_facts
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import Unauthenticated
from mesh.principal import Principal, PrincipalKind
from mesh.spiffe import DeviceIdentity, ServiceIdentity, parse_spiffe
from rights.scopes import DEVICE_KEY_SCOPES, Role, scopes_of

_TTL = timedelta(seconds=1)
_MAX_ENTRIES = 50_000


class BillingAuthenticator:
    """Remembers a good answer for one second, so that a revocation is felt within it.

    Refusals are not remembered: a new key works at once. A certificate counts until its end and
    while its key is the one that the device enrolled last, so that a copy of a node that was
    enrolled anew is out.
    """

    def __init__(
        self,
        db: Database,
        believed: Callable[[bytes], bool],
        trust_domain: str,
        clock: Clock,
        *,
        session_idle: timedelta = timedelta(minutes=30),
    ) -> None:
        """`believed` says whether an authority's key id is one of those believed now;
        `trust_domain` is the one whose certificates count; a session ends `session_idle` after
        its last call."""
        self._db = db
        self._session_idle = session_idle
        self._believed = believed
        self._trust_domain = trust_domain
        self._clock = clock
        self._keys: MemoryCache[bytes, Principal] = MemoryCache(_MAX_ENTRIES, _TTL, clock)
        self._certificates: MemoryCache[bytes, Principal] = MemoryCache(_MAX_ENTRIES, _TTL, clock)
        self._key_loads: SingleFlight[bytes, Principal] = SingleFlight(_TTL, clock)
        self._certificate_loads: SingleFlight[bytes, Principal] = SingleFlight(_TTL, clock)

    async def bearer(self, key: str) -> Principal:
        """The holder of an API key or session token. Raises Unauthenticated."""
        digest = hash_of(key)
        known = self._keys.peek(digest)
        if known is not None:
            return known
        load = self._load_session if is_session(key) else self._load_key
        return await self._key_loads.load(digest, lambda begun: load(digest, begun))

    def certificate(self, spiffe_uri: str, pem: bytes) -> Principal | Awaitable[Principal]:
        """The device or service of a verified certificate. Raises Unauthenticated."""
        known = self._certificates.peek(pem)
        if known is not None:
            return known
        identity = parse_spiffe(spiffe_uri)
        if identity.trust_domain != self._trust_domain:
            raise Unauthenticated(message="the certificate is of another trust domain")
        return self._certificate_loads.load(
            pem, lambda begun: self._load_certificate(identity, pem, begun)
        )

    async def _load_key(self, digest: bytes, begun: float) -> Principal:
        async with self._db.vendor() as conn:
            key = await store.find_key(conn, digest)
            if key is None:
                raise Unauthenticated(message="the API key is not known")
            if key.revoked:
                raise Unauthenticated("CREDENTIAL_REVOKED", "the API key was revoked")
            if key.device_retired:
                raise Unauthenticated("CREDENTIAL_REVOKED", "the device was retired")
            now = self._clock.now()
            if key.expires_at is not None and key.expires_at <= now:
                raise Unauthenticated(message="the API key has expired")
            await store.record_use(conn, key, now)
        principal = _key_holder(key)
        await self._keys.put(digest, principal, read_at=begun)
        return principal

    async def _load_session(self, digest: bytes, begun: float) -> Principal:
        async with self._db.vendor() as conn:
            session = await store.find_session(conn, digest)
            now = self._clock.now()
            if session is None or session.ended:
                raise Unauthenticated(message="the session has ended; sign in")
            if min(session.expires_at, session.last_used_at + self._session_idle) <= now:
                raise Unauthenticated(message="the session has expired; sign in")
            await store.record_session_use(conn, session, now)
        subject = f"user/{session.user_id}/session/{session.session_id}"
        scopes = scopes_of(Role(session.role))
        principal = Principal(PrincipalKind.TENANT, session.tenant_id, None, subject, scopes)
        await self._keys.put(digest, principal, read_at=begun)
        return principal

    async def _load_certificate(
        self, identity: DeviceIdentity | ServiceIdentity, pem: bytes, begun: float
    ) -> Principal:
        facts = self._check(pem)
        if isinstance(identity, ServiceIdentity):
            principal = Principal(PrincipalKind.SERVICE, None, None, facts.uri, frozenset())
        else:
            principal = await self._device(identity, facts)
        await self._certificates.put(pem, principal, read_at=begun)
        return principal

    def _check(self, pem: bytes) -> CertificateFacts:
        """What TLS checked at the handshake holds now too: a connection outlives much."""
        try:
            facts = certificate_facts(pem)
        except ValueError as error:
            raise Unauthenticated(message=str(error)) from None
        if facts.not_after <= self._clock.now():
            raise Unauthenticated(message="the certificate has expired; renew it in time")
        if not self._believed(facts.issuer_key_id):
            raise Unauthenticated(message="the certificate's authority was retired; renew it")
        return facts

    async def _device(self, identity: DeviceIdentity, facts: CertificateFacts) -> Principal:
        async with self._db.tenant(identity.tenant_id) as conn:
            device = await store.find_device(conn, identity.tenant_id, identity.device_id)
        if device is None:
            raise Unauthenticated(message="the device is not enrolled")
        if device.retired:
            raise Unauthenticated("CREDENTIAL_REVOKED", "the device was retired")
        if device.key_thumbprint != facts.thumbprint:
            raise Unauthenticated("CREDENTIAL_REVOKED", "the device has enrolled another key since")
        return Principal(
            PrincipalKind.DEVICE,
            identity.tenant_id,
            identity.device_id,
            facts.uri,
            scopes_of(Role.DEVICE),
        )


def _key_holder(key: KeyRow) -> Principal:
    if key.device_id is not None:
        kind, scopes = PrincipalKind.DEVICE, DEVICE_KEY_SCOPES
    else:
        kind = PrincipalKind.VENDOR if key.tenant_id is None else PrincipalKind.TENANT
        scopes = scopes_of(Role(key.role))
    return Principal(kind, key.tenant_id, key.device_id, str(key.key_id), scopes)
