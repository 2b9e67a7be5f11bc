"""Closed hours against the lines of finalised invoices, as pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.accounts.account import BillingAccount
from billing.decimals import plain
from billing.reconcile.findings import Drift, Findings, HourPair, Step, totals


@dataclass(frozen=True, slots=True)
class InvoicedHour:
    """A metric's hour (aware, UTC) of one revision as a line has it, and as it is summed now."""

    metric: str
    hour: datetime
    revision: int
    number: str
    invoiced: Decimal
    invoiced_events: int
    summed: Decimal
    summed_events: int


def is_closed(account: BillingAccount, hour: datetime, revision: int) -> bool:
    """Whether a close has taken the hour's use of that revision."""
    if revision:
        return revision < account.closes
    return account.closed_before is not None and hour < account.closed_before


def compare_invoiced(
    account: BillingAccount, pairs: Sequence[HourPair], lines: Sequence[InvoicedHour]
) -> Findings:
    """Every closed hour is on one line with the sum that it has.

    A metric that is on no line at all is one that is not sold; nothing is said of it.
    """
    on_lines = {(each.metric, each.hour, each.revision) for each in lines}
    sold = {each.metric for each in lines}
    found = Findings(
        totals(Step.INVOICE, [(e.metric, e.invoiced, e.invoiced_events) for e in lines]),
        [_differs(each) for each in lines if _sum(each) != (each.invoiced, each.invoiced_events)],
    )
    found.drifts += [
        _missing(pair)
        for pair in pairs
        if pair.metric in sold
        and pair.summed_events
        and is_closed(account, pair.hour, pair.revision)
        and (pair.metric, pair.hour, pair.revision) not in on_lines
    ]
    return found


def _sum(each: InvoicedHour) -> tuple[Decimal, int]:
    return each.summed, each.summed_events


def _differs(each: InvoicedHour) -> Drift:
    return Drift(
        Step.AGGREGATE,
        Step.INVOICE,
        each.metric,
        each.summed,
        each.invoiced,
        f"invoice {each.number} took {each.invoiced_events} events of {plain(each.invoiced)}, the "
        f"sum has {each.summed_events}; what is closed does not change, a credit note corrects it",
        window_start=each.hour,
        invoice_id=each.number,
    )


def _missing(pair: HourPair) -> Drift:
    return Drift(
        Step.AGGREGATE,
        Step.INVOICE,
        pair.metric,
        pair.summed,
        Decimal(0),
        "the hour is closed and on no invoice's line; a person looks",
        window_start=pair.hour,
    )
