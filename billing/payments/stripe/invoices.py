"""Stripe's invoices and what waits for them."""

from collections.abc import Mapping
from datetime import datetime

from stripe.params import InvoiceItemCreateParams

from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection, once
from billing.payments.values import Invoice, InvoiceItem, InvoiceLine

_PAGE = 100


class StripeInvoices:
    """`Invoices` of the provider."""

    def __init__(self, connection: StripeConnection) -> None:
        """Calls go through `connection`."""
        self._connection = connection
        self._ask = connection.ask
        self._v1 = connection.v1

    async def get(self, invoice_id: str) -> Invoice:
        """See the protocol."""
        return read.invoice(await self._ask(self._v1.invoices.retrieve_async(invoice_id)))

    async def of_customer(self, customer_id: str) -> tuple[Invoice, ...]:
        """See the protocol."""
        call = self._v1.invoices.list_async({"customer": customer_id, "limit": _PAGE})
        return tuple([read.invoice(each) async for each in self._connection.pages(call)])

    async def lines(self, invoice_id: str) -> tuple[InvoiceLine, ...]:
        """See the protocol."""
        call = self._v1.invoices.line_items.list_async(invoice_id, {"limit": _PAGE})
        raws = [each async for each in self._connection.pages(call)]
        prices = {line.price_id for line in (read.line(raw, {}) for raw in raws)} - {""}
        keys: dict[str, str] = {}
        for price_id in sorted(prices):
            price = await self._ask(self._v1.prices.retrieve_async(price_id))
            keys[price_id] = price["metadata"].get("name") or price.get("lookup_key") or ""
        return tuple(read.line(raw, keys) for raw in raws)

    async def hold(self, invoice_id: str, *, key: str) -> Invoice:
        """See the protocol."""
        call = self._v1.invoices.update_async(invoice_id, {"auto_advance": False}, once(key))
        return read.invoice(await self._ask(call))

    async def finalize(self, invoice_id: str, *, key: str) -> Invoice:
        """See the protocol."""
        call = self._v1.invoices.finalize_invoice_async(
            invoice_id, {"auto_advance": True}, once(key)
        )
        return read.invoice(await self._ask(call))

    async def pay(self, invoice_id: str, *, key: str) -> Invoice:
        """See the protocol."""
        call = self._v1.invoices.pay_async(invoice_id, {}, once(key))
        return read.invoice(await self._ask(call))

    async def add_item(
        self,
        *,
        customer_id: str,
        amount: int,
        currency: str,
        description: str,
        period_start: datetime,
        period_end: datetime,
        metadata: Mapping[str, str],
        key: str,
        invoice_id: str = "",
    ) -> InvoiceItem:
        """See the protocol."""
        params: InvoiceItemCreateParams = {
            "customer": customer_id,
            "amount": amount,
            "currency": currency.lower(),
            "description": description,
            "period": {"start": read.seconds(period_start), "end": read.seconds(period_end)},
            "metadata": dict(metadata),
        }
        if invoice_id:
            params["invoice"] = invoice_id
        call = self._v1.invoice_items.create_async(params, once(key))
        return read.invoice_item(await self._ask(call))

    async def waiting_items(self, customer_id: str) -> tuple[InvoiceItem, ...]:
        """See the protocol."""
        call = self._v1.invoice_items.list_async(
            {"customer": customer_id, "pending": True, "limit": _PAGE}
        )
        return tuple([read.invoice_item(each) async for each in self._connection.pages(call)])
