"""SQL of billing profiles."""

from datetime import datetime
from uuid import UUID

from billing.profiles.profile import BillingProfile
from mesh.database import Connection


async def get(conn: Connection, tenant_id: UUID) -> BillingProfile:
    """The tenant's profile, an empty one where nothing was said."""
    row = await conn.fetchrow(
        """
        select legal_name, address, country, region, tax_id, invoice_email, currency, exempt
        from billing_profiles where tenant_id = $1
        """,
        tenant_id,
    )
    if row is None:
        return BillingProfile()
    return BillingProfile(**{**row, "address": tuple(row["address"])})


async def put(conn: Connection, tenant_id: UUID, profile: BillingProfile, now: datetime) -> None:
    """Replaces the profile."""
    await conn.execute(
        """
        insert into billing_profiles (tenant_id, legal_name, address, country, region, tax_id,
            invoice_email, currency, exempt, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (tenant_id) do update set
            legal_name = excluded.legal_name, address = excluded.address,
            country = excluded.country, region = excluded.region, tax_id = excluded.tax_id,
            invoice_email = excluded.invoice_email, currency = excluded.currency,
            exempt = excluded.exempt, updated_at = excluded.updated_at
        """,
        tenant_id,
        profile.legal_name,
        list(profile.address),
        profile.country,
        profile.region,
        profile.tax_id,
        profile.invoice_email,
        profile.currency,
        profile.exempt,
        now,
    )


async def invoiced_in(conn: Connection, tenant_id: UUID) -> str:
    """The currency in which the tenant was invoiced, empty while it never was."""
    found: str | None = await conn.fetchval(
        "select invoiced_in from billing_profiles where tenant_id = $1", tenant_id
    )
    return found or ""


async def note_invoiced(conn: Connection, tenant_id: UUID, currency: str, now: datetime) -> None:
    """The tenant was invoiced in the currency."""
    await conn.execute(
        """
        insert into billing_profiles as held (tenant_id, invoiced_in, updated_at)
        values ($1, $2, $3)
        on conflict (tenant_id) do update set invoiced_in = excluded.invoiced_in
        where held.invoiced_in <> excluded.invoiced_in
        """,
        tenant_id,
        currency,
        now,
    )
