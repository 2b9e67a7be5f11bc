"""Sets an invoice as PDF: the same bytes for the same invoice."""

from collections.abc import Sequence
from unicodedata import normalize

import font_source_sans_pro
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from billing.invoices.invoice import Invoice
from billing.invoices.parties import Address
from billing.invoices.pdf import words

_FONT = "Source Sans Pro"
_MARGIN_MM = 20
_COLUMN_MM = 85
_GREY = (110, 110, 110)
_HEADINGS = ("Description", "Quantity", "Unit", "Unit price", "Amount")
_WIDE_MM = 170
_WIDTHS_MM = (70, 26, 26, 24, 24)
_DESCRIPTION, _UNIT = 0, 2
_DESCRIPTION_MM = 45
_AIR_MM = 4.2
_SIZES = (9, 8, 7, 6)
_ALIGN = ("LEFT", "RIGHT", "LEFT", "RIGHT", "RIGHT")


class _Page(FPDF):
    """A4 with a footer. A letter that the font does not have is shown as a question mark, and
    `lacks` tells that there was one."""

    def __init__(self, footer: str) -> None:
        super().__init__(format="A4")
        self._said = footer
        self.lacks = False

    def normalize_text(self, text: str) -> str:
        """Every text passes here before it is measured or set."""
        font = self.current_font
        assert isinstance(font, TTFFont)  # there are no others
        shown = "".join(
            each if ord(each) in font.cmap or not each.isprintable() else words.LACKING
            for each in normalize("NFC", text)
        )
        self.lacks = self.lacks or shown.count(words.LACKING) > text.count(words.LACKING)
        return super().normalize_text(shown)

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
    rows = [
        (
            words.described(line),
            words.quantity(line.quantity),
            line.unit,
            words.price(line),
            words.amount(line.amount),
        )
        for line in invoice.lines
    ]
    with pdf.table(
        col_widths=_columns(pdf, rows),
        text_align=_ALIGN,
        line_height=4.8,
        padding=(1, 1),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD"),
    ) as table:
        table.row(_HEADINGS)
        for row in rows:
            table.row(row)
    pdf.ln(4)


def _columns(pdf: FPDF, rows: Sequence[Sequence[str]]) -> Sequence[float]:
    """Widths in mm. No number is broken: its column gets what it needs, the description what is
    left, and a smaller font where that is too little."""
    widths: list[float] = []
    for size in _SIZES:
        pdf.set_font(_FONT, size=size)
        widths = list(_WIDTHS_MM)
        for at in set(range(len(widths))) - {_DESCRIPTION, _UNIT}:
            needed = [pdf.get_string_width(row[at]) + _AIR_MM for row in rows]
            widths[at] = max([widths[at], *needed])
        widths[_DESCRIPTION] = _WIDE_MM - sum(widths[_DESCRIPTION + 1 :])
        if widths[_DESCRIPTION] >= _DESCRIPTION_MM:
            break
    return widths


def _totals(pdf: FPDF, invoice: Invoice) -> None:
    rows = words.totals(invoice)
    if pdf.will_page_break(6 * len(rows)):
        pdf.add_page()
    pdf.set_font(_FONT, "B", 10)
    wide = max(40, *(pdf.get_string_width(value) + _AIR_MM for _, value in rows))
    for at, (name, value) in enumerate(rows):
        last = at == len(rows) - 1
        pdf.set_font(_FONT, "B" if last or name.startswith("Total") else "", 10)
        pdf.cell(_WIDE_MM - wide, 6, name, align="R")
        pdf.cell(wide, 6, value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(4)


def _end(pdf: _Page, invoice: Invoice) -> None:
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
    terms = words.terms(invoice)
    blocks = [[words.note(invoice)], [*paid, *given], [terms], pay_to]
    for block in blocks:
        text = "\n".join(filter(None, block))
        if text:
            pdf.multi_cell(0, 4.8, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            pdf.ln(2)
    if pdf.lacks:
        pdf.multi_cell(0, 4.8, words.LACKS, align="L")
