"""Terms of a tenant's own, which the provider's prices do not say, as invoice items.

A price or an included amount that the vendor agreed on, what was carried over, a scheme that the
provider has no words for: what that makes of a line beside what the provider charges for it is an
item of its invoice, so that the two come to the same.
"""

from dataclasses import replace

from billing.payments.provider import PaymentProvider
from billing.payments.shadows.amounts import metered_amount
from billing.payments.shadows.charged import Charged
from billing.payments.shadows.compare import LineSum, by_name
from billing.payments.shadows.periods import ClosedPeriod, LateLine, OwnTerms


class OwnPrices:
    """Asks the provider what it charges for what has terms of its own."""

    def __init__(self, provider: PaymentProvider) -> None:
        """Reads invoices and prices."""
        self._provider = provider

    async def apart(self, closed: ClosedPeriod, invoice_id: str) -> ClosedPeriod:
        """The period with what the provider charges on its lines, and the rest, which may be below
        nothing, as late lines. `invoice_id` is that of its end. Raises MeshError as the provider
        does."""
        if not closed.own:
            return closed
        charged = await Charged.read(self._provider.invoices, closed, invoice_id)
        lines, late = by_name(closed.lines), list(closed.late)
        for each in closed.own:
            ours = lines[each.name]
            theirs = await self._theirs(each, ours, charged)
            lines[each.name] = theirs
            late.append(_own(closed, each, ours.amount - theirs.amount))
        return replace(closed, lines=tuple(lines.values()), late=tuple(late))

    async def _theirs(self, own: OwnTerms, ours: LineSum, charged: Charged) -> LineSum:
        """A draft's lines of use are not final before it is: its price is."""
        if not own.metered:
            held = by_name(charged.sums()).get(own.name)
            return held or replace(ours, amount=0)
        price_id = charged.price_of(own.name)
        if not price_id:
            return replace(ours, amount=0)
        price = await self._provider.goods.price(price_id)
        return replace(ours, amount=metered_amount(price, int(ours.quantity)))


def _own(closed: ClosedPeriod, each: OwnTerms, amount: int) -> LateLine:
    span = closed.issued.span
    return LateLine(
        f"{closed.issued.number}/own.{each.name}",
        f"{each.title}, by your own terms",
        amount,
        span.start,
        span.end,
    )
