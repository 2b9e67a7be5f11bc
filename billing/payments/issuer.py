"""Who issues a tenant's invoices."""

from billing.invoices.periods.period import Issuer
from billing.payments.checkout import store
from billing.unit import Unit


class Issuers:
    """Tells it of the periods that begin now."""

    def __init__(self, *, selling: bool) -> None:
        """`selling` says whether there is a provider."""
        self._selling = selling

    async def of(self, unit: Unit) -> Issuer:
        """Stripe, while the tenant holds a subscription there."""
        if not self._selling:
            return Issuer.LOCAL
        link = await store.link(unit.conn, unit.tenant_id)
        return Issuer.STRIPE if link.subscription_id else Issuer.LOCAL
