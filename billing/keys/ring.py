"""The keys of this replica: what it signs with and what it trusts, as all replicas agreed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from billing.audit.actions import Action
from billing.audit.entry import fact
from billing.audit.own import tell
from billing.keys.files import FoundKeys, KeyDirectory
from billing.keys.service import Ledger, read_ledger, record
from billing.topics import KEYS_TOPIC
from mesh.clock import Clock
from mesh.database import Database
from mesh.errors import ConfigError, MeshError, Unavailable
from mesh.wakeup import Wakeups
from rights.audit_chain import VENDOR_CHAIN
from rights.keys import KeySet, PublicKey, SigningKey
from rights.trust import NEVER_TOLD, Trust

_POLL_S = 1.0


class KeyRing:
    """Follows the database and the key directory: at a wake-up, and every second.

    A replica that lacks the file of the key that signs goes on with the one that signed before:
    its tokens hold just as well.
    """

    def __init__(self, db: Database, directory: Path, clock: Clock, wakeups: Wakeups) -> None:
        """Holds and trusts nothing before `refresh`; `open` gives one that can sign."""
        self._db = db
        self._directory = KeyDirectory(directory)
        self._clock = clock
        self._wakeups = wakeups
        self._found = FoundKeys()
        self._ledger = Ledger((), NEVER_TOLD)
        self._refreshing = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._complaint = ""
        self._log = structlog.get_logger()
        self.keys = KeySet(())

    @classmethod
    async def open(cls, db: Database, directory: Path, clock: Clock, wakeups: Wakeups) -> "KeyRing":
        """Reads the directory and records what is new.

        Raises ConfigError naming the file and what to do, MeshError.
        """
        ring = cls(db, directory, clock, wakeups)
        await ring.refresh()
        if ring._found.problems:
            raise ConfigError(ring._found.problems[0])
        if ring._usable() is None:
            raise ConfigError(
                f"licence keys: {directory} holds no private key that may sign; make one with "
                "`brinkbyte keys create`, or copy the file of the key that signs"
            )
        return ring

    @property
    def signing(self) -> SigningKey:
        """The key to sign with. Raises Unavailable when this replica holds none that may."""
        key = self._usable()
        if key is None:
            raise Unavailable("signing key")
        return key

    @property
    def trusted(self) -> tuple[PublicKey, ...]:
        """Every key that verifies, the one that signs first."""
        found = (self.keys.find(kid) for kid in self.keys.kids)
        return tuple(key for key in found if key is not None)

    @property
    def trust(self) -> Trust:
        """What is trusted no longer."""
        return self._ledger.trust

    @property
    def held(self) -> frozenset[str]:
        """The kids whose private part this replica has."""
        return frozenset(self._found.private)

    def on_trust(self, changed: Callable[[], None]) -> None:
        """Calls back whenever `trust` changed."""
        self._listeners.append(changed)

    async def refresh(self) -> None:
        """Reads files and database now. Raises ConfigError, MeshError."""
        async with self._refreshing:
            found = await asyncio.to_thread(self._directory.read)
            async with self._db.worker() as conn:
                ledger = await read_ledger(conn)
            known = {row.kid: row.public_key_pem for row in ledger.rows}
            if not found.public.keys() <= known.keys():
                ledger = await self._record(found)
            self._take(_matching(found, ledger), ledger)

    async def run(self) -> None:
        """Follows until cancelled; what fails is logged once and tried again."""
        with self._wakeups.subscribe(KEYS_TOPIC) as hints:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_S):
                        await hints.wait()
                try:
                    await self.refresh()
                    self._complain(*self._found.problems)
                except MeshError as error:
                    self._complain(str(error))

    async def _record(self, found: FoundKeys) -> Ledger:
        private = {kid: key.public for kid, key in found.private.items()}
        others = {kid: key for kid, key in found.public.items() if kid not in private}
        now = self._clock.now()
        async with self._db.vendor() as conn:
            facts = [
                fact(
                    VENDOR_CHAIN,
                    Action.SIGNING_KEY_CREATED,
                    f"signing_key/{row.kid}",
                    {"state": row.state},
                )
                for row in await record(conn, private, others, now)
            ]
            await tell(conn, facts, now, self._clock)
            ledger = await read_ledger(conn)
        await self._wakeups.publish(KEYS_TOPIC)
        return ledger

    def _take(self, found: FoundKeys, ledger: Ledger) -> None:
        changed = ledger.trust != self._ledger.trust
        self._found, self._ledger = found, ledger
        order = sorted(ledger.rows, key=lambda row: row.state != "signing")
        self.keys = KeySet(
            (PublicKey.from_pem(row.public_key_pem, row.kid) for row in order),
            ledger.trust.retired,
        )
        if changed:
            for listener in self._listeners:
                listener()

    def _usable(self) -> SigningKey | None:
        private = self._found.private
        former = sorted(
            (row for row in self._ledger.rows if row.state in ("signing", "verifying")),
            key=lambda row: (row.state == "signing", row.signing_from or row.published_at),
            reverse=True,
        )
        return next((private[row.kid] for row in former if row.kid in private), None)

    def _complain(self, *problems: str) -> None:
        signing = self._ledger.signing
        if signing is not None and signing.kid not in self._found.private:
            problems += (f"the file of the signing key {signing.kid} is missing",)
        complaint = "; ".join(problems)
        if complaint and complaint != self._complaint:
            self._log.error("signing_keys", problem=complaint)
        self._complaint = complaint


def _matching(found: FoundKeys, ledger: Ledger) -> FoundKeys:
    """The files but those that hold another key than is recorded under their kid."""
    recorded = {row.kid: row.public_key_pem for row in ledger.rows}
    wrong = {kid for kid, key in found.public.items() if recorded.get(kid) != key.pem()}
    return FoundKeys(
        {kid: key for kid, key in found.private.items() if kid not in wrong},
        {kid: key for kid, key in found.public.items() if kid not in wrong},
        (
            *found.problems,
            *(f"licence keys: {kid}.pem is not the key of this kid" for kid in wrong),
        ),
    )
