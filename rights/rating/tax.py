"""Taxes on an invoice: what is asked, what is answered, and rules that work from a table of rates.

A tax is computed and rounded once per rate, on the sum of what it applies to, never per line;
``shares`` then tells how much of it falls on each line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from rights.money import Money, total_of
from rights.rating.tax_ids import EU, looks_valid

STANDARD = "standard"
"""The tax class of what a plan, item or metric is, where nothing else is said."""


class Treatment(StrEnum):
    """Why an invoice is taxed as it is."""

    TAXED = "taxed"
    ZERO_RATED = "zero_rated"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a buyer: ISO 3166 country and region (without the country, may be empty), the tax
    id as it is written on the invoice, and whether it is exempt from every tax."""

    country: str
    region: str = ""
    tax_id: str = ""
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class TaxRate:
    """``percent`` of what is sold to a country, or to one region of it, in one tax class."""

    country: str
    name: str
    percent: Decimal
    region: str = ""
    tax_class: str = STANDARD

    def __post_init__(self) -> None:
        """Refuse what is no percentage with ValueError."""
        if not self.percent.is_finite() or not 0 <= self.percent < 100:
            raise ValueError(f"{self.percent} is no percentage of a tax")


@dataclass(frozen=True, slots=True)
class Taxable:
    """One line's amount, which holds the tax where prices are inclusive."""

    amount: Money
    tax_class: str = STANDARD


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One rate on the invoice: ``base`` is what it applies to (net), ``amount`` the tax, rounded
    once. ``lines`` are the positions of the lines it applies to, and ``shares`` what of the amount
    falls on each: they sum to it exactly."""

    name: str
    country: str
    region: str
    percent: Decimal
    base: Money
    amount: Money
    lines: tuple[int, ...]
    shares: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Taxes:
    """An invoice's taxes: ``net`` plus the amounts of the lines is ``gross``."""

    treatment: Treatment
    lines: tuple[TaxLine, ...]
    net: Money
    gross: Money

    @property
    def amount(self) -> Money:
        """All taxes together."""
        return self.gross - self.net


class TaxRules(Protocol):
    """What taxes an invoice carries."""

    def taxes(self, buyer: Party, lines: Sequence[Taxable], currency: str) -> Taxes:
        """Raises MoneyInvalid when a line is of another currency."""
        ...


class TableTaxes:
    """Taxes from a table of rates, for one seller.

    The buyer's country and region choose the rates, a country's and its region's together. No rate
    at all is out of scope. A business of another EU country with a tax id that looks valid owes the
    tax itself (reverse charge), where the seller is in the EU.
    """

    def __init__(
        self, seller: Party, rates: Sequence[TaxRate] = (), *, inclusive: bool = False
    ) -> None:
        """``inclusive``: the lines' amounts hold the tax already."""
        self._seller = seller
        self._rates = tuple(rates)
        self._inclusive = inclusive

    def taxes(self, buyer: Party, lines: Sequence[Taxable], currency: str) -> Taxes:
        """Rates by country and name as in the table. Raises MoneyInvalid."""
        stated = total_of((line.amount for line in lines), currency)
        treatment = self._treatment(buyer, lines)
        if treatment not in (Treatment.TAXED, Treatment.ZERO_RATED):
            return Taxes(treatment, (), stated, stated)
        found = [
            line
            for tax_class in dict.fromkeys(line.tax_class for line in lines)
            for line in self._of_class(buyer, lines, tax_class, currency)
        ]
        amount = total_of((line.amount for line in found), currency)
        if self._inclusive:
            return Taxes(treatment, tuple(found), stated - amount, stated)
        return Taxes(treatment, tuple(found), stated, stated + amount)

    def _treatment(self, buyer: Party, lines: Sequence[Taxable]) -> Treatment:
        if buyer.exempt:
            return Treatment.EXEMPT
        if self._reverse_charge(buyer):
            return Treatment.REVERSE_CHARGE
        rates = [rate for line in lines for rate in self._rates_for(buyer, line.tax_class)]
        if not rates:
            return Treatment.OUT_OF_SCOPE
        return Treatment.TAXED if any(rate.percent for rate in rates) else Treatment.ZERO_RATED

    def _reverse_charge(self, buyer: Party) -> bool:
        foreign = buyer.country != self._seller.country
        both = buyer.country in EU and self._seller.country in EU
        return foreign and both and looks_valid(buyer.country, buyer.tax_id)

    def _rates_for(self, buyer: Party, tax_class: str) -> list[TaxRate]:
        return [
            rate
            for rate in self._rates
            if rate.country == buyer.country
            and rate.region in ("", buyer.region)
            and rate.tax_class == tax_class
        ]

    def _of_class(
        self, buyer: Party, lines: Sequence[Taxable], tax_class: str, currency: str
    ) -> list[TaxLine]:
        """One line for each rate of the class."""
        rates = self._rates_for(buyer, tax_class)
        chosen = tuple(at for at, line in enumerate(lines) if line.tax_class == tax_class)
        stated = [lines[at].amount for at in chosen]
        total = total_of(stated, currency)
        whole = Fraction(100)
        if self._inclusive:
            whole += sum((Fraction(rate.percent) for rate in rates), Fraction(0))
        amounts = [
            Money(currency, round(total.minor_units * Fraction(rate.percent) / whole))
            for rate in rates
        ]
        base = total - total_of(amounts, currency) if self._inclusive else total
        return [
            TaxLine(
                rate.name,
                rate.country,
                rate.region,
                rate.percent,
                base,
                amount,
                chosen,
                shares(amount, stated),
            )
            for rate, amount in zip(rates, amounts, strict=True)
        ]


def shares(tax: Money, amounts: Sequence[Money]) -> tuple[Money, ...]:
    """What of a tax falls on each of the amounts that it was computed on, each at most one minor
    unit from its exact share; they sum to the tax. Amounts may have both signs."""
    whole = sum(amount.minor_units for amount in amounts)
    if not whole:
        return tuple(Money(tax.currency, 0) for _ in amounts)
    found: list[Money] = []
    so_far = given = 0
    for amount in amounts:
        so_far += amount.minor_units
        share = round(Fraction(tax.minor_units * so_far, whole)) - given
        given += share
        found.append(Money(tax.currency, share))
    return tuple(found)
