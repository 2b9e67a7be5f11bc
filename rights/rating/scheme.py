"""Price schemes: what a quantity costs, part by part, before any rounding.

Prices are in the currency's main unit. A tier holds the quantities above the tier before it, up to
and with its own bound. Nothing used costs nothing, whatever the scheme.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rights.errors import NoPrice, SchemeInvalid
from rights.money import Prices, exact_context

_NOTHING = Decimal(0)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Charge:
    """One part of a line, which explains itself.

    The part is the quantity above ``above`` up to ``up_to``. ``quantity`` of it is charged (more
    than was used where a package was begun), ``unit_price`` for each ``per`` of it, and ``flat``
    beside that. ``amount`` is quantity * unit_price / per + flat, exact unless the division has no
    end: then to 80 digits.
    """

    above: Decimal
    up_to: Decimal
    quantity: Decimal
    per: Decimal
    unit_price: Decimal
    flat: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PerUnit:
    """Every unit at one price."""

    prices: Prices

    def charges(self, quantity: Decimal, currency: str) -> tuple[Charge, ...]:
        """One part. Raises NoPrice."""
        return (charge(_NOTHING, quantity, quantity, _price(self.prices, currency)),)


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to and with ``up_to`` (None: without end) a unit costs ``unit_prices``, and the tier
    itself ``flat`` (empty: nothing) once it is reached."""

    up_to: Decimal | None
    unit_prices: Prices
    flat: Prices = field(default_factory=dict)

    def part(self, above: Decimal, up_to: Decimal, currency: str) -> Charge:
        """What the quantity between costs in this tier. Raises NoPrice."""
        flat = _price(self.flat, currency) if self.flat else _NOTHING
        price = _price(self.unit_prices, currency)
        return charge(above, up_to, _minus(up_to, above), price, flat=flat)


@dataclass(frozen=True, slots=True)
class Graduated:
    """Each unit at the price of the tier in which it lies; every tier reached adds its flat amount.

    Raises SchemeInvalid unless bounds ascend and the last tier alone has none.
    """

    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        """Check the tiers."""
        _check(self.tiers)

    def charges(self, quantity: Decimal, currency: str) -> tuple[Charge, ...]:
        """A part for each tier reached. Raises NoPrice."""
        parts: list[Charge] = []
        below = _NOTHING
        for tier in self.tiers:
            top = quantity if tier.up_to is None else min(quantity, tier.up_to)
            parts.append(tier.part(below, top, currency))
            if top == quantity:
                break
            below = top
        return tuple(parts)


@dataclass(frozen=True, slots=True)
class Volume:
    """All units at the price of the tier in which their sum lies, and that tier's flat amount.

    More may therefore cost less. Raises SchemeInvalid as Graduated does.
    """

    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        """Check the tiers."""
        _check(self.tiers)

    def charges(self, quantity: Decimal, currency: str) -> tuple[Charge, ...]:
        """One part. Raises NoPrice."""
        tier = next(each for each in self.tiers if each.up_to is None or quantity <= each.up_to)
        return (tier.part(_NOTHING, quantity, currency),)


@dataclass(frozen=True, slots=True)
class Package:
    """``size`` units at a price; a package begun is paid whole.

    Raises SchemeInvalid unless the size is positive.
    """

    size: Decimal
    prices: Prices

    def __post_init__(self) -> None:
        """Check the size."""
        if not self.size.is_finite() or self.size <= 0:
            raise SchemeInvalid("a package holds more than nothing")

    def charges(self, quantity: Decimal, currency: str) -> tuple[Charge, ...]:
        """One part, its quantity in whole packages. Raises NoPrice."""
        exact = exact_context()
        count = exact.divide_int(quantity, self.size)
        if exact.remainder(quantity, self.size):
            count = exact.add(count, _ONE)
        paid = exact.multiply(count, self.size)
        return (charge(_NOTHING, quantity, paid, _price(self.prices, currency), per=self.size),)


@dataclass(frozen=True, slots=True)
class Flat:
    """One amount for the period, however much is used in it."""

    prices: Prices

    def charges(self, quantity: Decimal, currency: str) -> tuple[Charge, ...]:
        """One part. Raises NoPrice."""
        flat = _price(self.prices, currency)
        return (charge(_NOTHING, quantity, quantity, _NOTHING, flat=flat),)


Scheme = PerUnit | Graduated | Volume | Package | Flat


def rate(scheme: Scheme, quantity: Decimal, currency: str) -> tuple[Charge, ...]:
    """What the quantity costs, in parts by ascending quantity; none when nothing was used.

    Raises ValueError when the quantity is negative, NaN or infinite, and NoPrice.
    """
    if not_countable(quantity):
        raise ValueError(f"{quantity} cannot be rated: quantities and prices are not negative")
    return scheme.charges(quantity, currency) if quantity else ()


def total(charges: Sequence[Charge]) -> Decimal:
    """The exact sum, not rounded."""
    exact, amount = exact_context(), _NOTHING
    for each in charges:
        amount = exact.add(amount, each.amount)
    return amount


def charge(
    above: Decimal,
    up_to: Decimal,
    quantity: Decimal,
    unit_price: Decimal,
    *,
    per: Decimal = _ONE,
    flat: Decimal = _NOTHING,
) -> Charge:
    """A part with its amount."""
    exact = exact_context()
    amount = exact.divide(exact.multiply(quantity, unit_price), per)
    return Charge(above, up_to, quantity, per, unit_price, flat, exact.add(amount, flat))


def not_countable(number: Decimal) -> bool:
    """Whether this is no quantity and no price: negative, NaN or infinite."""
    return not number.is_finite() or number < 0


def _check(tiers: Sequence[Tier]) -> None:
    bounds = [tier.up_to for tier in tiers]
    if not bounds or bounds[-1] is not None:
        raise SchemeInvalid("the last tier has no bound")
    below = _NOTHING
    for bound in bounds[:-1]:
        if bound is None or not bound.is_finite() or bound <= below:
            raise SchemeInvalid("the bounds of tiers ascend from above nothing")
        below = bound


def _minus(more: Decimal, less: Decimal) -> Decimal:
    return exact_context().subtract(more, less)


def _price(prices: Prices, currency: str) -> Decimal:
    if currency not in prices:
        raise NoPrice(f"no price in {currency}")
    return prices[currency]
