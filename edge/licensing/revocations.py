"""What holds no longer of what was signed: retired keys, and the tenant's revocation list.

Both are kept in the node's database, honoured offline and over restarts, and only ever replaced
by something newer: whoever brings an older one is refused, and a line of the log says so.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from edge.licensing import store
from mesh.clock import Clock
from mesh.database import Database, Role
from mesh.errors import MeshError
from rights.claims import Epoch, LicenseClaims
from rights.errors import ListOlder, TokenFault, TokenInvalid, TrustOlder
from rights.keys import KeySet
from rights.revocations import RevocationList, check_newer, read_list
from rights.trust import NEVER_TOLD, Trust

_TRUST = "license_trust"
_NO_EPOCH = Epoch("", 0)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose tokens these are: the tenant as `cust_…`, the device's UUID as text, the RFC 7638
    thumbprint of its key."""

    customer_id: str
    device_id: str
    key_thumbprint: str
    issuer: str


class Revocations:
    """Says of any token whether it was taken back."""

    def __init__(self, database: Database, clock: Clock, holder: Holder) -> None:
        """`load` before the first token."""
        self._database = database
        self._clock = clock
        self._holder = holder
        self._list: RevocationList | None = None
        self._log = structlog.get_logger()
        self._taking = asyncio.Lock()
        self._kept = NEVER_TOLD
        self.trust = NEVER_TOLD

    async def load(self, keys: KeySet) -> None:
        """Takes what an earlier run kept; a list that `keys` do not prove is dropped and logged.

        Raises Unavailable.
        """
        async with self._database.transaction(Role.APP) as conn:
            kept = await store.read_setting(conn, _TRUST)
            token = await store.read_revocation_list(conn)
        if kept is not None:
            self.trust = self._kept = Trust(kept["epoch"], frozenset(kept["retired"]))
        if token is None:
            return
        try:
            self._list = self._read(token, keys.without(self.trust.retired))
        except TokenInvalid as error:
            await self._flag("revocations", error.error_reason, f"the kept list: {error.text}")

    def check(self, claims: LicenseClaims) -> None:
        """Raises TokenInvalid for a token of this device that was taken back."""
        refused = self.void(claims.kid, claims.issued_at)
        if refused is not None:
            raise refused

    def void(self, kid: str, issued_at: datetime) -> TokenInvalid | None:
        """Why a token of this device, signed by `kid` at that moment (aware), is void, if it is."""
        void = self.trust.void(kid)
        if void is None and self._list is not None:
            void = self._list.void(kid, issued_at, self._holder.device_id)
        return void

    async def hear(self, trust: Trust) -> bool:
        """Takes what the cloud says about its keys; whether that was new.

        Raises TrustOlder for an older epoch than is known. MeshError when it cannot be kept: it
        holds all the same.
        """
        async with self._taking:
            return await self._hear(trust)

    async def _hear(self, trust: Trust) -> bool:
        before, after = self.trust, self.trust.after(trust)
        self.trust = after
        if after != self._kept:
            async with self._database.transaction(Role.APP) as conn:
                kept = {"epoch": after.epoch, "retired": sorted(after.retired)}
                await store.write_setting(conn, _TRUST, kept)
            self._kept = after
        return after != before

    def knows_key(self, token: str, keys: KeySet) -> bool:
        """Whether the key that signed a list is among these, or was retired."""
        try:
            self._read(token, keys.without(self.trust.retired))
        except TokenInvalid as error:
            return error.fault is not TokenFault.KEY_UNKNOWN
        return True

    async def take(self, token: str, keys: KeySet) -> None:
        """Takes a list, from the cloud or from a file.

        Raises TokenInvalid for one that is not genuine or another tenant's, ListOlder for an
        older one than is held; both are logged. MeshError when it cannot be kept: it holds all
        the same.
        """
        async with self._taking:
            try:
                given = self._read(token, keys.without(self.trust.retired))
                self._check_newer(given)
            except TokenInvalid as error:
                text = f"a list was refused: {error.text}"
                await self._flag("revocations", error.error_reason, text)
                raise
            except ListOlder as error:
                text = f"an older list was refused: {error}"
                await self._flag("revocations", "TOKEN_INVALID", text)
                raise
            self._list = given
            await self._hear(given.trust)
            async with self._database.transaction(Role.APP) as conn:
                await store.write_revocation_list(conn, token, self._clock.now())

    async def refused_keys(self, error: TrustOlder) -> None:
        """Logs that somebody published the keys of an older trust epoch."""
        await self._flag("keys", "TOKEN_INVALID", f"older keys were refused: {error}")

    def _read(self, token: str, keys: KeySet) -> RevocationList:
        holder = self._holder
        return read_list(token, keys, issuer=holder.issuer, customer_id=holder.customer_id)

    def _check_newer(self, given: RevocationList) -> None:
        if given.trust.epoch < self.trust.epoch:
            raise ListOlder(str(TrustOlder(self.trust.epoch, given.trust.epoch)))
        if self._list is not None:
            check_newer(self._list, given)

    async def _flag(self, source: str, reason: str, message: str) -> None:
        """A database that is away costs the line, no decision."""
        self._log.error("licence_refused", source=source, why=message)
        epoch = self._list.epoch if self._list is not None else _NO_EPOCH
        now = self._clock.now()
        try:
            async with self._database.transaction(Role.APP) as conn:
                await store.log_refusal(conn, source, reason, message, epoch=epoch, now=now)
        except MeshError as error:
            self._log.warning("refusals cannot be logged", reason=error.reason)
