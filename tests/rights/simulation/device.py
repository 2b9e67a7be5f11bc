"""A device that spends offline what it was lent: its disk, its clock, its journal."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from rights.leases import Lease, Report
from rights.quotas import NOTHING

_MOMENT = timedelta(microseconds=1)


@dataclass
class Held:
    """A lease as the device knows it."""

    number: int
    granted: Decimal
    granted_at: datetime
    expires_at: datetime
    spent: Decimal = NOTHING


@dataclass
class Disk:
    """Everything durable: a count and what was spent of a lease are one write."""

    journal: int
    events: list[tuple[int, Decimal, datetime]] = field(default_factory=list)
    held: Held | None = None
    former: list[Held] = field(default_factory=list)
    seen: datetime | None = None


@dataclass
class Device:
    """`skew` is how wrong its clock runs; it never goes back."""

    number: int
    disk: Disk
    skew: timedelta
    rate: int
    online: bool = True
    lost: bool = False
    backup: Disk | None = None

    def now(self, true: datetime) -> datetime:
        wrong = true + self.skew
        seen = self.disk.seen
        self.disk.seen = wrong if seen is None else max(seen, wrong)
        return self.disk.seen

    def spend(self, event: int, quantity: Decimal, true: datetime) -> int | None:
        """Uses so much if the lease allows it; the number of that lease."""
        held, now = self.disk.held, self.now(true)
        if held is None or now >= held.expires_at or held.spent + quantity > held.granted:
            return None
        held.spent += quantity
        at = min(max(now, held.granted_at), held.expires_at - _MOMENT)
        self.disk.events.append((event, quantity, at))
        return held.number

    def leases(self) -> set[int]:
        """Those that it knows."""
        held = [self.disk.held] if self.disk.held is not None else []
        return {each.number for each in (*held, *self.disk.former)}

    def report(self, held: Held) -> Report:
        return Report(held.spent, len(self.disk.events))

    def take(self, number: int, lease: Lease) -> None:
        """The cloud's answer; another lease ends the one that was held."""
        held = self.disk.held
        if held is not None and held.number == number:
            held.granted, held.expires_at = lease.granted, lease.expires_at
            return
        if held is not None:
            self.disk.former.append(held)
        self.disk.held = Held(number, lease.granted, lease.granted_at, lease.expires_at)

    def save(self) -> None:
        self.backup = copy.deepcopy(self.disk)

    def restore(self) -> list[tuple[int, Decimal, datetime]]:
        """The disk of an earlier day comes back; the events that are gone with the newer one."""
        assert self.backup is not None
        gone = self.disk.events[len(self.backup.events) :]
        self.disk = copy.deepcopy(self.backup)
        return gone

    def begin(self, journal: int) -> None:
        """The cloud told of a fork: another journal, and no lease."""
        self.disk = Disk(journal, seen=self.disk.seen)
        self.backup = None
