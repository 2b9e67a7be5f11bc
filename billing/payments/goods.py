"""What is sold, as a payment provider is to know it: values that say when two are the same."""

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class ProductGood:
    """A thing with a name; `name` is ours and stable, `title` is what customers read."""

    name: str
    title: str
    unit: str = ""

    @property
    def kind(self) -> str:
        """Of which kind the object is."""
        return "product"


@dataclass(frozen=True, slots=True)
class MeterGood:
    """A sum of use; `name` is also the name of its events. A value of 1 is 1/`scale` of a unit."""

    name: str
    title: str
    scale: int

    @property
    def kind(self) -> str:
        """Of which kind the object is."""
        return "meter"


@dataclass(frozen=True, slots=True)
class Tier:
    """Values up to and with `up_to` (None: all beyond) cost `unit_amount` each, and `flat` once
    one is reached: decimals in the currency's minor unit."""

    up_to: int | None
    unit_amount: Decimal
    flat: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PriceGood:
    """What a product costs; `name` is its lookup key. With `tiers` it is graduated, or by
    `volume`; else each piece costs `unit_amount` minor units. `meter` makes it metered. It is
    immutable."""

    name: str
    product: str
    currency: str
    interval: str
    unit_amount: Decimal = Decimal(0)
    meter: str = ""
    tiers: tuple[Tier, ...] = ()
    volume: bool = False

    @property
    def kind(self) -> str:
        """Of which kind the object is."""
        return "price"


Good = ProductGood | MeterGood | PriceGood


@dataclass(frozen=True, slots=True)
class StoredGood:
    """A good's object at the provider; `fingerprint` is of the content that was read there."""

    stripe_id: str
    fingerprint: str


def fingerprint(good: Good) -> str:
    """SHA-256 in hex of everything that the good says."""
    text = json.dumps({"kind": good.kind, **asdict(good)}, default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    raise TypeError(type(value).__name__)
