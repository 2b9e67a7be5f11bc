"""A tenant's billing details."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BillingProfile:
    """Empty fields say nothing. `address` are lines without the country; `country` and `region`
    (without the country) are ISO 3166, `currency` is ISO 4217. `exempt`: no tax is charged."""

    legal_name: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    region: str = ""
    tax_id: str = ""
    invoice_email: str = ""
    currency: str = ""
    exempt: bool = False
