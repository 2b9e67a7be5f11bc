"""Rules of billing details."""

import re

from billing.audit.actions import Action
from billing.catalog.live import Catalogs
from billing.profiles import store
from billing.profiles.profile import BillingProfile
from billing.unit import Unit
from mesh.errors import FailedPrecondition, InvalidArgument, PermissionDenied
from mesh.principal import PrincipalKind
from rights.rating.countries import COUNTRIES
from rights.rating.tax_ids import EU, looks_valid

_REGION = re.compile(r"[A-Z0-9]{1,3}")


class ProfilesService:
    """Keeps to whom invoices are addressed."""

    def __init__(self, catalogs: Catalogs) -> None:
        """`catalogs` say which currencies are sold in."""
        self._catalogs = catalogs

    async def get(self, unit: Unit) -> BillingProfile:
        """The profile, an empty one where nothing was said."""
        return await store.get(unit.conn, unit.tenant_id)

    async def currency(self, unit: Unit) -> str:
        """In which the tenant is invoiced (ISO 4217)."""
        own = (await self.get(unit)).currency
        return own or (await self._catalogs.current(unit.conn)).currencies[0]

    async def invoiced(self, unit: Unit, currency: str) -> None:
        """Notes that an invoice was finalised in a currency, which from then on stays."""
        await store.note_invoiced(unit.conn, unit.tenant_id, currency, unit.now)

    async def update(self, unit: Unit, profile: BillingProfile) -> BillingProfile:
        """Replaces the profile.

        Raises InvalidArgument naming the field, PermissionDenied when a tenant changes whether it
        is exempt, FailedPrecondition (STATE_CONFLICT) when it was invoiced in another currency.
        """
        before = await self.get(unit)
        if before.exempt != profile.exempt and unit.principal.kind is not PrincipalKind.VENDOR:
            raise PermissionDenied(["vendor"])
        await self._check(unit, profile)
        await store.put(unit.conn, unit.tenant_id, profile, unit.now)
        unit.audit(
            Action.BILLING_PROFILE_UPDATED,
            f"billing_profile/{unit.tenant_id}",
            country=profile.country,
            currency=profile.currency,
            exempt=str(profile.exempt).lower(),
        )
        return profile

    async def _check(self, unit: Unit, profile: BillingProfile) -> None:
        if profile.country and profile.country not in COUNTRIES:
            said = "no country of ISO 3166, two capitals such as GB"
            raise InvalidArgument.field("profile.country", said)
        if profile.region and not _REGION.fullmatch(profile.region):
            raise InvalidArgument.field("profile.region", "ISO 3166-2 without the country")
        catalog = await self._catalogs.current(unit.conn)
        if profile.currency and profile.currency not in catalog.currencies:
            sold = ", ".join(catalog.currencies)
            raise InvalidArgument.field("profile.currency", f"nothing is sold in it, but in {sold}")
        invoiced = await store.invoiced_in(unit.conn, unit.tenant_id)
        if invoiced not in ("", profile.currency or catalog.currencies[0]):
            raise FailedPrecondition(
                "STATE_CONFLICT", "billing_profile", f"invoices are in {invoiced} already"
            )
        country, tax_id = profile.country, profile.tax_id
        if country in EU and tax_id and not looks_valid(country, tax_id):
            raise InvalidArgument.field(
                "profile.tax_id", f"no VAT identification number of {country}, prefix first"
            )
