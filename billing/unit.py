"""One RPC, one transaction: the one place where the server opens them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from billing.tenants.resolver import TenantResolver
from mesh.call import current_call
from mesh.clock import Clock
from mesh.database import Connection, Database
from mesh.errors import InvalidArgument, NotFound, PermissionDenied
from mesh.principal import Principal, PrincipalKind
from mesh.wakeup import Wakeups


@dataclass(frozen=True, slots=True)
class Unit:
    """A transaction that sees one tenant. `now` is one moment for all of it: aware, UTC."""

    conn: Connection
    tenant_id: UUID
    principal: Principal
    now: datetime
    topics: list[str] = field(default_factory=list)

    def wake(self, topic: str) -> None:
        """Publishes the wake-up once the transaction has committed."""
        self.topics.append(topic)


@dataclass(frozen=True, slots=True)
class VendorUnit:
    """A transaction of the vendor, which sees every tenant. `now` is aware, UTC."""

    conn: Connection
    principal: Principal
    now: datetime


class Units:
    """Opens the transaction of the call being served.

    The tenant comes from the credential. A tenant or a device that names another tenant
    gets the same answer as for one that does not exist.
    """

    def __init__(
        self, db: Database, tenants: TenantResolver, clock: Clock, wakeups: Wakeups
    ) -> None:
        """`wakeups` carries what units announce after their commit."""
        self._db = db
        self._tenants = tenants
        self._clock = clock
        self._wakeups = wakeups

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

    @asynccontextmanager
    async def tenant(self, requested: str) -> AsyncIterator[Unit]:
        """A unit of the tenant that the call may act for; raises as `tenant_of_call` does."""
        async with self.within(await self.tenant_of_call(requested)) as unit:
            yield unit

    @asynccontextmanager
    async def within(self, tenant_id: UUID) -> AsyncIterator[Unit]:
        """A unit of a tenant that is known already: from a stream, a token, `tenant_of_call`."""
        async with self._db.tenant(tenant_id) as conn:
            unit = Unit(conn, tenant_id, current_call().principal, self._clock.now())
            yield unit
        for topic in unit.topics:
            await self._wakeups.publish(topic)

    @asynccontextmanager
    async def vendor(self) -> AsyncIterator[VendorUnit]:
        """A unit across tenants. Raises PermissionDenied for everyone but the vendor."""
        principal = current_call().principal
        if principal.kind is not PrincipalKind.VENDOR:
            raise PermissionDenied(["vendor"])
        async with self._db.vendor() as conn:
            yield VendorUnit(conn, principal, self._clock.now())
