"""SQL of tenants at the payment provider: their customer, and their one subscription."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mesh.database import Connection


@dataclass(frozen=True, slots=True)
class Payer:
    """A tenant as the provider is to know it; `customer_id` is empty until it does."""

    customer_id: str
    email: str
    company_name: str


@dataclass(frozen=True, slots=True)
class Link:
    """A tenant's subscription there (empty: none), and the families whose plan follows it."""

    subscription_id: str = ""
    families: tuple[str, ...] = ()


async def hold(conn: Connection, tenant_id: UUID) -> None:
    """Lets one transaction at a time ask the provider about the tenant and follow the answer, so
    that an older answer never comes after a newer one."""
    await conn.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 5))", f"stripe/{tenant_id}"
    )


async def payer(conn: Connection, tenant_id: UUID) -> Payer | None:
    """The tenant."""
    row = await conn.fetchrow(
        """
        select coalesce(stripe_customer_id, '') as customer_id, email, company_name
        from tenants where tenant_id = $1
        """,
        tenant_id,
    )
    return Payer(**row) if row else None


async def tenant_of(conn: Connection, customer_id: str) -> UUID | None:
    """Whose customer it is."""
    found: UUID | None = await conn.fetchval(
        "select tenant_id from tenants where stripe_customer_id = $1", customer_id
    )
    return found


async def set_customer(conn: Connection, tenant_id: UUID, customer_id: str | None) -> None:
    """The tenant's customer from now on."""
    await conn.execute(
        "update tenants set stripe_customer_id = $2 where tenant_id = $1", tenant_id, customer_id
    )


async def link(conn: Connection, tenant_id: UUID) -> Link:
    """What is known of the tenant's subscription."""
    row = await conn.fetchrow(
        "select subscription_id, families from stripe_subscriptions where tenant_id = $1",
        tenant_id,
    )
    return Link(row["subscription_id"], tuple(row["families"])) if row else Link()


async def put_link(
    conn: Connection, tenant_id: UUID, subscription_id: str, families: Sequence[str], now: datetime
) -> None:
    """Keeps what the provider said at `now`."""
    await conn.execute(
        """
        insert into stripe_subscriptions (tenant_id, subscription_id, families, synced_at)
        values ($1, $2, $3, $4)
        on conflict (tenant_id) do update set subscription_id = excluded.subscription_id,
            families = excluded.families, synced_at = excluded.synced_at
        """,
        tenant_id,
        subscription_id,
        sorted(families),
        now,
    )


async def stale(conn: Connection, before: datetime, at_most: int) -> list[str]:
    """Customers who have a subscription, or an invoice that is not settled, and about whom the
    provider was not asked since `before`, the longest first."""
    rows = await conn.fetch(
        """
        select t.stripe_customer_id from stripe_subscriptions s join tenants t using (tenant_id)
        where s.synced_at < $1 and t.stripe_customer_id is not null
            and (s.subscription_id <> '' or exists (
                select from stripe_shadows h
                where h.tenant_id = s.tenant_id and h.status in ('', 'draft', 'open')))
        order by s.synced_at limit $2
        """,
        before,
        at_most,
    )
    return [row["stripe_customer_id"] for row in rows]
