"""Amounts, counts and enum words as the command line reads and writes them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from rights.errors import MoneyInvalid
from rights.money import Money, exponent_of

if TYPE_CHECKING:
    from brinkbyte.common.v1 import money_pb2

_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?) ?([A-Z]{3})")


def read_money(text: str, hint: str) -> Money:
    """An amount such as "119.00 USD". Raises BadParameter for the argument `hint`."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(
            'write an amount above 0 and a currency, "500 USD"', param_hint=hint
        )
    try:
        minor = Decimal(found[1]).scaleb(exponent_of(found[2]))
    except MoneyInvalid as error:
        raise typer.BadParameter(str(error), param_hint=hint) from None
    if minor != int(minor):
        raise typer.BadParameter(f"{found[2]} has fewer decimals", param_hint=hint)
    return Money(found[2], int(minor))


def money(amount: money_pb2.Money) -> str:
    """For people; a dash where no currency is said."""
    return str(Money(amount.currency, amount.minor_units)) if amount.currency else "-"


def counted(number: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 event, 2 events."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def word(enum: str, prefix: str) -> str:
    """An enum's value in lower case, without its prefix."""
    return enum.removeprefix(prefix).lower()
