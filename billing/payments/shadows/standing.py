"""How the provider's invoices stand."""

from collections.abc import Iterable
from uuid import UUID

from billing.invoices.invoice import InvoiceStatus, ProviderInvoice
from billing.payments.shadows import store
from billing.payments.values import Invoice
from mesh.database import Connection

_STATUS = {
    "draft": InvoiceStatus.DRAFT,
    "open": InvoiceStatus.OPEN,
    "uncollectible": InvoiceStatus.UNCOLLECTIBLE,
    "void": InvoiceStatus.VOID,
    "paid": InvoiceStatus.PAID,
}


def provided(told: Invoice) -> ProviderInvoice:
    """What is kept of it; a word of the provider's that is not known here says nothing."""
    return ProviderInvoice(
        told.invoice_id, told.number, _STATUS.get(told.status), told.paid_at, told.hosted_url
    )


async def follow(conn: Connection, tenant_id: UUID, told: Iterable[Invoice]) -> None:
    """Keeps how those that are of a tenant's periods stand. What is told late does not undo what
    was told before it."""
    await store.stand(conn, tenant_id, [provided(each) for each in told])
