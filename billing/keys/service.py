"""Rules of the signing keys' life: next, signing, verifying, retired."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.audit.actions import Action
from billing.keys import store
from billing.keys.store import KeyRow
from billing.paging import Page, PageRequest, Position, page_of
from billing.topics import KEYS_TOPIC
from billing.unit import VendorUnit
from mesh.database import Connection
from mesh.errors import FailedPrecondition, NotFound
from rights.keys import PublicKey
from rights.trust import Trust

PUBLISHED_FOR = timedelta(minutes=10)
"""How long a key is published before it signs: twice as long as anybody may cache the keys."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every key, the newest first, and what is trusted no longer."""

    rows: tuple[KeyRow, ...]
    trust: Trust

    @property
    def signing(self) -> KeyRow | None:
        """The key that signs."""
        return next((row for row in self.rows if row.state == "signing"), None)

    def find(self, kid: str) -> KeyRow:
        """Raises NotFound."""
        for row in self.rows:
            if row.kid == kid:
                return row
        raise NotFound("signing key", kid)


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that signs now and the one that did, None when there was none."""

    signing: KeyRow
    former: KeyRow | None


async def read_ledger(conn: Connection) -> Ledger:
    """The keys as recorded."""
    rows = await store.keys(conn)
    retired = frozenset(row.kid for row in rows if row.state == "retired")
    return Ledger(tuple(rows), Trust(await store.trust_epoch(conn), retired))


async def record(
    conn: Connection,
    private: Mapping[str, PublicKey],
    others: Mapping[str, PublicKey],
    now: datetime,
) -> list[KeyRow]:
    """Records keys whose files are new, `private` the ones that could sign, the oldest first.

    One with its private part is next; the first of all signs. One without verifies. Returns
    those that were not known before.
    """
    await store.lock(conn)
    ledger = await read_ledger(conn)
    known = {row.kid for row in ledger.rows}
    signs = ledger.signing is not None
    new = []
    for kid, key in private.items():
        if kid not in known:
            state, begun = ("next", None) if signs else ("signing", now)
            new.append(KeyRow(kid, key.pem(), state, now, begun, None, None, None))
            signs = True
    for kid, key in others.items():
        if kid not in known:
            new.append(KeyRow(kid, key.pem(), "verifying", now, None, now, None, None))
    for row in new:
        await store.add(conn, row)
    return new


def page_of_keys(ledger: Ledger, request: PageRequest) -> Page[KeyRow]:
    """A page of the keys, the newest first."""
    after = request.after
    rows = [
        row
        for row in ledger.rows
        if after is None or (row.published_at, row.kid) < (after.moment, after.key)
    ]
    return page_of(
        request, rows[: request.size + 1], lambda row: Position(row.published_at, row.kid)
    )


class KeysService:
    """Rotates and retires. Every change wakes all replicas."""

    async def rotate(
        self, unit: VendorUnit, kid: str, held: Collection[str], *, at_once: bool
    ) -> Rotated:
        """Lets the key sign, by default the one published longest; `held` are those whose
        private part this server has.

        Raises NotFound, FailedPrecondition (STATE_CONFLICT) when none is next, when it was not
        published for PUBLISHED_FOR unless `at_once`, or when this server cannot sign with it.
        """
        await store.lock(unit.conn)
        ledger = await read_ledger(unit.conn)
        chosen = ledger.find(kid) if kid else _waiting(ledger)
        if chosen is None or chosen.state != "next":
            raise _conflict(
                kid or "next",
                "no key is next; make one with `brinkbyte keys create`"
                if chosen is None
                else f"the key is not next but {chosen.state}",
            )
        if chosen.kid not in held:
            raise _conflict(chosen.kid, "this server lacks the key's file; copy it there first")
        ready = chosen.published_at + PUBLISHED_FOR
        if not at_once and unit.now < ready:
            raise _conflict(
                chosen.kid,
                f"verifiers that cache keys know it by {ready:%Y-%m-%dT%H:%M:%SZ}; rotate then, "
                "or at once",
            )
        former = ledger.signing
        if former is not None:
            await store.end_signing(unit.conn, former.kid, unit.now)
        await store.begin_signing(unit.conn, chosen.kid, unit.now)
        unit.audit(
            Action.SIGNING_KEY_ROTATED,
            f"signing_key/{chosen.kid}",
            former=former.kid if former is not None else "",
        )
        unit.wake(KEYS_TOPIC)
        changed = await read_ledger(unit.conn)
        return Rotated(
            changed.find(chosen.kid), changed.find(former.kid) if former is not None else None
        )

    async def retire(self, unit: VendorUnit, kid: str) -> Ledger:
        """Ends the trust in a key; of the signing one, the next takes over. Again changes nothing.

        Raises NotFound, FailedPrecondition (STATE_CONFLICT) when no other key could sign.
        """
        await store.lock(unit.conn)
        ledger = await read_ledger(unit.conn)
        key = ledger.find(kid)
        if key.state == "retired":
            return ledger
        following = _waiting(ledger) if key.state == "signing" else None
        if key.state == "signing" and following is None:
            raise _conflict(
                kid, "no key is next to take over; make one with `brinkbyte keys create` first"
            )
        await store.retire(unit.conn, kid, unit.now)
        if following is not None:
            await store.begin_signing(unit.conn, following.kid, unit.now)
        changed = await read_ledger(unit.conn)
        unit.audit(Action.SIGNING_KEY_RETIRED, f"signing_key/{kid}", was=key.state)
        unit.audit(Action.TRUST_EPOCH_RAISED, f"trust_epoch/{changed.trust.epoch}", kid=kid)
        unit.wake(KEYS_TOPIC)
        return changed


def _waiting(ledger: Ledger) -> KeyRow | None:
    """The key that was next for the longest time."""
    return next((row for row in reversed(ledger.rows) if row.state == "next"), None)


def _conflict(kid: str, why: str) -> FailedPrecondition:
    return FailedPrecondition("STATE_CONFLICT", f"signing_key/{kid}", why)
