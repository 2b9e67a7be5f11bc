"""Money: integer minor units with their currency, never a float."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from rights.errors import MoneyInvalid

_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED ARS AUD BRL CAD CHF CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR KES MAD MXN MYR"
        " NGN NOK NZD PEN PHP PLN QAR RON SAR SEK SGD THB TRY TWD UAH USD ZAR"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}
EXPONENTS = {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
"""Decimals of each currency's minor unit, by ISO 4217 code."""

Prices = Mapping[str, Decimal]
"""Currency to a price in the currency's main unit."""

_LARGEST = 2**63 - 1
_DIGITS = 80


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the smallest unit of its currency: 1999 USD is $19.99, 1999 JPY ¥1999.

    Raises MoneyInvalid for a currency outside EXPONENTS, a float, or an amount
    that 64 bits do not hold.
    """

    currency: str
    minor_units: int

    def __post_init__(self) -> None:
        """Check currency and range."""
        exponent_of(self.currency)
        if type(self.minor_units) is not int or abs(self.minor_units) > _LARGEST:
            raise MoneyInvalid(f"{self.minor_units!r} is not a 64-bit number of minor units")

    def __add__(self, other: "Money") -> "Money":
        """The sum. Raises MoneyInvalid when the currencies differ."""
        self._same_currency(other)
        return Money(self.currency, self.minor_units + other.minor_units)

    def __sub__(self, other: "Money") -> "Money":
        """The difference. Raises MoneyInvalid when the currencies differ."""
        self._same_currency(other)
        return Money(self.currency, self.minor_units - other.minor_units)

    def __neg__(self) -> "Money":
        """The same amount the other way round."""
        return Money(self.currency, -self.minor_units)

    @property
    def amount(self) -> Decimal:
        """The amount in the currency's main unit, exact."""
        return Decimal(self.minor_units).scaleb(-exponent_of(self.currency), exact_context())

    def __str__(self) -> str:
        """For people: ``19.90 USD``."""
        return f"{self.amount:f} {self.currency}"

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise MoneyInvalid(f"{self.currency} and {other.currency} do not add up")


def exponent_of(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217). Raises MoneyInvalid when unknown."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise MoneyInvalid(f"{currency!r} is not a known currency") from None


def total_of(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; nothing of the currency where there is none. Raises MoneyInvalid as ``+`` does."""
    return sum(amounts, Money(currency, 0))


def round_line(amount: Decimal, currency: str) -> Money:
    """Round an invoice line to the currency's minor unit, half to even.

    A line is rounded here and nowhere else. Raises MoneyInvalid for an unknown
    currency, NaN, infinity or an amount out of range.
    """
    exponent = exponent_of(currency)
    try:
        minor = amount.scaleb(exponent, exact_context()).to_integral_value(ROUND_HALF_EVEN)
        return Money(currency, int(minor))
    except (InvalidOperation, ValueError, OverflowError):
        raise MoneyInvalid(f"{amount} is not an amount of money") from None


def exact_context() -> Context:
    """Arithmetic wide enough that products of quantities and prices are never rounded."""
    return Context(prec=_DIGITS)
