"""Who issues local invoices, and by which rules."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from billing.config import BillingConfig
from billing.invoices.parties import Address, address_lines
from mesh.errors import ConfigError
from rights.rating.countries import COUNTRIES
from rights.rating.tax import Party, TableTaxes, TaxRate, TaxRules


@dataclass(frozen=True, slots=True)
class Issuing:
    """`draft` is how long a period stays open after its end, `due` how long a customer has to pay.
    Numbers begin with `prefix` or `credit_prefix`."""

    issuer: Address
    pay_to: tuple[str, ...]
    taxes: TaxRules
    prefix: str
    credit_prefix: str
    draft: timedelta
    due: timedelta

    @classmethod
    def of(cls, config: BillingConfig) -> "Issuing":
        """What the configuration says. Raises ConfigError for taxes that cannot be read and for
        countries that do not exist."""
        _check("BRINKBYTE_ISSUER_COUNTRY", config.issuer_country)
        seller = Party(config.issuer_country, config.issuer_region, config.issuer_tax_id)
        return cls(
            issuer=Address(
                config.issuer_name,
                tuple(address_lines(config.issuer_address)),
                config.issuer_country,
                config.issuer_tax_id,
                config.issuer_email,
            ),
            pay_to=tuple(address_lines(config.issuer_bank)),
            taxes=TableTaxes(seller, tax_rates(config.tax_rates)),
            prefix=config.invoice_prefix,
            credit_prefix=config.credit_note_prefix,
            draft=timedelta(hours=config.invoice_draft_hours),
            due=timedelta(days=config.invoice_due_days),
        )


def tax_rates(text: str) -> tuple[TaxRate, ...]:
    """Rates such as `PL:VAT:23,CA:GST:5,CA-QC:QST:9.975`: a country, or a country and a region; a
    name; percent. Raises ConfigError."""
    return tuple(_rate(each.strip()) for each in text.split(",") if each.strip())


def _rate(text: str) -> TaxRate:
    try:
        place, name, percent = text.split(":")
        country, _, region = place.partition("-")
        _check("BRINKBYTE_TAX_RATES", country)
        return TaxRate(country, name, Decimal(percent), region)
    except (ValueError, InvalidOperation):
        raise ConfigError(
            f"BRINKBYTE_TAX_RATES: cannot read {text!r}; write PL:VAT:23 or CA-QC:QST:9.975"
        ) from None


def _check(variable: str, country: str) -> None:
    if country and country not in COUNTRIES:
        raise ConfigError(
            f"{variable}: {country!r} is no country of ISO 3166; write two capitals such as GB"
        )
