"""One RPC, one transaction: the one place where the server opens them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from billing.audit import store as audit_store
from billing.audit.actions import Action
from billing.audit.entry import WORKER, Actor, Detail, Fact, Tally, fact, resource_text
from billing.audit.tallies import TallyLog
from billing.tenants.resolver import TenantResolver
from mesh.call import current_call
from mesh.clock import Clock
from mesh.database import Connection, Database
from mesh.errors import InvalidArgument, NotFound, PermissionDenied
from mesh.ids import uuid7_batch
from mesh.principal import ANONYMOUS, Principal, PrincipalKind
from mesh.wakeup import Wakeups
from rights.audit_chain import VENDOR_CHAIN


@dataclass(frozen=True, slots=True)
class Unit:
    """A transaction that sees one tenant. `now` is one moment for all of it: aware, UTC."""

    conn: Connection
    tenant_id: UUID
    principal: Principal
    now: datetime
    topics: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)

    def wake(self, topic: str) -> None:
        """Publishes the wake-up once the transaction has committed."""
        self.topics.append(topic)

    def audit(self, action: Action, resource: str, **details: Detail) -> None:
        """Tells the audit log, in this transaction, what the caller did to `kind/id`.

        `details` are short and never a secret. Raises ValueError for another resource.
        """
        self.facts.append(fact(self.tenant_id, action, resource, details))

    def refused(self, action: Action, resource: str, reason: str) -> None:
        """Counts a refusal by policy in the audit log, whether or not the transaction commits.

        `resource` is `kind/id`, `reason` a name of ErrorReason without its prefix.
        """
        self.tallies.append(Tally(self.tenant_id, action, resource_text(resource), reason))

    def counted(self, action: Action, resource: str) -> None:
        """Counts in the audit log what callers may do often, once the transaction has committed."""
        self.tallies.append(Tally(self.tenant_id, action, resource_text(resource), ""))


@dataclass(frozen=True, slots=True)
class VendorUnit:
    """A transaction of the vendor, which sees every tenant. `now` is aware, UTC."""

    conn: Connection
    principal: Principal
    now: datetime
    topics: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def wake(self, topic: str) -> None:
        """Publishes the wake-up once the transaction has committed."""
        self.topics.append(topic)

    def audit(
        self, action: Action, resource: str, *, tenant_id: UUID | None = None, **details: Detail
    ) -> None:
        """As `Unit.audit`, in the chain of `tenant_id` or, without one, in the vendor's own."""
        self.facts.append(fact(tenant_id or VENDOR_CHAIN, action, resource, details))


class Units:
    """Opens the transaction of the call being served.

    The tenant comes from the credential. A tenant or a device that names another tenant
    gets the same answer as for one that does not exist.
    """

    def __init__(
        self,
        db: Database,
        tenants: TenantResolver,
        clock: Clock,
        wakeups: Wakeups,
        tallies: TallyLog,
    ) -> None:
        """`wakeups` carries what units announce after their commit, `tallies` what they count."""
        self._db = db
        self._tenants = tenants
        self._clock = clock
        self._wakeups = wakeups
        self._tallies = tallies

    async def tenant_of_call(self, requested: str) -> UUID:
        """The tenant that the caller may act for, `requested` being the request's own word.

        Raises NotFound, InvalidArgument naming `tenant_id` when the vendor names none.
        """
        principal = current_call().principal
        own = principal.tenant_id
        if principal.kind is PrincipalKind.VENDOR:
            if not requested:
                raise InvalidArgument.field("tenant_id", "the vendor has to name the tenant")
            return await self._tenants.resolve(requested)
        if own is None:
            raise NotFound("tenant", requested)
        if requested and not await self._tenants.means(requested, own):
            raise NotFound("tenant", requested)
        return own

    async def tenant_named(self, text: str) -> UUID:
        """The tenant that somebody without a credential names, so that they may get one.

        For a name that is nobody's it is the id of no tenant: what follows then finds nothing, in
        the same time as elsewhere.
        """
        try:
            return await self._tenants.resolve(text)
        except NotFound:
            return UUID(int=0)

    @asynccontextmanager
    async def tenant(self, requested: str) -> AsyncIterator[Unit]:
        """A unit of the tenant that the call may act for; raises as `tenant_of_call` does."""
        async with self.within(await self.tenant_of_call(requested)) as unit:
            yield unit

    @asynccontextmanager
    async def within(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A unit of a tenant that is known already: from a stream, a token, `tenant_of_call`."""
        now, tallies, committed = self._clock.now(), list[Tally](), False
        try:
            async with self._db.tenant(tenant_id) as conn:
                unit = Unit(conn, tenant_id, current_call().principal, now, tallies=tallies)
                yield unit
                await self._write(conn, unit.facts, now, Actor.of(current_call()))
            committed = True
        finally:
            if noted := [each for each in tallies if committed or each.reason]:
                await self._tallies.note(noted, Actor.of(current_call()))
        for topic in unit.topics:
            await self._wakeups.publish(topic)

    @asynccontextmanager
    async def reading(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A unit of the server itself, outside every call, that changes nothing."""
        async with self._db.tenant(tenant_id) as conn:
            yield Unit(conn, tenant_id, ANONYMOUS, self._clock.now())

    @asynccontextmanager
    async def working(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A unit of the server's own background work, which the audit log knows as `worker`.

        What it is `refused` is not counted: nobody asked.
        """
        now = self._clock.now()
        async with self._db.tenant(tenant_id) as conn:
            unit = Unit(conn, tenant_id, ANONYMOUS, now)
            yield unit
            await self._write(conn, unit.facts, now, WORKER)
        for topic in unit.topics:
            await self._wakeups.publish(topic)

    @asynccontextmanager
    async def server(self) -> AsyncIterator[VendorUnit]:
        """A unit across tenants for what the server is told without a credential, or does by
        itself. The audit log is told nothing. Raises RuntimeError when it is."""
        async with self._db.worker() as conn:
            unit = VendorUnit(conn, ANONYMOUS, self._clock.now())
            yield unit
            if unit.facts:
                raise RuntimeError("nobody acts here, for the audit log to name")
        for topic in unit.topics:
            await self._wakeups.publish(topic)

    @asynccontextmanager
    async def batch(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A unit of the server itself that does the work of several calls of a tenant at once.

        It tells the audit log nothing, which names a caller. Raises RuntimeError when it does.
        """
        async with self._db.tenant(tenant_id) as conn:
            unit = Unit(conn, tenant_id, ANONYMOUS, self._clock.now())
            yield unit
            if unit.facts or unit.tallies:
                raise RuntimeError("a batch has no caller for the audit log")
        for topic in unit.topics:
            await self._wakeups.publish(topic)

    @asynccontextmanager
    async def vendor(self) -> AsyncIterator[VendorUnit]:
        """A unit across tenants. Raises PermissionDenied for everyone but the vendor."""
        principal = current_call().principal
        if principal.kind is not PrincipalKind.VENDOR:
            raise PermissionDenied(["vendor"])
        async with self._db.vendor() as conn:
            unit = VendorUnit(conn, principal, self._clock.now())
            yield unit
            await self._write(conn, unit.facts, unit.now, Actor.of(current_call()))
        for topic in unit.topics:
            await self._wakeups.publish(topic)

    async def _write(
        self, conn: Connection, facts: list[Fact], now: datetime, actor: Actor
    ) -> None:
        if not facts:
            return
        ids = uuid7_batch(self._clock, len(facts))
        rows = [each.row(entry_id, now, actor) for entry_id, each in zip(ids, facts, strict=True)]
        await audit_store.add(conn, rows)
