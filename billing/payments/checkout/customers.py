"""A tenant's customer at the provider: one, made when it is first needed."""

from uuid import UUID

from billing.payments.checkout import store
from billing.payments.provider import Customers
from billing.unit import Units
from mesh.errors import NotFound
from mesh.faults import Faults
from rights.ids import render_tenant


class PayingTenants:
    """Makes customers, each in a transaction of its own, so that what fails later keeps it."""

    def __init__(self, units: Units, customers: Customers, faults: Faults) -> None:
        """`customers` are the provider's."""
        self._units = units
        self._customers = customers
        self._faults = faults

    async def ensure(self, tenant_id: UUID) -> str:
        """The tenant's customer. Raises NotFound, and as the provider does."""
        async with self._units.working(tenant_id) as unit:
            await store.hold(unit.conn, tenant_id)
            payer = await store.payer(unit.conn, tenant_id)
            if payer is None:
                raise NotFound("tenant", str(tenant_id))
            if payer.customer_id:
                return payer.customer_id
            made = await self._customers.create(
                email=payer.email,
                name=payer.company_name,
                metadata={"tenant": render_tenant(tenant_id)},
                key=f"customer-{tenant_id}",
            )
            self._faults.hit("subscriptions.after_customer_before_commit")
            await store.set_customer(unit.conn, tenant_id, made.customer_id)
            return made.customer_id
