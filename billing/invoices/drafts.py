"""An invoice that is not finalised: what a period comes to as it stands."""

from datetime import datetime, timedelta

from billing.invoices.basis import BasisReader
from billing.invoices.composer import Basis, cost, within_range
from billing.invoices.invoice import Invoice, InvoiceStatus
from billing.invoices.issuing import Issuing
from billing.invoices.lines import Service
from billing.invoices.parties import Address, Issued, printed
from billing.invoices.periods.period import BillingPeriod
from billing.profiles.service import ProfilesService
from billing.tenants.service import TenantsService
from billing.unit import Unit
from rights.money import Money
from rights.rating.tax import Party, Taxable


class Drafts:
    """Composes the invoices of periods that are not closed."""

    def __init__(
        self,
        basis: BasisReader,
        profiles: ProfilesService,
        tenants: TenantsService,
        issuing: Issuing,
    ) -> None:
        """`profiles` and `tenants` tell whom an invoice is addressed to."""
        self._basis = basis
        self._profiles = profiles
        self._tenants = tenants
        self._issuing = issuing

    async def of(self, unit: Unit, period: BillingPeriod) -> Invoice:
        """The invoice of a period, with prices, as it stands now.

        Raises NotFound without a licence, FailedPrecondition as `compose` does.
        """
        return await self.made_of(unit, await self._basis.read(unit, period))

    async def made_of(self, unit: Unit, basis: Basis) -> Invoice:
        """The draft of a basis. Raises FailedPrecondition as `compose` does."""
        period, costs = basis.period, cost(basis)
        lines, subtotal = costs.lines, costs.subtotal
        currency = basis.prices.card.currency
        profile = await self._profiles.get(unit)
        tenant = await self._tenants.get(unit)
        buyer = Party(profile.country, profile.region, profile.tax_id, profile.exempt)
        with within_range():
            taxes = self._issuing.taxes.taxes(
                buyer, [Taxable(each.amount) for each in lines], currency
            )
        customer = Address(
            profile.legal_name or tenant.company_name,
            profile.address,
            profile.country,
            profile.tax_id,
            profile.invoice_email or tenant.email,
        )
        nothing = Money(currency, 0)
        return Invoice(
            invoice_id=period.invoice_id,
            tenant_id=period.tenant_id,
            period=Service(period.number, period.start, period.end),
            number="",
            status=InvoiceStatus.DRAFT,
            subtotal=subtotal,
            tax=taxes.amount,
            credit_applied=nothing,
            amount_paid=nothing,
            amount_credited=nothing,
            issued=Issued(
                self._issuing.issuer,
                customer,
                taxes.treatment,
                printed(taxes),
                self._issuing.pay_to,
            ),
            issuer=period.issuer,
            finalizes_at=finalizes_at(period, self._issuing.draft),
            lines=lines,
        )


def finalizes_at(period: BillingPeriod, draft: timedelta) -> datetime:
    """When a period is closed."""
    return period.end + draft
