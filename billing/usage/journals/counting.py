"""Which events of a journal count; each reason names the field."""

from collections.abc import Container

from billing.usage.journals.batch import Batch
from rights.quantity import MAX_DIGITS, format_quantity

_SURELY_SHORT = 10**MAX_DIGITS


def uncounted(batch: Batch, metrics: Container[str]) -> dict[int, str]:
    """Offset to reason of each event that cannot be counted; `metrics` are those that can."""
    reasons = {
        number: each.problem or f"event_type: the catalogue has no metric {each.event_type[:64]!r}"
        for number, each in enumerate(batch.series, 1)
        if each.problem or each.event_type not in metrics
    }
    found = dict(batch.unreadable)
    if reasons:
        found |= {
            at: reasons[number] for at, number in enumerate(batch.series_of) if number in reasons
        }
    if min(batch.quantities) < 0 or max(batch.quantities) >= _SURELY_SHORT:
        for at, quantity in enumerate(batch.quantities):
            if problem := _problem(quantity):
                found.setdefault(at, problem)
    return found


def _problem(units: int) -> str:
    if units < 0:
        return "quantity_e5: negative"
    if units >= _SURELY_SHORT and len(format_quantity(units).replace(".", "")) > MAX_DIGITS:
        return f"quantity_e5: has more than {MAX_DIGITS} digits"
    return ""
