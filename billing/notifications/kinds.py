"""What tenants are told of, and the facts that each telling carries."""

from collections.abc import Mapping
from enum import StrEnum

Facts = Mapping[str, str]
"""Plain texts: exact decimals, `Money` as for people, moments in RFC 3339 (UTC)."""

_MAX_VALUE = 1_000


class Kind(StrEnum):
    """A word that was written once is never renamed: rows and receivers keep it."""

    QUOTA_THRESHOLD = "quota_threshold"
    COST_THRESHOLD = "cost_threshold"
    INVOICE_FINALIZED = "invoice_finalized"
    PAYMENT_FAILED = "payment_failed"
    SUBSCRIPTION_PAST_DUE = "subscription_past_due"
    SUSPENDED = "suspended"
    CANCELED = "canceled"
    TRIAL_ENDING = "trial_ending"
    JOURNAL_FORKED = "journal_forked"
    USAGE_PROBLEM = "usage_problem"
    TEST = "test"


_PERIOD = ("period_start", "period_end")

FACTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.QUOTA_THRESHOLD: (
        "metric",
        "title",
        "unit",
        "percent",
        "used",
        "included",
        "cap",
        *_PERIOD,
    ),
    Kind.COST_THRESHOLD: ("alert_id", "name", "basis", "percent", "amount", "total", *_PERIOD),
    Kind.INVOICE_FINALIZED: ("invoice_id", "number", "total", "due_at", *_PERIOD),
    Kind.PAYMENT_FAILED: ("invoice_id", "number", "total", "next_attempt_at"),
    Kind.SUBSCRIPTION_PAST_DUE: ("invoice_id", "number", "total", "suspends_at"),
    Kind.SUSPENDED: ("invoice_id", "number", "total", "cancels_at"),
    Kind.CANCELED: ("plan", "ends_at"),
    Kind.TRIAL_ENDING: ("plan", "ends_at"),
    Kind.JOURNAL_FORKED: ("device_id", "journal_id"),
    Kind.USAGE_PROBLEM: ("device_id", "problem", "events"),
    Kind.TEST: ("name",),
}
"""The facts of each kind, all of them; one that is not known or does not apply is empty.

`cap` is hard or soft, `basis` spent or projected; `*_at`, `period_start` and `period_end` are
moments; `total` and `amount` are sums of money for people; `percent` is a whole number.
"""


def check_facts(kind: Kind, facts: Facts) -> dict[str, str]:
    """The facts in their order, each of bounded length. Raises ValueError for others than FACTS
    names: a defect of the caller."""
    wanted = FACTS[kind]
    if facts.keys() != set(wanted):
        raise ValueError(f"{kind} carries {', '.join(wanted)}, not {', '.join(sorted(facts))}")
    return {name: facts[name][:_MAX_VALUE] for name in wanted}
