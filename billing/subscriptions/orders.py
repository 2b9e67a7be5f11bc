"""What is ordered of plans: by the tenant itself, or for it by the vendor."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from billing.unit import Unit
from mesh.errors import InvalidArgument
from rights.claims import Epoch
from rights.terms import Interval, Subscription


class When(StrEnum):
    """When a change is made."""

    NOW = "now"
    PERIOD_END = "period_end"


@dataclass(frozen=True, slots=True)
class Purchase:
    """A plan that is bought. `cameras` are the slots of a vision licence, None for as many as it
    has; the addresses are where the browser goes afterwards."""

    family: str
    plan: str
    interval: Interval
    success_url: str
    cancel_url: str
    cameras: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The subscription as it stands, the epoch with it, and where to send the browser (empty:
    nowhere)."""

    subscription: Subscription
    epoch: Epoch
    url: str = ""


class Orders(Protocol):
    """Each is made once: repeated, it changes nothing.

    All raise NotFound, InvalidArgument naming the field, FailedPrecondition as the contract says,
    and Unavailable while whoever collects is away.
    """

    async def buy(self, unit: Unit, purchase: Purchase) -> Receipt:
        """Puts the plan in force, or says where it is paid."""
        ...

    async def change(
        self, unit: Unit, family: str, plan: str, interval: Interval | None, when: When
    ) -> Receipt:
        """Another plan; `interval` None keeps what is."""
        ...

    async def cancel(self, unit: Unit, family: str, when: When) -> Receipt:
        """The end of the plan."""
        ...

    async def resume(self, unit: Unit, family: str) -> Receipt:
        """Takes back what has not fallen due."""
        ...

    async def portal(self, unit: Unit, return_url: str) -> str:
        """Where the tenant changes how it pays."""
        ...


def check_address(field: str, text: str) -> None:
    """Raises InvalidArgument naming `field` unless a browser can go there."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    plain = text.isascii() and text.isprintable() and " " not in text
    if parts.scheme not in {"http", "https"} or not parts.netloc or not plain:
        raise InvalidArgument.field(field, "must be an address that begins with http(s)://")
