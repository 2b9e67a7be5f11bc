"""Counts what was really used, outside of what cloud and devices believe."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(slots=True)
class Oracle:
    """Every use by number, and the sum that no cap forgives, by the start of its period.

    Forgiven are uses of leases that were released by force, uses in a forked journal or under what
    a restored disk brought back, and uses that no record survived of.
    """

    limit: Decimal
    uses: dict[int, tuple[datetime, Decimal]] = field(default_factory=dict)
    counted: defaultdict[datetime, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    forgiven_leases: set[UUID] = field(default_factory=set)
    forked_journals: set[UUID] = field(default_factory=set)
    happened: Counter[str] = field(default_factory=Counter)
    _last: int = 0

    def use(self, period: datetime, quantity: Decimal, *, forgiven: bool = False) -> int:
        self._last += 1
        self.happened["uses"] += 1
        if not forgiven:
            self.uses[self._last] = (period, quantity)
            self.counted[period] += quantity
        return self._last

    def forgive(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            found = self.uses.pop(number, None)
            if found is not None:
                self.counted[found[0]] -= found[1]

    def check(self) -> None:
        for period, used in self.counted.items():
            assert used <= self.limit, f"{used} of {self.limit} used in the period of {period}"
