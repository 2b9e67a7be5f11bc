"""Which lines are charged by terms that the provider's prices do not say. Pure."""

from billing.invoices.lines import InvoiceLine, LineKind
from billing.payments.objects.wanted import tiers_of
from rights.rating.card import MetricRate, PieceKind, RateCard
from rights.terms import Origin


def own_terms(line: InvoiceLine, card: RateCard) -> bool:
    """Whether an override, what was carried over, or a scheme that the provider has no words for
    made the line's amount."""
    if line.kind is LineKind.USAGE:
        rate = card.metrics.get(line.name)
        return rate is not None and _metered(rate, card.currency)
    if line.kind is LineKind.ITEM:
        piece = card.pieces.get((PieceKind.ITEM, line.family, line.name))
    else:
        piece = card.pieces.get((PieceKind.PLAN, line.family, plan_of(line)))
    return piece is not None and piece.priced_by is Origin.OVERRIDE


def plan_of(line: InvoiceLine) -> str:
    """The plan of a line of one."""
    return line.name.removeprefix(f"{line.family}_")


def _metered(rate: MetricRate, currency: str) -> bool:
    own = Origin.OVERRIDE in (rate.priced_by, rate.included_by)
    return own or bool(rate.carried) or not tiers_of(rate.scheme, rate.included, 1, currency)
