"""One run: devices, a cloud and a network that go wrong as a seed says."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from billing.quotas.operations import Commit, Release, Reserve
from edge.entitlements.lease import Lease as HeldLease
from rights.leases import NOTHING, LeaseState
from tests.rights.simulation.cloud import (
    EPOCH,
    METRIC,
    PERIOD,
    Cloud,
    Forked,
    Message,
    period_start,
)
from tests.rights.simulation.device import Device
from tests.rights.simulation.oracle import Oracle

STEPS = 90


class World:
    """Everything random comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        limit = Decimal(self.random.choice((15, 40, 90, 200)))
        self.now = EPOCH + timedelta(minutes=self.random.randrange(60))
        self.cloud, self.oracle = Cloud(limit), Oracle(limit)
        self.happened: Counter[str] = self.oracle.happened
        self.skew: dict[str, timedelta] = {}
        self.latest: dict[str, datetime] = {}
        self.devices = [self._device(f"d{n}") for n in range(self.random.randint(2, 5))]
        self.away: set[str] = set()
        self.late: list[Message] = []
        self.operations: list[str] = []
        self.backup = self.cloud.backup()
        self.disks = {each.name: each.disk.copy() for each in self.devices}
        self._uid = 0
        self._actions: tuple[tuple[Callable[[], None], int], ...] = (
            (self.spend, 26),
            (self.ask, 22),
            (self.upload, 14),
            (self.operate, 14),
            (self.pass_time, 10),
            (self.cut_or_join, 5),
            (self.crash, 3),
            (self.stop, 2),
            (self.back_up, 3),
            (self.restore_disk, 1),
            (self.restore_cloud, 2),
            (self.change_clock, 2),
            (self.deliver_late, 3),
            (self.force_release, 1),
            (self.end_period, 1),
        )

    def run(self) -> Counter[str]:
        """Raises AssertionError when a cap was passed or something stays reserved."""
        actions, weights = zip(*self._actions, strict=True)
        for action in self.random.choices(actions, weights, k=STEPS):
            action()
            self.oracle.check()
        self.settle_all()
        self.oracle.check()
        self.check_end()
        return self.happened

    def spend(self) -> None:
        device = self._any()
        for _ in range(self.random.choice((1, 3, 8, 30))):
            if not device.spend(lambda lease, moment: self._use(device, lease, moment)):
                self.happened["refusals"] += 1
                break

    def ask(self) -> None:
        device = self._any()
        if self.random.random() < 0.5:
            self.upload_of(device)
        if self._reaches(device):
            wanted = self.random.choice((None, Decimal(5), Decimal(25), Decimal(80)))
            self._ask(device, wanted)

    def upload(self) -> None:
        self.upload_of(self._any())

    def upload_of(self, device: Device) -> None:
        device.journal(self.number)
        if not self._reaches(device):
            return
        try:
            for _ in range(self.random.choice((1, 1, 2))):
                self.cloud.sync(device.name, device.disk.journal_id, device.disk.events)
        except Forked:
            self._forked(device)

    def operate(self) -> None:
        if self.random.random() < 0.4 or not self.operations:
            name, quantity = f"op{self.number()}", self.random.choice(("1", "0.5", "7", "20"))
            asked = Reserve(name, METRIC, quantity, timedelta(minutes=self.random.choice((1, 30))))
            error = self.cloud.operate(asked, self.now, 0).error
            self.happened["refusals" if error else "reservations"] += 1
            self.operations += [] if error else [name]
            return
        name = self.operations.pop(self.random.randrange(len(self.operations)))
        if self.random.random() < 0.3:
            self.cloud.operate(Release(name), self.now, 0)
            return
        more = self.random.choice(("", "", "", "1", "9"))
        use = self.number()
        outcome = self.cloud.operate(Commit(name, more, "api", "", {}), self.now, -use)
        if outcome.error is None and outcome.held is not None and outcome.held.used is not None:
            held, inside = outcome.held, outcome.held.used - outcome.held.over_cap
            self.oracle.uses[-use] = (held.period_start, inside)
            self.oracle.counted[held.period_start] += inside
            self.happened["commits"] += 1

    def pass_time(self) -> None:
        self.now += timedelta(seconds=self.random.choice((1, 30, 200, 900)))

    def cut_or_join(self) -> None:
        device = self._any()
        self.happened["partitions"] += device.name not in self.away
        self.away ^= {device.name}

    def crash(self) -> None:
        device = self._any()
        device.wallet.take()  # set aside, never counted
        device.start()
        self.happened["crashes"] += 1

    def stop(self) -> None:
        device = self._any()
        device.stop()
        self._tell(device)

    def back_up(self) -> None:
        if self.random.random() < 0.5:
            self.backup = self.cloud.backup()
        else:
            device = self._any()
            self.disks[device.name] = device.disk.copy()

    def restore_disk(self) -> None:
        device = self._any()
        old, new = device.disk, self.disks[device.name].copy()
        if old.version != new.version:
            self.oracle.forgiven_leases |= new.leases.keys()
        forgotten = old.uses() - new.uses()
        if forgotten & self.cloud.recorded:
            self.oracle.forked_journals.add(new.journal_id)
        self.oracle.forgive(forgotten - self.cloud.recorded)
        new.version = old.version + 1
        device.disk = new
        device.start()
        self.happened["disk_restores"] += 1

    def restore_cloud(self) -> None:
        lost = self.cloud.recorded - self.backup.recorded
        self.cloud = self.backup.backup()
        self.cloud.unheard = {each.name for each in self.devices}
        kept = set[int]().union(*(each.disk.uses() for each in self.devices))
        self.oracle.forgive(lost - kept)
        self.late.clear()
        self.happened["cloud_restores"] += 1

    def change_clock(self) -> None:
        minutes = self.random.choice((-300, -30, -2, 0, 2, 30))
        self.skew[self._any().name] = timedelta(minutes=minutes)
        self.happened["skews"] += 1

    def deliver_late(self) -> None:
        """A request whose caller waits no more."""
        if self.late:
            message = self.late.pop(self.random.randrange(len(self.late)))
            try:
                self.cloud.acquire(message, self.now, self._id())
            except Forked:
                return

    def force_release(self) -> None:
        rows = [each for each in self.cloud.rows.values() if each.lease.outstanding]
        if rows:
            self._release(self.random.choice(rows).lease_id)
            self.happened["force_releases"] += 1

    def end_period(self) -> None:
        self.now = period_start(self.now) + PERIOD
        self.happened["periods"] += 1

    def settle_all(self) -> None:
        """All is connected and every device gives back what it holds."""
        self.away.clear()
        for _ in range(3):
            for device in self.devices:
                device.stop()
                device.journal(self.number)
                try:
                    self.cloud.sync(device.name, device.disk.journal_id, device.disk.events)
                    device.forget(self.cloud.hear(device.message()))
                except Forked:
                    self._forked(device)
        self.now += PERIOD
        self.cloud.expire(self.now)

    def check_end(self) -> None:
        """Only leases whose answer was lost are left, and the vendor frees those."""
        known = {lease_id for each in self.devices for lease_id in each.disk.leases}
        assert not known, "a device cannot give back what it holds"
        assert not self.cloud.unheard, "a device that tells everything is still in doubt"
        for row in list(self.cloud.rows.values()):
            if row.lease.outstanding:
                self.happened["unclaimed"] += 1
                assert row.lease.state in (LeaseState.ACTIVE, LeaseState.ENDED)
                self.cloud.release(row.lease_id)
        for period in {row.period for row in self.cloud.rows.values()} | self.cloud.used.keys():
            assert self.cloud.leased(period) == self.cloud.reserved(period) == NOTHING
            if not self.happened["disk_restores"] and not self.happened["cloud_restores"]:
                flagged = self.cloud.over_cap(period)
                assert self.cloud.used.get(period, NOTHING) <= self.cloud.limit + flagged

    def number(self) -> int:
        self._uid += 1
        return self._uid

    def _use(self, device: Device, lease: HeldLease, moment: datetime) -> int:
        forgiven = lease.lease_id in self.oracle.forgiven_leases
        forgiven |= device.disk.journal_id in self.cloud.forks | self.oracle.forked_journals
        period = period_start(lease.granted_at)
        assert period_start(moment) == period, "a use counts in the period of its lease"
        return self.oracle.use(period, Decimal(1), forgiven=forgiven)

    def _ask(self, device: Device, wanted: Decimal | None) -> None:
        message = device.message(wanted)
        if self.random.random() < 0.12:
            self.late.append(message)
            return
        try:
            for _ in range(self.random.choice((1, 1, 1, 2))):
                row = self.cloud.acquire(message, self.now, self._id())
        except Forked:
            self._forked(device)
            return
        self.happened["grants" if row is not None else "refusals"] += 1
        if row is not None and self.random.random() > 0.12:
            device.take(row)

    def _tell(self, device: Device) -> None:
        if not self._reaches(device):
            return
        try:
            done = self.cloud.hear(device.message())
        except Forked:
            self._forked(device)
            return
        if self.random.random() > 0.12:
            device.forget(done)

    def _forked(self, device: Device) -> None:
        """Nothing that is not recorded yet will ever be."""
        self.oracle.forgive(device.disk.uses() - self.cloud.recorded)
        device.new_journal(self._id())
        self.happened["forks"] += 1

    def _release(self, lease_id: UUID) -> None:
        self.oracle.forgiven_leases.add(lease_id)
        for device in self.devices:
            uses = {n for e in device.disk.events if e.lease_id == lease_id for n in e.uses}
            uses |= {each.use for each in device.disk.open if each.lease_id == lease_id}
            self.oracle.forgive(uses - self.cloud.recorded)
        self.cloud.release(lease_id)

    def _reaches(self, device: Device) -> bool:
        return device.name not in self.away and self.random.random() > 0.08

    def _any(self) -> Device:
        return self.random.choice(self.devices)

    def _device(self, name: str) -> Device:
        return Device(name, self._id(), lambda: self._clock(name))

    def _clock(self, name: str) -> datetime:
        """A device's clock is wrong, but never goes back."""
        told = self.now + self.skew.get(name, timedelta(0))
        self.latest[name] = max(self.latest.get(name, told), told)
        return self.latest[name]

    def _id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))
