"""What a cloud is told of who invoices, and of taxes."""

from decimal import Decimal

import pytest

from billing.config import BillingConfig
from billing.invoices.issuing import Issuing, tax_rates
from mesh.errors import ConfigError
from rights.rating.tax import TaxRate


def test_rates_are_read_by_country_and_region() -> None:
    assert tax_rates("PL:VAT:23, CA-QC:QST:9.975,") == (
        TaxRate("PL", "VAT", Decimal(23), ""),
        TaxRate("CA", "QST", Decimal("9.975"), "QC"),
    )


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"tax_rates": "UK:VAT:20"}, "BRINKBYTE_TAX_RATES: 'UK' is no country"),
        ({"tax_rates": "EL-I:VAT:24"}, "BRINKBYTE_TAX_RATES: 'EL' is no country"),
        ({"tax_rates": "PL:23"}, "BRINKBYTE_TAX_RATES: cannot read 'PL:23'"),
        ({"tax_rates": "PL:VAT:much"}, "cannot read 'PL:VAT:much'"),
        ({"issuer_country": "UK"}, "BRINKBYTE_ISSUER_COUNTRY: 'UK' is no country"),
    ],
)
def test_what_would_leave_an_invoice_without_tax_is_refused_at_the_start(
    config: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Issuing.of(BillingConfig.model_construct(**config))
