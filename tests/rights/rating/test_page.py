"""The numbers of docs/rating.md are worked out again."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from rights.catalog.model import Catalog
from rights.money import Money, exponent_of, round_line
from rights.periods import Period, add_months
from rights.rating.adjustment import adjust
from rights.rating.annual import charge_of_year, end_early
from rights.rating.credits import Credit, credit, settle
from rights.rating.line import rate_days, rate_usage
from rights.rating.scheme import Scheme
from rights.rating.tax import Party, TableTaxes, Taxable, TaxRate, Treatment
from rights.rating.written import Model, scheme_from_json

PAGE = Path(__file__).parents[3] / "docs" / "rating.md"
RATES = (
    TaxRate("DE", "VAT", Decimal(19)),
    TaxRate("FR", "VAT", Decimal(20)),
    TaxRate("CA", "GST", Decimal(5)),
    TaxRate("CA", "QST", Decimal("9.975"), region="QC"),
)


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text()


def table(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first heading begins like this."""
    rows = page[page.index(f"| {head}") :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    assert rows
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def usd(text: str) -> Money:
    return Money("USD", int(Decimal(text).scaleb(2)))


def schemes(page: str) -> dict[str, tuple[Scheme, list[list[str]]]]:
    """Each scheme that is written out, with the table below it."""
    found = {}
    for block in re.finditer(r"```yaml\n(model: .*?)```", page, re.DOTALL):
        written: Any = yaml.safe_load(block[1])
        found[written["model"]] = (scheme_from_json(written), table(page[block.end() :], "beyond"))
    return found


def beyond(scheme: Scheme, quantity: str) -> Money:
    return rate_usage("sms", Decimal(quantity), Decimal(0), scheme, "USD").amount


def test_rounding(page: str) -> None:
    for exact, *cells in table(page, "exact"):
        for currency, cell in zip(("USD", "JPY", "KWD"), cells, strict=True):
            amount = round_line(Decimal(exact), currency)
            assert f"{amount.amount:.{exponent_of(currency)}f}" == cell, (exact, currency)


def test_every_scheme(page: str) -> None:
    found = schemes(page)
    assert found.keys() == set(Model)
    for model, (scheme, rows) in found.items():
        for quantity, cost in rows:
            assert beyond(scheme, quantity) == usd(cost), (model, quantity)


def test_days(page: str) -> None:
    for what, piece_days, cost in table(page, "$60 for a camera"):
        line = rate_days("base_camera", Decimal(piece_days), 31, Decimal(60), "USD")
        assert line.amount == usd(cost), what
    for price, days, cost in table(page, "from $29 to $99"):
        line = rate_days("plan", Decimal(days), 31, Decimal(price.strip("$")), "USD")
        assert line.amount == usd(cost), price


def test_a_year(page: str, catalog: Catalog, now: Any) -> None:
    year = Period(now, add_months(now, 12))
    price = catalog.plan("platform", "starter").price("USD")
    paid = charge_of_year(price, catalog.annual_discount, "USD")
    ended = end_early(paid, year, date.fromordinal(now.date().toordinal() + 73))
    told = [usd(row[1]) for row in table(page, "starter, $29")]
    assert told == [paid, ended.used, ended.unused]


def test_late_use(page: str) -> None:
    scheme, _ = schemes(page)[Model.GRADUATED]
    told = [usd(row[1]) for row in table(page, "graduated as above")]
    steps = [
        adjust(
            "sms",
            Decimal(billed),
            Decimal(late),
            included=Decimal(0),
            scheme=scheme,
            currency="USD",
        )
        for billed, late in ((900, 200), (1100, 100))
    ]
    assert told == [beyond(scheme, "900"), *(step.amount for step in steps), beyond(scheme, "1200")]


def test_taxes(page: str) -> None:
    buyers = {
        "DE, anybody (19 %)": Party("DE"),
        "FR, a private buyer (20 %)": Party("FR"),
        "FR, FR40303265045": Party("FR", tax_id="FR40303265045"),
        "CA-QC (5 % and 9.975 %)": Party("CA", "QC"),
        "CH, no rate in the table": Party("CH"),
        "DE, exempt": Party("DE", exempt=True),
        "DE, anybody, prices inclusive": Party("DE"),
    }
    told = table(page, "a seller in Germany")
    assert [buyer for buyer, _ in told] == list(buyers)
    for buyer, tax in told:
        rules = TableTaxes(Party("DE"), RATES, inclusive="inclusive" in buyer)
        found = rules.taxes(buyers[buyer], [Taxable(usd("100"))], "USD")
        taxed = found.treatment is Treatment.TAXED
        assert tax == (f"{found.amount.amount:.2f}" if taxed else found.treatment), buyer


def test_credits(page: str) -> None:
    given: list[Credit] = []
    for _, net, tax in table(page, "an invoice of 100.00"):
        given.append(credit(Credit(usd("100"), usd("19")), given, usd(net)))
        assert given[-1].tax == usd(tax)
    for balance, due, left in table(page, "119.00 to pay"):
        settled = settle(usd("119"), usd(balance))
        assert (settled.due, settled.left) == (usd(due), usd(left))
