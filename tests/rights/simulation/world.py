"""Devices, partitions, crashes, restored disks and wrong clocks, by one seed; and an oracle."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from rights.leases import Lease, LeaseState
from rights.quotas import NOTHING, period_of
from tests.rights.simulation.cloud import Cloud
from tests.rights.simulation.device import Device, Disk

_START = datetime(2025, 1, 28, tzinfo=UTC)
_STEPS = 90


@dataclass(frozen=True)
class Use:
    """One physical use under a lease, as the oracle saw it happen."""

    lease: int
    quantity: Decimal
    journal: int
    event: int


class World:
    """`run` plays one history. The oracle keeps its own list of uses and asks the cloud only how
    leases stand, never how much was used."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.now = self.healed_at = _START
        self.cap = Decimal(self.rng.randint(20, 200))
        self.cloud = Cloud(self.cap, _START)
        self.journals = 0
        self.events = 0
        self.operation = 0
        self.uses: dict[int, Use] = {}
        self.open: list[int] = []
        self.heard: set[int] = set()
        self.diverged: set[int] = set()
        self.happened: Counter[str] = Counter()
        self.devices = [self._device(number) for number in range(self.rng.randint(1, 5))]

    def run(self) -> None:
        acts = (
            (self._spend, 30),
            (self._ask, 14),
            (self._sync, 14),
            (self._reserve, 8),
            (self._finish, 8),
            (self._partition, 6),
            (self._pass_time, 12),
            (self._save, 8),
            (self._restore, 5),
            (self._crash, 3),
            (self._return, 3),
            (self._force_release, 1),
            (self._destroy, 1),
        )
        choices, weights = zip(*acts, strict=True)
        for _ in range(_STEPS):
            self.rng.choices(choices, weights)[0]()
            self.check()
        self._heal()
        self.check()
        self._nothing_stays()

    def check(self) -> None:
        """Uses that count, by when they were made, with what is set aside: never over the cap."""
        released = {
            number
            for number, row in self.cloud.leases.items()
            if row.lease.state is LeaseState.RELEASED
        }
        made: Counter[datetime] = Counter()
        for use in self.uses.values():
            if use.lease not in released and self._counts(use):
                made[self.cloud.leases[use.lease].period] += use.quantity
        for number in released:
            made[self.cloud.leases[number].period] += self.cloud.leases[number].lease.settled
        for period, quantity, over in self.cloud.commits.values():
            made[period] += quantity - over
        for period, total in made.items():
            assert total <= self.cap, f"{total} of {self.cap} in the period of {period:%Y-%m}"

    def _counts(self, use: Use) -> bool:
        """What a forked journal did not send before is held, and counts for nothing."""
        journal = self.cloud.journals.get(use.journal)
        if journal is None or not journal.forked:
            return True
        return any(event == use.event for event, _, _ in journal.events)

    def _device(self, number: int) -> Device:
        skew = timedelta(minutes=self.rng.choice([0, 0, 0, -4000, -90, 3, 45, 4000]))
        return Device(number, Disk(self._journal()), skew, self.rng.randint(1, 12))

    def _journal(self) -> int:
        self.journals += 1
        return self.journals

    def _some(self, *, online: bool = False) -> Device | None:
        able = [each for each in self.devices if not each.lost and (each.online or not online)]
        return self.rng.choice(able) if able else None

    def _spend(self) -> None:
        device = self._some()
        if device is None:
            return
        for _ in range(self.rng.randint(1, device.rate)):
            self.events += 1
            quantity = Decimal(self.rng.choice(["1", "1", "1", "0.5", "2.25"]))
            lease = device.spend(self.events, quantity, self.now)
            if lease is None:
                self.happened["refused"] += 1
                return
            if device.disk.journal in self.diverged:
                self.happened["spent to be held"] += 1
                continue
            period = period_of(self.cloud.terms, self.cloud.leases[lease].period)
            assert device.disk.events[-1][2] in period, "a use lies in its lease's period"
            self.uses[self.events] = Use(lease, quantity, device.disk.journal, self.events)
            self.happened["spent"] += 1
            self.happened["spent offline"] += not device.online

    def _ask(self) -> None:
        """The call, or its answer, may be lost; a lost call may be worked off all the same."""
        device = self._some(online=True)
        if device is None:
            return
        held = device.disk.held
        told = (held.number, device.report(held)) if held is not None else None
        wanted = self.rng.choice([None, Decimal(device.rate * 5)])
        fate = self.rng.random()
        if fate < 0.1:
            self.happened["call lost"] += 1
            return
        for _ in range(2 if fate < 0.25 else 1):
            answer = self.cloud.acquire(device.number, device.disk.journal, wanted, told, self.now)
        if fate > 0.9:
            self.happened["answer lost"] += 1
            return
        if answer is not None:
            self._take(device, answer)
            self.happened["granted"] += 1

    def _sync(self) -> None:
        device = self._some(online=True)
        if device is None:
            return
        cut = self.rng.random() < 0.2
        events = device.disk.events
        sent = events[: self.rng.randint(0, len(events))] if cut else events
        if cut and len(sent) < self.cloud.recorded(device.disk.journal):
            return
        if self.cloud.record(device.disk.journal, sent) == "fork":
            self.happened["forked"] += 1
            device.begin(self._journal())

    def _return(self) -> None:
        device = self._some(online=True)
        if device is None:
            return
        for held in device.disk.former:
            self.cloud.give_back(held.number, device.report(held))
        if self.rng.random() < 0.3 and device.disk.held is not None:
            held, device.disk.held = device.disk.held, None
            self.cloud.give_back(held.number, device.report(held))
            device.disk.former.append(held)
            self.happened["returned"] += 1

    def _reserve(self) -> None:
        self.operation += 1
        quantity = Decimal(self.rng.randint(1, 20))
        ttl = timedelta(minutes=self.rng.choice([5, 60, 3000]))
        if self.cloud.reserve(self.operation, quantity, ttl, self.now):
            self.open.append(self.operation)
            self.happened["reserved"] += 1

    def _finish(self) -> None:
        if not self.open:
            return
        number = self.open.pop(self.rng.randrange(len(self.open)))
        if self.rng.random() < 0.75:
            self.cloud.commit(number, self.now)
            self.happened["committed"] += 1
        else:
            self.cloud.release(number)

    def _partition(self) -> None:
        device = self._some()
        if device is not None:
            device.online = not device.online
            self.happened["partitioned"] += not device.online

    def _pass_time(self) -> None:
        self.now += timedelta(minutes=self.rng.choice([1, 20, 300, 1500, 9000]))

    def _save(self) -> None:
        device = self._some()
        if device is not None:
            device.save()

    def _restore(self) -> None:
        """What was made since the backup and never sent is gone with the disk, for everybody."""
        device = self._some()
        if device is None or device.backup is None:
            return
        recorded = self.cloud.recorded(device.disk.journal)
        kept = len(device.backup.events)
        before = device.leases()
        if recorded > kept:
            self.diverged.add(device.disk.journal)
        for event, _, _ in device.restore()[max(recorded - kept, 0) :]:
            self.uses.pop(event, None)
        self.heard -= before - device.leases()
        self.happened["restored"] += 1

    def _crash(self) -> None:
        """A crash takes nothing: there is nothing but the disk."""
        device = self._some()
        if device is not None:
            device.online = False
            self.happened["crashed"] += 1

    def _force_release(self) -> None:
        held = [n for n, row in self.cloud.leases.items() if row.lease.outstanding]
        if held:
            self.cloud.force_release(self.rng.choice(held))
            self.happened["released by force"] += 1

    def _destroy(self) -> None:
        device = self._some()
        if device is not None and len(self.devices) > 1 and self.rng.random() < 0.3:
            device.lost = True
            self.happened["destroyed"] += 1

    def _heal(self) -> None:
        """Everybody who lives comes back; the vendor frees what the dead hold."""
        for device in self.devices:
            if device.lost:
                continue
            device.online = True
            if self.cloud.record(device.disk.journal, device.disk.events) == "fork":
                device.begin(self._journal())
            held = device.disk.held
            told = (held.number, device.report(held)) if held is not None else None
            answer = self.cloud.acquire(device.number, device.disk.journal, None, told, self.now)
            if answer is not None:
                self._take(device, answer)
            if device.disk.held is not None:
                device.disk.former.append(device.disk.held)
                device.disk.held = None
            for former in device.disk.former:
                self.cloud.give_back(former.number, device.report(former))
        dead = {each.number for each in self.devices if each.lost}
        for number, row in self.cloud.leases.items():
            if row.device in dead:
                self.cloud.force_release(number)
        self.healed_at, self.now = self.now, self.now + timedelta(days=3)

    def _take(self, device: Device, answer: tuple[int, Lease]) -> None:
        device.take(*answer)
        self.heard.add(answer[0])

    def _nothing_stays(self) -> None:
        """But for a lease that its device does not know, because the answer was lost until its
        end or the disk is older: that one stays until its period ends, or the vendor frees it."""
        start = period_of(self.cloud.terms, self.healed_at).start
        for number, row in self.cloud.leases.items():
            if row.period == start and number in self.heard and not self.cloud.forked(row.journal):
                assert row.lease.outstanding == NOTHING, f"lease {number} stays lent out"
        assert self.cloud.balance(self.now).reserved == NOTHING
