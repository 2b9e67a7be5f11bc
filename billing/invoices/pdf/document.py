"""An invoice as PDF, for whoever asks for one."""

from billing.invoices.invoice import Invoice


def document(invoice: Invoice) -> bytes:
    """The document of a finalised invoice. The first one loads the library, most of a second of
    work, so ask for it in a thread."""
    from billing.invoices.pdf.typesetting import typeset  # noqa: PLC0415 - most processes draw none

    return typeset(invoice)
