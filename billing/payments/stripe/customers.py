"""Tenants as Stripe's customers."""

from collections.abc import Mapping

from stripe.params import CustomerUpdateParams

from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection, once
from billing.payments.values import Address, Customer


class StripeCustomers:
    """`Customers` of the provider."""

    def __init__(self, connection: StripeConnection) -> None:
        """Calls go through `connection`."""
        self._ask = connection.ask
        self._v1 = connection.v1

    async def create(
        self, *, email: str, name: str, metadata: Mapping[str, str], key: str
    ) -> Customer:
        """See the protocol."""
        call = self._v1.customers.create_async(
            {"email": email, "name": name, "metadata": dict(metadata)}, once(key)
        )
        return read.customer(await self._ask(call))

    async def get(self, customer_id: str) -> Customer:
        """See the protocol."""
        return read.customer(await self._ask(self._v1.customers.retrieve_async(customer_id)))

    async def update(
        self,
        customer_id: str,
        *,
        key: str,
        email: str | None = None,
        name: str | None = None,
        address: Address | None = None,
    ) -> Customer:
        """See the protocol."""
        params: CustomerUpdateParams = {}
        if email is not None:
            params["email"] = email
        if name is not None:
            params["name"] = name
        if address is not None:
            params["address"] = {
                "line1": address.line1,
                "line2": address.line2,
                "city": address.city,
                "state": address.state,
                "postal_code": address.postal_code,
                "country": address.country,
            }
        return read.customer(
            await self._ask(self._v1.customers.update_async(customer_id, params, once(key)))
        )

    async def portal(self, customer_id: str, *, return_url: str, key: str) -> str:
        """See the protocol."""
        call = self._v1.billing_portal.sessions.create_async(
            {"customer": customer_id, "return_url": return_url}, once(key)
        )
        return str((await self._ask(call))["url"])
