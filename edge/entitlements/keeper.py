"""Keeps leases ahead of their use: asked for, renewed, settled, given back."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import structlog

from edge.entitlements import store
from edge.entitlements.lease import Lease, LeaseAnswer, LeaseSource, QuotaWord, Settlement
from edge.entitlements.store import Books
from edge.entitlements.wallet import Wallet
from edge.licensing.clock import ForwardClock
from mesh.database import Database, Role
from mesh.errors import MeshError, NotFound, QuotaExhausted
from mesh.retry import Backoff
from rights.claims import Epoch
from rights.quantity import UNITS_PER_ONE

_LOOK_S = 0.2
_SETTLE_S = 60.0
_UNLIMITED_S = 300.0
_NOTHING_S = 5.0
_RETRY_CAP_S = 10.0
_LOW_S = 30.0
_AHEAD_S = 300.0
_LEAST = 10 * UNITS_PER_ONE
_RETURN_S = 3.0
_FIRST_S = 3.0
_IDLE_S = 600.0
FORKED = "JOURNAL_FORKED"


class Rights(Protocol):
    """What is known of the rights in force; a new epoch may bring another quota."""

    epoch: Epoch


@dataclass(slots=True)
class _Asking:
    """When to ask about one metric again, on the monotonic clock; `rate` is in units a second."""

    due_at: float = 0.0
    more_at: float = 0.0
    epoch: Epoch | None = None
    rate: float = 0.0
    taken_e5: int = 0
    looked_at: float = 0.0
    wanted_at: float | None = None
    none_until: float = 0.0
    backoff: Backoff = field(default_factory=lambda: Backoff(0.5, cap=_RETRY_CAP_S))
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class LeaseKeeper:
    """Fills the wallets of this node, and keeps what it holds in PostgreSQL.

    What was spent is what was counted under a lease's id: so a crash can part no count from its
    lease. A lease of another journal is worth nothing here. Metrics that are not used `always` are
    asked about from the first wish on, and given back once nobody wished for a while.
    """

    def __init__(
        self,
        database: Database,
        source: LeaseSource,
        wallets: Mapping[str, Wallet],
        clock: ForwardClock,
        rights: Rights,
        *,
        always: Collection[str],
    ) -> None:
        """`load` before the first use; `run` beside it."""
        self._always = frozenset(always)
        self._database = database
        self._source = source
        self.wallets = wallets
        self._clock = clock
        self._rights = rights
        self._asking = {metric: _Asking() for metric in wallets}
        self._watchers: list[Callable[[], None]] = []
        self._log = structlog.get_logger()

    def watch(self, more: Callable[[], None]) -> None:
        """Calls `more` when something is to be had again that was not."""
        self._watchers.append(more)

    async def load(self) -> None:
        """Takes what an earlier run held. Raises MeshError."""
        async with self._database.transaction(Role.APP) as conn:
            books = await store.read_books(conn)
            for word in books.words:
                if word.metric in self.wallets:
                    self.wallets[word.metric].word = word
            for held in books.leases:
                if held.lease.journal_id != books.journal_id:
                    await store.forget_lease(conn, held.lease.lease_id)
                elif not held.returning and held.lease.metric in self.wallets:
                    self.wallets[held.lease.metric].hold_lease(held.lease, held.spent_e5)

    async def first(self) -> None:
        """Asks at once, for a few seconds at most, for what could not be used now or would be used
        without the cloud's word."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_S):
                for metric, wallet in self.wallets.items():
                    known = wallet.word is not None and wallet.step().passed
                    if metric in self._always and not known:
                        await self._ask(metric, wallet)

    async def want(self, metric: str, amount_e5: int) -> None:
        """Before so much of a metric is taken: asks the cloud now, for a few seconds at most,
        unless it is there, or the cloud said a moment ago that there is no more."""
        wallet, asking = self.wallets[metric], self._asking[metric]
        asking.wanted_at = self._clock.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_S), asking.asking:
                if not wallet.has(amount_e5) and self._clock.monotonic() >= asking.none_until:
                    await self._ask_for(metric, wallet, amount_e5)
                    if not wallet.has(amount_e5):
                        asking.none_until = self._clock.monotonic() + _NOTHING_S

    async def run(self) -> None:
        """Asks whenever it is time, until cancelled."""
        while True:
            for metric, wallet in self.wallets.items():
                if self._is_wished(metric):
                    if self._is_due(metric, wallet):
                        await self._ask(metric, wallet)
                elif wallet.lease is not None:
                    await self._let_go(wallet, wallet.lease)
            await asyncio.sleep(_LOOK_S)

    async def give_back(self) -> None:
        """Ends every lease: nothing is used any more, and every count is in the journal.

        They are ended here before the cloud is told: whatever becomes of the call, nobody spends
        them again, and what fails is tried again at the next start. Raises MeshError.
        """
        async with self._database.transaction(Role.APP) as conn:
            books = await store.read_books(conn)
            for held in books.leases:
                await store.end_lease(conn, held.lease.lease_id, self._clock.now())
        for wallet in self.wallets.values():
            wallet.hold_lease(None, 0)
        with suppress(MeshError, TimeoutError):
            async with asyncio.timeout(_RETURN_S):
                for held in books.leases:
                    await self._return(books.settlement(held))

    async def settle_ended(self) -> None:
        """Gives back the leases that were followed by others, once all of them is journalled.

        Raises MeshError.
        """
        async with self._database.transaction(Role.APP) as conn:
            books = await store.read_books(conn)
        for held in books.leases:
            using = any(held.lease.lease_id in each.out for each in self.wallets.values())
            if held.returning and not held.open_e5 and not using:
                await self._return(books.settlement(held))

    async def _return(self, settlement: Settlement) -> None:
        over = True
        with suppress(NotFound):
            over = await self._source.give_back(settlement)
        if not over:
            return
        async with self._database.transaction(Role.APP) as conn:
            await store.forget_lease(conn, settlement.lease_id)

    def _is_wished(self, metric: str) -> bool:
        wanted_at = self._asking[metric].wanted_at
        recent = wanted_at is not None and self._clock.monotonic() - wanted_at < _IDLE_S
        return recent or metric in self._always

    async def _let_go(self, wallet: Wallet, lease: Lease) -> None:
        """Ends a lease that nobody uses; it is given back with the next question."""
        with suppress(MeshError):
            async with self._database.transaction(Role.APP) as conn:
                await store.end_lease(conn, lease.lease_id, self._clock.now())
            wallet.hold_lease(None, 0)
            await self.settle_ended()

    def _is_due(self, metric: str, wallet: Wallet) -> bool:
        asking, now = self._asking[metric], self._clock.monotonic()
        elapsed = now - asking.looked_at
        if elapsed > 0:
            used = max(0, wallet.taken_e5 - asking.taken_e5) / elapsed
            share = min(1.0, elapsed / 5.0)
            asking.rate += (used - asking.rate) * share
            asking.taken_e5, asking.looked_at = wallet.taken_e5, now
        changed = asking.epoch is not None and asking.epoch != self._rights.epoch
        low = wallet.lease is not None and wallet.left_e5 < max(UNITS_PER_ONE, asking.rate * _LOW_S)
        return now >= asking.due_at or changed or (low and now >= asking.more_at)

    async def _ask(self, metric: str, wallet: Wallet) -> None:
        async with self._asking[metric].asking:
            await self._ask_for(metric, wallet, 0)

    async def _ask_for(self, metric: str, wallet: Wallet, amount_e5: int) -> None:
        """Asks for a slice that lasts a while at the present rate, and has `amount_e5`."""
        asking, before = self._asking[metric], wallet.step().passed
        asking.epoch = self._rights.epoch
        wanted = None
        if asking.rate or amount_e5:
            wanted = max(_LEAST, int(asking.rate * _AHEAD_S), amount_e5)
        try:
            await self.settle_ended()
            out = dict(wallet.out)  # before the books: a use between counts twice, not never
            books = await self._books()
            answer = await self._source.acquire(
                metric, books.journal_id, wanted, self._settlement(books, wallet)
            )
            await self._take(wallet, answer, books, out)
            asking.backoff.reset()
            self._wait(asking, wallet)
        except QuotaExhausted as error:
            with suppress(MeshError):
                await self._nothing_left(wallet, error)
            asking.due_at = asking.more_at = self._clock.monotonic() + _NOTHING_S
        except MeshError as error:
            if error.reason == FORKED:
                wallet.hold_lease(None, 0)
            self._log.info("lease_not_renewed", metric=metric, reason=error.reason)
            asking.due_at = asking.more_at = self._clock.monotonic() + next(asking.backoff)
        if wallet.step().passed and not before:
            for more in self._watchers:
                more()

    async def _books(self) -> Books:
        async with self._database.transaction(Role.APP) as conn:
            return await store.read_books(conn)

    def _settlement(self, books: Books, wallet: Wallet) -> Settlement | None:
        held = wallet.lease.lease_id if wallet.lease is not None else None
        found = (each for each in books.leases if each.lease.lease_id == held)
        return next((books.settlement(each) for each in found), None)

    async def _take(
        self, wallet: Wallet, answer: LeaseAnswer, books: Books, out: Mapping[UUID, int]
    ) -> None:
        """Keeps the answer before anything of it is spent; one that was ended here and that the
        cloud renews goes on with what was spent of it."""
        old, new = wallet.lease, answer.lease
        if new is not None and new.journal_id != books.journal_id:
            new = None
        same = old is not None and new is not None and old.lease_id == new.lease_id
        async with self._database.transaction(Role.APP) as conn:
            if old is not None and not same:
                await store.end_lease(conn, old.lease_id, self._clock.now())
            if new is not None:
                await store.save_lease(conn, new)
            await store.save_word(conn, answer.word)
        wallet.word = answer.word
        if new is not None and same:
            wallet.grow(new)
            return
        lease_id = new.lease_id if new is not None else None
        spent = sum(each.spent_e5 for each in books.leases if each.lease.lease_id == lease_id)
        away = out.get(lease_id, 0) if lease_id is not None else 0
        wallet.hold_lease(new, spent + away)

    async def _nothing_left(self, wallet: Wallet, error: QuotaExhausted) -> None:
        """A lease that is held stays: it may still be spent to its last unit."""
        known = error.metadata
        word = QuotaWord(
            wallet.metric,
            limited=True,
            limit=known.get("limit"),
            used=known.get("used"),
            resets_at=error.reset,
            answered_at=self._clock.now(),
        )
        async with self._database.transaction(Role.APP) as conn:
            await store.save_word(conn, word)
        wallet.word = word

    def _wait(self, asking: _Asking, wallet: Wallet) -> None:
        now, lease = self._clock.monotonic(), wallet.lease
        asking.due_at = now + (_UNLIMITED_S if lease is None else self._settle_s(lease))
        enough = lease is None or wallet.left_e5 >= max(UNITS_PER_ONE, asking.rate * _LOW_S)
        asking.more_at = now + (_LOOK_S if enough else _NOTHING_S)

    def _settle_s(self, lease: Lease) -> float:
        life = (lease.expires_at - self._clock.now()).total_seconds()
        return min(_SETTLE_S, max(1.0, life / 2))
