"""Sets an invoice as PDF: the same bytes for the same invoice."""

import font_source_sans_pro
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from billing.invoices.invoice import Invoice
from billing.invoices.parties import Address
from billing.invoices.pdf import words

_FONT = "Source Sans Pro"
_MARGIN_MM = 20
_COLUMN_MM = 85
_GREY = (110, 110, 110)
_HEADINGS = ("Description", "Quantity", "Unit", "Unit price", "Amount")
_WIDTHS = (70, 26, 26, 24, 24)
_ALIGN = ("LEFT", "RIGHT", "LEFT", "RIGHT", "RIGHT")


class _Page(FPDF):
    """A4 with a footer."""

    def __init__(self, footer: str) -> None:
        super().__init__(format="A4")
        self._said = footer

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(_FONT, size=8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, self._said)
        self.set_x(self.l_margin)
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")
        self.set_text_color(0, 0, 0)


def typeset(invoice: Invoice) -> bytes:
    """The document of a finalised invoice."""
    issuer = invoice.issued.issuer
    pdf = _Page(f"{issuer.name}  ·  {invoice.number}")
    pdf.add_font(_FONT, "", font_source_sans_pro.font_files_ttf["SourceSansPro"])
    pdf.add_font(_FONT, "B", font_source_sans_pro.font_files_ttf["SourceSansProSemibold"])
    if invoice.issued_at is not None:
        pdf.set_creation_date(invoice.issued_at)
    pdf.set_title(f"Invoice {invoice.number}")
    pdf.set_author(issuer.name)
    pdf.set_lang("en")
    pdf.set_margin(_MARGIN_MM)
    pdf.set_auto_page_break(True, margin=22)
    pdf.add_page()
    _head(pdf, invoice)
    _parties(pdf, invoice)
    _lines(pdf, invoice)
    _totals(pdf, invoice)
    _end(pdf, invoice)
    return bytes(pdf.output())


def _head(pdf: FPDF, invoice: Invoice) -> None:
    pdf.set_font(_FONT, "B", 20)
    pdf.cell(0, 12, f"Invoice {invoice.number}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if standing := words.standing(invoice):
        pdf.set_font(_FONT, "B", 11)
        pdf.cell(0, 7, standing, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    facts = (
        ("Invoice number", invoice.number),
        ("Issued", words.day(invoice.issued_at)),
        ("Due", words.day(invoice.due_at)),
        ("Service period", words.span(invoice.period.start, invoice.period.end)),
        ("Currency", invoice.currency),
        ("Payment reference", invoice.number),
    )
    pdf.ln(2)
    for name, value in facts:
        pdf.set_font(_FONT, size=9)
        pdf.set_text_color(*_GREY)
        pdf.cell(38, 5, name)
        pdf.set_text_color(0, 0, 0)
        pdf.cell(0, 5, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(5)


def _parties(pdf: FPDF, invoice: Invoice) -> None:
    top = pdf.get_y()
    ends = [
        _party(pdf, "From", invoice.issued.issuer, x=_MARGIN_MM, y=top),
        _party(pdf, "Bill to", invoice.issued.customer, x=_MARGIN_MM + _COLUMN_MM, y=top),
    ]
    pdf.set_xy(_MARGIN_MM, max(ends) + 6)


def _party(pdf: FPDF, role: str, party: Address, *, x: float, y: float) -> float:
    """Returns where it ends."""
    for style, size, text, grey in (
        ("", 9, role, True),
        ("B", 10, party.name, False),
        ("", 9, "\n".join(words.address(party)), False),
    ):
        if not text:
            continue
        pdf.set_xy(x, y)
        pdf.set_font(_FONT, style, size)
        pdf.set_text_color(*(_GREY if grey else (0, 0, 0)))
        pdf.multi_cell(_COLUMN_MM - 5, 4.6, text, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        y = pdf.get_y()
    return y


def _lines(pdf: FPDF, invoice: Invoice) -> None:
    pdf.set_font(_FONT, size=9)
    with pdf.table(
        col_widths=_WIDTHS,
        text_align=_ALIGN,
        line_height=4.8,
        padding=(1, 1),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD"),
    ) as table:
        table.row(_HEADINGS)
        for line in invoice.lines:
            table.row(
                (
                    words.described(line),
                    words.quantity(line.quantity),
                    line.unit,
                    words.price(line),
                    words.amount(line.amount),
                )
            )
    pdf.ln(4)


def _totals(pdf: FPDF, invoice: Invoice) -> None:
    rows = words.totals(invoice)
    if pdf.will_page_break(6 * len(rows)):
        pdf.add_page()
    for at, (name, value) in enumerate(rows):
        last = at == len(rows) - 1
        pdf.set_font(_FONT, "B" if last or name.startswith("Total") else "", 10)
        pdf.cell(_COLUMN_MM * 2 - 40, 6, name, align="R")
        pdf.cell(40, 6, value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(4)


def _end(pdf: FPDF, invoice: Invoice) -> None:
    pdf.set_font(_FONT, size=9)
    paid = [
        f"Payment of {words.amount(each.amount)} {invoice.currency} on "
        f"{words.day(each.paid_at)}, reference {each.reference}"
        for each in invoice.payments
    ]
    given = [
        f"Credit note {each.number} of {words.day(each.issued_at)}: "
        f"{words.amount(each.total)} {invoice.currency} ({each.reason})"
        for each in invoice.credit_notes
    ]
    pay_to = ["Pay to:", *invoice.issued.pay_to] if invoice.issued.pay_to else []
    blocks = [[words.note(invoice)], [*paid, *given], pay_to]
    for block in blocks:
        text = "\n".join(filter(None, block))
        if text:
            pdf.multi_cell(0, 4.8, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            pdf.ln(2)
