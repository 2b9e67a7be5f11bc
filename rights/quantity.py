"""Quantities of usage: exact decimals of up to 15 digits with at most 5 decimals.

Counting works in units of 0.00001, so that sums are integer sums. The largest
quantity is 999999999999999, which is 99999999999999900000 units: more than 64
bits hold.
"""

import re
from decimal import Decimal

from rights.errors import QuantityInvalid

UNITS_PER_ONE = 100_000
MAX_DIGITS = 15
MAX_DECIMALS = 5

_DECIMAL = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


def parse_quantity(text: str) -> Decimal:
    """The exact quantity, zero or positive, without trailing zeros lost or added.

    Raises QuantityInvalid for a sign, an exponent, NaN, infinity, white space,
    other digits than 0-9, more than 15 digits in all or more than 5 decimals.
    """
    _split(text)
    return Decimal(text)


def quantity_units(text: str) -> int:
    """The quantity in units of 0.00001. Raises QuantityInvalid as parse_quantity does."""
    if len(text) <= MAX_DIGITS and text.isascii() and text.isdigit():
        return int(text) * UNITS_PER_ONE
    whole, decimals = _split(text)
    return int(whole) * UNITS_PER_ONE + int(decimals.ljust(MAX_DECIMALS, "0"))


def format_quantity(units: int) -> str:
    """The shortest text of a quantity given in units of 0.00001.

    Raises QuantityInvalid when it is negative; a sum may have more than 15 digits.
    """
    if units < 0:
        raise QuantityInvalid("a quantity is not negative")
    whole, rest = divmod(units, UNITS_PER_ONE)
    if not rest:
        return str(whole)
    return f"{whole}.{rest:0{MAX_DECIMALS}d}".rstrip("0")


def _split(text: str) -> tuple[str, str]:
    if len(text) > MAX_DIGITS + 1:
        raise QuantityInvalid(f"a quantity has at most {MAX_DIGITS} digits")
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise QuantityInvalid(
            f"{text!r} is not a plain decimal: digits, then at most {MAX_DECIMALS} decimals"
        )
    whole, decimals = match[1], match[2] or ""
    if len(decimals) > MAX_DECIMALS:
        raise QuantityInvalid(f"a quantity has at most {MAX_DECIMALS} decimals")
    if len(whole) + len(decimals) > MAX_DIGITS:
        raise QuantityInvalid(f"a quantity has at most {MAX_DIGITS} digits")
    return whole, decimals
