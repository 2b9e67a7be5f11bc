"""Who issues an invoice and who gets it, as it stands on the document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rights.money import Money
from rights.rating.tax import Taxes, Treatment


@dataclass(frozen=True, slots=True)
class Address:
    """A party as it is printed; `country` is ISO 3166."""

    name: str
    lines: tuple[str, ...] = ()
    country: str = ""
    tax_id: str = ""
    email: str = ""

    def to_json(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "lines": list(self.lines),
            "country": self.country,
            "tax_id": self.tax_id,
            "email": self.email,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Address":
        """What was written."""
        return cls(**{**found, "lines": tuple(found["lines"])})


@dataclass(frozen=True, slots=True)
class InvoiceTax:
    """One tax: `percent` of `base`, rounded once."""

    name: str
    country: str
    region: str
    percent: Decimal
    base: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Issued:
    """What a finalised invoice says for ever beside its lines. `pay_to` are lines for whoever
    pays."""

    issuer: Address
    customer: Address
    treatment: Treatment
    taxes: tuple[InvoiceTax, ...]
    pay_to: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For JSON: amounts in minor units."""
        return {
            "issuer": self.issuer.to_json(),
            "customer": self.customer.to_json(),
            "treatment": self.treatment.value,
            "taxes": [_tax_to_json(each) for each in self.taxes],
            "pay_to": list(self.pay_to),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any], currency: str) -> "Issued":
        """What was written."""
        return cls(
            Address.from_json(found["issuer"]),
            Address.from_json(found["customer"]),
            Treatment(found["treatment"]),
            tuple(_tax_from_json(each, currency) for each in found["taxes"]),
            tuple(found["pay_to"]),
        )


def printed(taxes: Taxes) -> tuple[InvoiceTax, ...]:
    """The taxes without what falls on each line."""
    return tuple(
        InvoiceTax(each.name, each.country, each.region, each.percent, each.base, each.amount)
        for each in taxes.lines
    )


def address_lines(text: str) -> Sequence[str]:
    """Lines that a configuration writes with `|` between them."""
    return [line.strip() for line in text.split("|") if line.strip()]


def _tax_to_json(tax: InvoiceTax) -> dict[str, Any]:
    return {
        "name": tax.name,
        "country": tax.country,
        "region": tax.region,
        "percent": f"{tax.percent:f}",
        "base": tax.base.minor_units,
        "amount": tax.amount.minor_units,
    }


def _tax_from_json(found: Mapping[str, Any], currency: str) -> InvoiceTax:
    return InvoiceTax(
        found["name"],
        found["country"],
        found["region"],
        Decimal(found["percent"]),
        Money(currency, found["base"]),
        Money(currency, found["amount"]),
    )
