"""Tenants' calls: let in against the quota of api_call, counted before they are answered."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from billing.metering import methods, store
from billing.metering.counter import CallCounter, minute_of
from billing.metering.purse import Purse
from billing.metering.settlement import Settlement
from billing.quotas.desk import QuotaDesk
from billing.unit import Units
from mesh.call import Call
from mesh.clock import Clock
from mesh.database import Database, retry_serialization
from mesh.errors import MeshError, NotFound, QuotaExhausted, Unavailable

_HOLDS_S = 120.0
_REFUSED_S = 1.0
_LOOK_S = 1.0
_SETTLES = timedelta(seconds=2)
_LEFT = timedelta(minutes=3)
_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Account:
    purse: Purse = field(default_factory=Purse)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    oldest: datetime | None = None


class CallTicket:
    """A call that was let in; implements mesh.tolls.Ticket."""

    __slots__ = ("_account", "_counter", "_route", "_tenant_id")

    def __init__(
        self, account: _Account, counter: CallCounter, tenant_id: UUID, route: str
    ) -> None:
        """`account` is the tenant's on this server."""
        self._account: _Account | None = account
        self._counter = counter
        self._tenant_id = tenant_id
        self._route = route

    async def answered(self) -> None:
        """As Ticket.answered."""
        account, self._account = self._account, None
        if account is None:
            return
        account.purse.answered()
        minute = self._counter.minute
        account.oldest = min(account.oldest or minute, minute)
        if self._route in methods.PROMPT:
            self._counter.note(self._tenant_id, self._route)
        else:
            await self._counter.count(self._tenant_id, self._route)

    def given_up(self) -> None:
        """As Ticket.given_up."""
        account, self._account = self._account, None
        if account is not None:
            account.purse.put_back()


class CallMetering:
    """Lets calls in and makes events of them; implements mesh.tolls.Tolls and Background.

    A server sets a portion of a tenant's quota aside and lets calls in against it from memory;
    counts become events once their minute is over. Any server does that for one that is gone.
    """

    def __init__(
        self,
        db: Database,
        units: Units,
        settlement: Settlement,
        counter: CallCounter,
        *,
        desk: QuotaDesk,
        replica: UUID,
        clock: Clock,
    ) -> None:
        """`desk` hears of refusals, `replica` names this server's life."""
        self._db = db
        self._desk = desk
        self._units = units
        self._settlement = settlement
        self._counter = counter
        self._replica = replica
        self._clock = clock
        self._accounts: dict[UUID, _Account] = {}
        self._sweep_at = 0.0
        self._log = structlog.get_logger()

    async def enter(self, call: Call) -> CallTicket | None:
        """As Tolls.enter."""
        tenant_id = call.principal.tenant_id
        if tenant_id is None or not methods.counts(call):
            return None
        account = self._accounts.get(tenant_id)
        if account is None:
            account = self._accounts[tenant_id] = _Account()
        if not account.purse.take(self._clock.monotonic()):
            try:
                await self._ask(tenant_id, account)
            except MeshError:
                if methods.always(call.method):
                    return None
                raise
        return CallTicket(account, self._counter, tenant_id, call.method)

    async def run(self) -> None:
        """Writes counts and makes events of them until cancelled; failures are tried again."""
        writing = asyncio.create_task(self._counter.run())
        try:
            while True:
                await self.look_once()
                await asyncio.sleep(_LOOK_S)
        finally:
            self._counter.stop()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await writing
            writing.cancel()

    async def look_once(self) -> None:
        """Makes events of minutes that are over, gives back what nobody uses."""
        now = self._clock.now()
        before = minute_of(now - _SETTLES)
        for tenant_id, account in list(self._accounts.items()):
            over = account.oldest is not None and account.oldest < before
            stale = self._clock.monotonic() >= account.purse.until and account.purse.idle
            if over or stale:
                with self._logged():
                    await self._settle(tenant_id, account, before)
        if self._clock.monotonic() >= self._sweep_at:
            self._sweep_at = self._clock.monotonic() + _HOLDS_S
            with self._logged():
                await self._sweep(now - _LEFT)

    async def close(self) -> None:
        """Makes events of everything that this server counted, and gives its portions back."""
        with self._logged():
            for tenant_id, account in list(self._accounts.items()):
                await self._settle(tenant_id, account, _FOREVER)

    async def _ask(self, tenant_id: UUID, account: _Account) -> None:
        """Lets one call in, with a portion for those after it. Raises QuotaExhausted, Unavailable
        (DECISION_UNAVAILABLE)."""
        purse = account.purse
        async with account.asking:
            now = self._clock.monotonic()
            if purse.take(now):
                return
            if purse.refused is not None and now < purse.refused_until:
                raise purse.refused
            try:
                await self._refill(tenant_id, purse)
            except QuotaExhausted as error:
                self._desk.refused(error.subject)
                purse.refused, purse.refused_until = error, now + _REFUSED_S
                raise
            except Unavailable as error:
                if purse.limited is not False:
                    raise Unavailable("quota", reason="DECISION_UNAVAILABLE") from error
                purse.until = now + _HOLDS_S  # it had no limit a minute ago
            if not purse.take(self._clock.monotonic()):
                raise Unavailable("quota", reason="DECISION_UNAVAILABLE")

    async def _refill(self, tenant_id: UUID, purse: Purse) -> None:
        async def once() -> None:
            async with self._units.batch(tenant_id) as unit:
                granted = await self._settlement.refill(unit)
            granted.keep(purse, self._clock.monotonic() + _HOLDS_S)

        await retry_serialization(once)

    async def _settle(self, tenant_id: UUID, account: _Account, before: datetime) -> None:
        """Its minutes that began before `before` become events; what is set aside is set right."""
        async with account.asking:
            now, purse = self._clock.monotonic(), account.purse
            last = before == _FOREVER or (now >= purse.until and purse.idle)

            async def once() -> None:
                async with self._units.batch(tenant_id) as unit:
                    counts = await store.take_own(unit.conn, tenant_id, self._replica, before)
                    granted = await self._settlement.settle(unit, purse, counts, giving_up=last)
                granted.keep(purse, now if last else now + _HOLDS_S)

            await retry_serialization(once)
            account.oldest = before if purse.counted else None
            if last and purse.idle:
                self._accounts.pop(tenant_id, None)

    async def _sweep(self, before: datetime) -> None:
        async with self._db.worker() as conn:
            tenants = await store.tenants_left(conn, before)
            await store.forget_writers(conn, before - timedelta(days=1))
        for tenant_id in tenants:
            with suppress(NotFound):
                async with self._units.batch(tenant_id) as unit:
                    counts = await store.take_left(unit.conn, tenant_id, before)
                    await self._settlement.record(unit, counts)

    @contextmanager
    def _logged(self) -> Iterator[None]:
        try:
            yield
        except MeshError as error:
            self._log.warning("api_calls_not_settled", reason=error.reason)
        except Exception:
            self._log.exception("api_calls_not_settled")
