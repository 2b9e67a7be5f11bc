"""Which tokens this device believes: signed by a trusted key and bound to its own key."""

from contextlib import suppress
from datetime import datetime, timedelta

from edge.licensing import store
from edge.licensing.answers import LicenseSource
from edge.licensing.clock import ForwardClock
from edge.licensing.revocations import Holder, Revocations
from mesh.database import Database, Role
from mesh.errors import FailedPrecondition, MeshError
from rights.bundles import OfflineBundle, open_bundle
from rights.claims import LicenseClaims
from rights.errors import TokenFault, TokenInvalid, TrustOlder
from rights.keys import KeySet
from rights.tokens import DEFAULT_LEEWAY, verify

AUDIENCE = "brinkbyte-edge"
_KEYS = "license_keys"
_DAY_S = 86400.0
_ANY_TIME = timedelta(days=365 * 200)


class Trust:
    """The trusted public keys, kept in the node's database, and the verification with them."""

    def __init__(
        self, database: Database, source: LicenseSource, clock: ForwardClock, holder: Holder
    ) -> None:
        """`load` before the first token."""
        self._database = database
        self._source = source
        self._clock = clock
        self._holder = holder
        self.revocations = Revocations(database, clock, holder)
        self._keys = KeySet([])
        self._fetched_at = clock.monotonic()

    async def load(self, configured: KeySet | None = None) -> None:
        """Takes the keys of an earlier run, without any those configured, and what it knew to be
        revoked. Raises Unavailable."""
        self._keys = configured or self._keys
        async with self._database.transaction(Role.APP) as conn:
            document = await store.read_setting(conn, _KEYS)
        if document is not None:
            self._keys = KeySet.from_jwks(document)
        await self.revocations.load(self._keys)

    @property
    def has_keys(self) -> bool:
        """Whether anything can be verified."""
        return bool(self._keys.kids)

    def open_bundle(self, text: str) -> OfflineBundle:
        """A genuine bundle for this device. Raises TokenInvalid."""
        bundle = open_bundle(
            text,
            self._trusted,
            issuer=self._holder.issuer,
            device_thumbprint=self._holder.key_thumbprint,
        )
        named = bundle.device_id, bundle.customer_id
        if named != (self._holder.device_id, self._holder.customer_id):
            raise TokenInvalid(TokenFault.DEVICE_WRONG, "the bundle is for another device")
        return bundle

    async def adopt(self, keys: KeySet) -> None:
        """Trusts these keys, which a trusted one signed, and keeps them. Raises MeshError."""
        self._keys = keys
        async with self._database.transaction(Role.APP) as conn:
            await store.write_setting(conn, _KEYS, keys.jwks())

    async def refresh_keys(self) -> None:
        """Fetches the keys from the cloud and keeps them.

        Raises MeshError; FailedPrecondition when they are of an older trust epoch.
        """
        published = await self._source.public_keys()
        try:
            await self.revocations.hear(published.trust)
        except TrustOlder as error:
            await self.revocations.refused_keys(error)
            raise FailedPrecondition("TOKEN_INVALID", "license keys", str(error)) from error
        await self.adopt(published.keys)
        self._fetched_at = self._clock.monotonic()

    async def take_list(self, token: str) -> None:
        """Takes a revocation list; a key that is unknown is fetched where the cloud answers.

        Raises TokenInvalid, ListOlder, MeshError.
        """
        if not self.revocations.knows_key(token, self._keys):
            with suppress(MeshError):
                await self.refresh_keys()
        await self.revocations.take(token, self._keys)

    def believe(self, token: str) -> LicenseClaims:
        """The claims of a stored token that holds now. Raises TokenInvalid."""
        return self._verify(token, self._clock.now())

    async def believe_fresh(self, token: str) -> LicenseClaims:
        """The claims of a token that the cloud sent just now.

        An unknown key is fetched once, and the keys anew each day, so that one that the
        cloud withdrew is not trusted for long. The signed time corrects the clock: so one that is
        far ahead or behind is no reason to refuse.
        Raises TokenInvalid, or MeshError when keys cannot be fetched.
        """
        if self._clock.monotonic() - self._fetched_at >= _DAY_S:
            await self.refresh_keys()
        try:
            claims = self._verify_fresh(token)
        except TokenInvalid as error:
            if error.fault is not TokenFault.KEY_UNKNOWN:
                raise
            await self.refresh_keys()
            claims = self._verify_fresh(token)
        self._clock.heard(claims.issued_at)
        return claims

    def _verify_fresh(self, token: str) -> LicenseClaims:
        """Against the moment at which it was signed, when the clock cannot be right."""
        try:
            return self._verify(token, self._clock.now())
        except TokenInvalid as error:
            if error.fault not in {TokenFault.EXPIRED, TokenFault.NOT_YET_VALID}:
                raise
            claims = self._verify(token, self._clock.now(), leeway=_ANY_TIME)
            if not claims.not_before <= claims.issued_at < claims.expires_at:
                raise
            return claims

    @property
    def _trusted(self) -> KeySet:
        return self._keys.without(self.revocations.trust.retired)

    def _verify(
        self, token: str, now: datetime, leeway: timedelta = DEFAULT_LEEWAY
    ) -> LicenseClaims:
        claims = verify(
            token,
            self._trusted,
            now=now,
            audience=AUDIENCE,
            issuer=self._holder.issuer,
            device_thumbprint=self._holder.key_thumbprint,
            leeway=leeway,
        )
        if claims.bundle is None or claims.bundle.device_id != self._holder.device_id:
            raise TokenInvalid(TokenFault.DEVICE_WRONG, "the token is for another device")
        if claims.customer_id != self._holder.customer_id:
            raise TokenInvalid(TokenFault.DEVICE_WRONG, "the token is of another tenant")
        self.revocations.check(claims)
        return claims
