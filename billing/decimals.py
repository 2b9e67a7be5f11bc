"""Decimals as text."""

from decimal import Decimal


def plain(number: Decimal) -> str:
    """The exact number without exponent and trailing zeros: 1.50 is "1.5", 1E+2 is "100"."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
