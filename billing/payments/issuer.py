"""Who issues a tenant's invoices."""

from billing.invoices.periods.period import Issuer
from billing.payments.checkout import store
from billing.unit import Unit


async def issuer_of(unit: Unit) -> Issuer:
    """Of the periods that begin now: Stripe, while the tenant holds a subscription there."""
    link = await store.link(unit.conn, unit.tenant_id)
    return Issuer.STRIPE if link.subscription_id else Issuer.LOCAL
