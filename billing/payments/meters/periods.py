"""The billing periods whose use is told to the payment provider."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from rights.periods import Period


@dataclass(frozen=True, slots=True)
class IssuedPeriod:
    """A period of a tenant that the provider issues; `span` is of full hours, UTC.

    `customer_id` and `subscription_id` are the provider's.
    """

    tenant_id: UUID
    number: int
    span: Period
    customer_id: str
    subscription_id: str


class IssuedPeriods(Protocol):
    """Where the periods come from."""

    async def open(self) -> tuple[IssuedPeriod, ...]:
        """Those that run, and those that are over and not closed yet: more use may come."""
        ...
