"""What has to be done so that the provider sells what the catalogue says."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from billing.payments.goods import Good, fingerprint
from billing.payments.objects.row import ObjectRow, ObjectState


class Step(StrEnum):
    """What is to be done with one thing."""

    MAKE = "make"
    CHANGE = "change"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `good` is None for what is no longer sold, `row` for what is not known."""

    step: Step
    kind: str
    name: str
    good: Good | None
    row: ObjectRow | None


def tasks(wanted: Iterable[Good], rows: Iterable[ObjectRow]) -> tuple[Task, ...]:
    """Everything to do, in an order in which it can be done; nothing where all is as wanted."""
    known = {(row.kind, row.name): row for row in rows}
    found = []
    for good in wanted:
        row = known.pop((good.kind, good.name), None)
        if row is None or not row.stripe_id:
            found.append(Task(Step.MAKE, good.kind, good.name, good, row))
        elif not is_current(row, good):
            found.append(Task(Step.CHANGE, good.kind, good.name, good, row))
    gone = sorted(known.values(), key=lambda row: (row.kind, row.name))
    found += [
        Task(Step.ARCHIVE, row.kind, row.name, None, row)
        for row in gone
        if row.state is not ObjectState.ARCHIVED
    ]
    return tuple(found)


def is_current(row: ObjectRow, good: Good) -> bool:
    """Whether nothing is left to do for the good."""
    told = row.fingerprint == fingerprint(good) and not row.retired
    return told and row.state is ObjectState.CURRENT
