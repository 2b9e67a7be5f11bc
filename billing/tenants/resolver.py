"""From what a request calls a tenant to its id."""

from uuid import UUID

from billing.tenants import store
from mesh.cache import Cache
from mesh.database import Database
from mesh.errors import NotFound
from rights.ids import parse_tenant


class TenantResolver:
    """Knows tenants by `cust_…`, UUID or alias.

    Only found tenants are remembered, so that a new one is known at once; a tenant is never
    removed and an alias never moves.
    """

    def __init__(self, db: Database, cache: Cache[str, UUID]) -> None:
        """`cache` holds the positive answers."""
        self._db = db
        self._cache = cache

    async def means(self, text: str, tenant_id: UUID) -> bool:
        """Whether `text` names the tenant. It looks among the tenant's own aliases alone, so
        that what is another's and what is nobody's take the same way."""
        named = parse_tenant(text)
        if named is not None:
            return named == tenant_id
        if await self._cache.get(text) == tenant_id:
            return True
        async with self._db.tenant(tenant_id) as conn:
            own = await store.find_alias(conn, text) == tenant_id
        if own:
            await self._cache.put(text, tenant_id)
        return own

    async def resolve(self, text: str) -> UUID:
        """Raises NotFound."""
        known = await self._cache.get(text)
        if known is not None:
            return known
        tenant_id = parse_tenant(text)
        async with self._db.vendor() as conn:
            if tenant_id is None:
                found = await store.find_alias(conn, text)
            else:
                found = tenant_id if await store.exists(conn, tenant_id) else None
        if found is None:
            raise NotFound("tenant", text)
        await self._cache.put(text, found)
        return found
