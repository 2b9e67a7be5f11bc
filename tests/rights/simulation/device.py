"""A device: a disk that may go back in time, and the node's own wallet before it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from edge.entitlements.lease import Lease as HeldLease
from edge.entitlements.wallet import Wallet
from edge.usage.counts import start_within
from rights.catalog.model import WhenUnknown
from rights.leases import NOTHING, Lease, LeaseState
from rights.quantity import UNITS_PER_ONE
from tests.rights.simulation.cloud import METRIC, Event, Message, Row, Told


class Count(NamedTuple):
    """A use that is not journalled yet."""

    lease_id: UUID
    moment: datetime
    use: int


@dataclass(slots=True)
class Disk:
    """`over` are the leases that are spent no more and have to be given back."""

    journal_id: UUID
    events: list[Event] = field(default_factory=list)
    open: list[Count] = field(default_factory=list)
    leases: dict[UUID, HeldLease] = field(default_factory=dict)
    over: set[UUID] = field(default_factory=set)
    version: int = 0

    def copy(self) -> "Disk":
        return replace(
            self,
            events=list(self.events),
            open=list(self.open),
            leases=dict(self.leases),
            over=set(self.over),
        )

    def journalled(self, lease_id: UUID) -> int:
        return sum(len(each.uses) for each in self.events if each.lease_id == lease_id)

    def spent(self, lease_id: UUID) -> int:
        return self.journalled(lease_id) + sum(each.lease_id == lease_id for each in self.open)

    def uses(self) -> set[int]:
        known = {use for event in self.events for use in event.uses}
        return known | {each.use for each in self.open}


class Device:
    """Spends what its wallet lends; everything that counts is on its disk first."""

    def __init__(self, name: str, journal_id: UUID, now: Callable[[], datetime]) -> None:
        self.name = name
        self.disk = Disk(journal_id)
        self._now = now
        self.wallet = self._fresh()

    def _fresh(self) -> Wallet:
        return Wallet(METRIC, WhenUnknown.CLOSED, self._now)

    def start(self) -> None:
        """After a crash or a restore: what was set aside and not counted is free again."""
        self.wallet = self._fresh()
        for lease_id, lease in self.disk.leases.items():
            if lease_id not in self.disk.over:
                self.wallet.hold_lease(lease, self.disk.spent(lease_id) * UNITS_PER_ONE)

    def spend(self, use: Callable[[HeldLease, datetime], int]) -> bool:
        """One use, if the wallet lends it; `use` numbers it."""
        lease, hold = self.wallet.lease, self.wallet.take()
        if hold is None or lease is None:
            return False
        moment = start_within(self._now(), hold.lease)
        self.disk.open.append(Count(lease.lease_id, moment, use(lease, moment)))
        self.disk.version += 1
        hold.counted = True
        hold.close()
        return True

    def journal(self, uid: Callable[[], int]) -> None:
        """Closes the open minutes."""
        minutes: dict[tuple[UUID, datetime], list[int]] = {}
        for each in self.disk.open:
            minutes.setdefault((each.lease_id, each.moment), []).append(each.use)
        for (lease_id, moment), uses in minutes.items():
            self.disk.events.append(Event(uid(), lease_id, moment, tuple(uses)))
            self.disk.version += 1
        self.disk.open.clear()

    def message(self, wanted: Decimal | None = None) -> Message:
        told = tuple(self._told(each) for each in self.disk.leases.values())
        return Message(self.name, self.disk.journal_id, told, len(self.disk.events), wanted)

    def _told(self, held: HeldLease) -> Told:
        granted = Decimal(held.granted_e5) / UNITS_PER_ONE
        lease = Lease(granted, NOTHING, LeaseState.ACTIVE, held.granted_at, held.expires_at)
        still_open = any(each.lease_id == held.lease_id for each in self.disk.open)
        over = held.lease_id in self.disk.over and not still_open
        return Told(held.lease_id, lease, Decimal(self.disk.journalled(held.lease_id)), over)

    def take(self, row: Row) -> None:
        """Keeps what it was lent; what it held otherwise is over."""
        granted = int(row.lease.granted * UNITS_PER_ONE)
        span = (row.lease.granted_at, row.lease.expires_at)
        lease, old = (
            HeldLease(row.lease_id, METRIC, row.journal_id, granted, *span),
            self.wallet.lease,
        )
        if row.journal_id != self.disk.journal_id:
            return
        if old is not None and old.lease_id != lease.lease_id:
            self.disk.over.add(old.lease_id)
        self.disk.leases[lease.lease_id] = lease
        self.disk.over.discard(lease.lease_id)
        self.disk.version += 1
        if old is not None and old.lease_id == lease.lease_id:
            self.wallet.grow(lease)
        else:
            self.wallet.hold_lease(lease, self.disk.spent(lease.lease_id) * UNITS_PER_ONE)

    def stop(self) -> None:
        """Spends no more of anything."""
        self.disk.over |= self.disk.leases.keys()
        self.disk.version += 1
        self.wallet.hold_lease(None, 0)

    def forget(self, lease_ids: set[UUID]) -> None:
        for lease_id in lease_ids & self.disk.over:
            del self.disk.leases[lease_id]
            self.disk.over.discard(lease_id)
            self.disk.version += 1

    def new_journal(self, journal_id: UUID) -> None:
        """Its journal forked: what it held is worth nothing."""
        self.disk = Disk(journal_id, version=self.disk.version + 1)
        self.wallet.hold_lease(None, 0)
