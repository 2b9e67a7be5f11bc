"""API keys and device certificates to principals."""

from collections.abc import Awaitable
from datetime import timedelta

from billing.access import store
from billing.access.keys import hash_of
from billing.flight import SingleFlight
from mesh.cache import MemoryCache
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import Unauthenticated
from mesh.principal import Principal, PrincipalKind
from mesh.spiffe import DeviceIdentity, ServiceIdentity, parse_spiffe
from mesh.tls import certificate_facts
from rights.scopes import Role, scopes_of

_TTL = timedelta(seconds=1)
_MAX_ENTRIES = 50_000


class BillingAuthenticator:
    """Remembers a good answer for one second, so that a revocation is felt within it.

    Refusals are not remembered: a new key works at once. A certificate counts until its end and
    while its key is the one that the device enrolled last, so that a copy of a node that was
    enrolled anew is out.
    """

    def __init__(self, db: Database, trust_domain: str, clock: Clock) -> None:
        """`trust_domain` is the one whose certificates are believed."""
        self._db = db
        self._trust_domain = trust_domain
        self._clock = clock
        self._keys: MemoryCache[bytes, Principal] = MemoryCache(_MAX_ENTRIES, _TTL, clock)
        self._devices: MemoryCache[bytes, Principal] = MemoryCache(_MAX_ENTRIES, _TTL, clock)
        self._key_loads: SingleFlight[bytes, Principal] = SingleFlight(_TTL, clock)
        self._device_loads: SingleFlight[bytes, Principal] = SingleFlight(_TTL, clock)

    async def bearer(self, key: str) -> Principal:
        """The holder of an API key. Raises Unauthenticated."""
        digest = hash_of(key)
        known = self._keys.peek(digest)
        if known is not None:
            return known
        return await self._key_loads.load(digest, lambda begun: self._load_key(digest, begun))

    def certificate(self, spiffe_uri: str, pem: bytes) -> Principal | Awaitable[Principal]:
        """The device or service of a verified certificate. Raises Unauthenticated."""
        known = self._devices.peek(pem)
        if known is not None:
            return known
        identity = parse_spiffe(spiffe_uri)
        if identity.trust_domain != self._trust_domain:
            raise Unauthenticated(message="the certificate is of another trust domain")
        if isinstance(identity, ServiceIdentity):
            return Principal(PrincipalKind.SERVICE, None, None, spiffe_uri, frozenset())
        return self._device_loads.load(
            pem, lambda begun: self._load_device(spiffe_uri, identity, pem, begun)
        )

    async def _load_key(self, digest: bytes, begun: float) -> Principal:
        async with self._db.vendor() as conn:
            key = await store.find_key(conn, digest)
            if key is not None and not key.revoked:
                await store.record_use(conn, key, self._clock.now())
        if key is None:
            raise Unauthenticated(message="the API key is not known")
        if key.revoked:
            raise Unauthenticated("CREDENTIAL_REVOKED", "the API key was revoked")
        kind = PrincipalKind.VENDOR if key.tenant_id is None else PrincipalKind.TENANT
        scopes = scopes_of(Role(key.role))
        principal = Principal(kind, key.tenant_id, None, str(key.key_id), scopes)
        await self._keys.put(digest, principal, read_at=begun)
        return principal

    async def _load_device(
        self, spiffe_uri: str, identity: DeviceIdentity, pem: bytes, begun: float
    ) -> Principal:
        facts = certificate_facts(pem)
        if facts.not_after <= self._clock.now():
            raise Unauthenticated(message="the certificate has expired; renew it in time")
        async with self._db.tenant(identity.tenant_id) as conn:
            device = await store.find_device(conn, identity.tenant_id, identity.device_id)
        if device is None:
            raise Unauthenticated(message="the device is not enrolled")
        if device.retired:
            raise Unauthenticated("CREDENTIAL_REVOKED", "the device was retired")
        if device.key_thumbprint != facts.thumbprint:
            raise Unauthenticated("CREDENTIAL_REVOKED", "the device has enrolled another key since")
        principal = Principal(
            PrincipalKind.DEVICE,
            identity.tenant_id,
            identity.device_id,
            spiffe_uri,
            scopes_of(Role.DEVICE),
        )
        await self._devices.put(pem, principal, read_at=begun)
        return principal
