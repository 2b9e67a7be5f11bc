"""How a subscription stands, with what depends on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from billing.dunning.late import LatePayment
from billing.subscriptions.collecting import Collecting
from billing.subscriptions.rules import PLATFORM, held_of, period_of
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from rights.catalog.model import Limit
from rights.periods import Period
from rights.terms import Subscription


class Late(Protocol):
    """Knows late payments."""

    async def late(self, unit: Unit) -> LatePayment | None:
        """The tenant's."""
        ...


@dataclass(frozen=True, slots=True)
class Details:
    """`period` is the running one; `limits` are those of the plan, of one that is over what is
    left of it; `every` is what the tenant holds, by family."""

    subscription: Subscription
    period: Period
    limits: Mapping[str, Limit]
    by_stripe: bool
    late: LatePayment | None
    every: tuple[Subscription, ...]


class SubscriptionDetails:
    """Reads; changes nothing."""

    def __init__(self, terms: TermsReader, late: Late, collecting: Collecting) -> None:
        """`terms` are what the subscriptions come to; `late` knows what is not paid in time."""
        self._terms = terms
        self._late = late
        self._collecting = collecting

    async def get(self, unit: Unit, family: str) -> Details:
        """Empty means platform. Raises NotFound, InvalidArgument naming `family`."""
        terms = await self._terms.read(unit)
        held = terms.subscriptions
        each = held_of(held, family or PLATFORM)
        return Details(
            each,
            period_of(held, each.family, unit.now),
            terms.plan(each.family).limits,
            bool(await self._collecting.families(unit)),
            await self._late.late(unit),
            tuple(held.values()),
        )
