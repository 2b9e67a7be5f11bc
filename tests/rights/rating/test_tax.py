"""A tax is rounded once per rate, and what falls on each line sums to it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.errors import CreditTooLarge, MoneyInvalid
from rights.money import Money
from rights.rating.credits import Credit, credit, settle
from rights.rating.tax import Party, TableTaxes, Taxable, TaxRate, Treatment, shares
from rights.rating.tax_ids import EU, looks_valid

GERMANY = Party("DE", tax_id="DE811907980")
RATES = (
    TaxRate("DE", "VAT", Decimal(19)),
    TaxRate("DE", "VAT reduced", Decimal(7), tax_class="books"),
    TaxRate("FR", "VAT", Decimal(20)),
    TaxRate("IE", "VAT", Decimal(0)),
    TaxRate("CA", "GST", Decimal(5)),
    TaxRate("CA", "QST", Decimal("9.975"), region="QC"),
    TaxRate("US", "Sales tax", Decimal("8.875"), region="NY"),
)
lines = st.lists(st.integers(-(10**9), 10**9), max_size=8)


def usd(*minor: int, tax_class: str = "standard") -> list[Taxable]:
    return [Taxable(Money("USD", each), tax_class) for each in minor]


@pytest.mark.parametrize(
    ("buyer", "treatment", "amounts"),
    [
        (Party("DE"), Treatment.TAXED, {"VAT": 1900}),
        (Party("FR"), Treatment.TAXED, {"VAT": 2000}),
        (Party("FR", tax_id="FR 40 303265045"), Treatment.REVERSE_CHARGE, {}),
        (Party("FR", tax_id="DE811907980"), Treatment.TAXED, {"VAT": 2000}),
        (Party("FR", tax_id="FR123"), Treatment.TAXED, {"VAT": 2000}),
        (Party("DE", tax_id="DE136695976"), Treatment.TAXED, {"VAT": 1900}),
        (Party("DE", exempt=True), Treatment.EXEMPT, {}),
        (Party("IE"), Treatment.ZERO_RATED, {"VAT": 0}),
        (Party("CA", "QC"), Treatment.TAXED, {"GST": 500, "QST": 998}),
        (Party("CA", "AB"), Treatment.TAXED, {"GST": 500}),
        (Party("US", "NY"), Treatment.TAXED, {"Sales tax": 888}),
        (Party("US", "OR"), Treatment.OUT_OF_SCOPE, {}),
        (Party("CH", tax_id="CHE123456788"), Treatment.OUT_OF_SCOPE, {}),
    ],
)
def test_who_pays_which_tax(buyer: Party, treatment: Treatment, amounts: dict[str, int]) -> None:
    found = TableTaxes(GERMANY, RATES).taxes(buyer, usd(3333, 6667), "USD")
    assert found.treatment is treatment
    assert {line.name: line.amount.minor_units for line in found.lines} == amounts
    assert (found.net.minor_units, found.amount.minor_units) == (10000, sum(amounts.values()))


def test_a_seller_outside_of_the_eu_reverses_no_charge() -> None:
    buyer = Party("FR", tax_id="FR40303265045")
    found = TableTaxes(Party("US", "NY"), RATES).taxes(buyer, usd(100), "USD")
    assert found.treatment is Treatment.TAXED


def test_inclusive_prices_hold_their_tax() -> None:
    found = TableTaxes(GERMANY, RATES, inclusive=True).taxes(Party("CA", "QC"), usd(11498), "USD")
    assert [(line.base.minor_units, line.amount.minor_units) for line in found.lines] == [
        (10000, 500),
        (10000, 998),
    ]
    assert (found.net.minor_units, found.gross.minor_units) == (10000, 11498)


def test_classes_are_taxed_apart() -> None:
    goods = [*usd(1000), *usd(500, tax_class="books"), *usd(11), *usd(70, tax_class="alms")]
    found = TableTaxes(GERMANY, RATES).taxes(Party("DE"), goods, "USD")
    assert [(line.name, line.lines, line.base.minor_units) for line in found.lines] == [
        ("VAT", (0, 2), 1011),
        ("VAT reduced", (1,), 500),
    ]
    assert found.gross.minor_units == 1581 + 192 + 35


def test_rounding_is_once_per_rate_and_not_per_line() -> None:
    ten_cents = usd(*[3] * 100)
    (line,) = TableTaxes(GERMANY, RATES).taxes(Party("DE"), ten_cents, "USD").lines
    assert line.amount.minor_units == 57, "a hundred times 0.57 cents, not a hundred times 1"


@given(
    lines,
    st.sampled_from(["DE", "FR", "IE", "CA"]),
    st.sampled_from(["", "QC"]),
    st.booleans(),
)
def test_taxes_sum(amounts: list[int], country: str, region: str, inclusive: bool) -> None:
    rules = TableTaxes(Party("US"), RATES, inclusive=inclusive)
    found = rules.taxes(Party(country, region), usd(*amounts), "USD")
    stated = found.gross if inclusive else found.net
    assert stated.minor_units == sum(amounts)
    assert sum(line.amount.minor_units for line in found.lines) == found.amount.minor_units
    for line in found.lines:
        assert sum(share.minor_units for share in line.shares) == line.amount.minor_units
        assert len(line.shares) == len(line.lines)
        exact = line.base.minor_units * line.percent / 100
        assert abs(line.amount.minor_units - exact) <= 1


@given(lines, st.integers(0, 100))
def test_each_share_is_the_line_s_own_to_a_minor_unit(amounts: list[int], percent: int) -> None:
    tax = Money("USD", round(Decimal(sum(amounts)) * percent / 100))
    for amount, share in zip(
        amounts, shares(tax, [Money("USD", each) for each in amounts]), strict=True
    ):
        if sum(amounts):
            exact = Decimal(tax.minor_units) * amount / sum(amounts)
            assert abs(share.minor_units - exact) <= 1


def test_a_tax_is_a_percentage_and_one_invoice_has_one_currency() -> None:
    for percent in ("-1", "100", "NaN"):
        with pytest.raises(ValueError, match="percentage"):
            TaxRate("DE", "VAT", Decimal(percent))
    with pytest.raises(MoneyInvalid):
        TableTaxes(GERMANY, RATES).taxes(Party("DE"), usd(1), "EUR")


def test_a_tax_id_has_the_form_of_its_country() -> None:
    good = {
        "AT": "ATU12345678",
        "GR": "EL 123456789",
        "NL": "nl.123456789B01",
        "SE": "SE123456789001",
        "LT": "LT123456789012",
    }
    assert all(looks_valid(country, tax_id) for country, tax_id in good.items())
    assert len(EU) == 27
    for country, tax_id in (
        ("GR", "GR123456789"),
        ("DE", ""),
        ("US", "US123"),
        ("DE", "DE٣٣٣٣٣٣٣٣٣"),
    ):
        assert not looks_valid(country, tax_id)


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_a_balance_pays_after_tax_as_far_as_it_goes(total: int, balance: int) -> None:
    settled = settle(Money("JPY", total), Money("JPY", balance))
    assert settled.applied + settled.due == Money("JPY", total)
    assert settled.left.minor_units == balance - settled.applied.minor_units >= 0
    assert settled.due.minor_units == max(total - balance, 0)


def test_a_balance_is_not_negative_and_not_of_another_currency() -> None:
    with pytest.raises(ValueError, match="not negative"):
        settle(Money("USD", 1), Money("USD", -1))
    with pytest.raises(MoneyInvalid):
        settle(Money("USD", 1), Money("EUR", 1))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.integers(0, 10**6))
def test_credit_notes_never_exceed_what_was_invoiced(parts: list[int], tax: int) -> None:
    invoiced = Credit(Money("USD", sum(parts)), Money("USD", tax))
    given_back: list[Credit] = []
    for part in parts:
        note = credit(invoiced, given_back, Money("USD", part))
        assert 0 <= note.tax.minor_units <= tax
        given_back.append(note)
    assert sum(note.tax.minor_units for note in given_back) == tax
    assert sum(note.total.minor_units for note in given_back) == invoiced.total.minor_units
    with pytest.raises(CreditTooLarge, match=r"0\.00 USD"):
        credit(invoiced, given_back, Money("USD", 1))


def test_a_credit_note_gives_something_back() -> None:
    invoiced = Credit(Money("USD", 100), Money("USD", 19))
    for nothing in (0, -1):
        with pytest.raises(ValueError, match="something"):
            credit(invoiced, [], Money("USD", nothing))
    with pytest.raises(MoneyInvalid):
        credit(invoiced, [], Money("EUR", 1))
