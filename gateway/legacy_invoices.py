"""The older paths of invoices."""

from gateway.legacy_row import Row

_INVOICES = "brinkbyte.invoice.v1.InvoiceService"

INVOICE_ROWS = (
    Row(
        "GET",
        "/api/billing/invoices",
        f"{_INVOICES}.ListInvoices",
        "the customer's invoices, newest period first",
    ),
    Row(
        "GET",
        "/api/billing/invoices/preview",
        f"{_INVOICES}.PreviewInvoice",
        "what the running billing period costs so far",
    ),
)
