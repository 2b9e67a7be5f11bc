"""Those who follow a tenant's rights at this replica, and the one poller that reads for all."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from billing.licenses.changes import store
from billing.licenses.changes.service import RightsChanges, Told
from billing.poller import Poller
from billing.unit import Units
from billing.watch import RightsWatch
from mesh.database import Database
from mesh.errors import RateLimited
from rights.claims import Epoch

_FOLLOWERS_PER_TENANT = 100


class Follower:
    """One who waits for the tenant's epoch to move."""

    def __init__(self) -> None:
        """Made by the feed."""
        self._epoch: Epoch | None = None
        self._ended = False
        self._stir = asyncio.Event()

    def show(self, epoch: Epoch) -> None:
        """The epoch as the database has it."""
        self._epoch = epoch
        self._stir.set()

    def end(self) -> None:
        """No more will come."""
        self._ended = True
        self._stir.set()

    async def moved(self, seen: Epoch) -> bool:
        """True when the epoch may be another than `seen`, False at the end."""
        while not self._ended:
            self._stir.clear()
            shown, self._epoch = self._epoch, None
            if shown is not None and shown != seen:
                return True
            await self._stir.wait()
        return False


class LicenseFeed:
    """Every second, and at once for a tenant that was hinted at, one read finds new epochs."""

    def __init__(
        self, db: Database, units: Units, changes: RightsChanges, watch: RightsWatch
    ) -> None:
        """`run` does the polling."""
        self._db = db
        self._units = units
        self._changes = changes
        self._watch = watch
        self._followers: dict[UUID, set[Follower]] = {}
        self._poller: Poller[UUID] = Poller("license_feed", self._followed, self._read)
        self._draining = False

    async def run(self) -> None:
        """Polls until cancelled."""
        await self._poller.run()

    def drain(self) -> None:
        """Ends every stream in order, so that its reader goes on at another replica."""
        self._draining = True
        for group in self._followers.values():
            for follower in group:
                follower.end()

    async def follow(self, tenant_id: UUID, seen: Epoch | None) -> AsyncIterator[Told]:
        """What somebody who has seen an epoch has to be told, from now on until the drain.

        Raises RateLimited when too many follow the tenant here.
        """
        with self._open(tenant_id) as follower:
            while True:
                async with self._units.within(tenant_id) as unit:
                    told = await self._changes.since(unit, seen)
                for each in told:
                    yield each
                    seen = each.epoch
                if not told and seen is not None and not await follower.moved(seen):
                    return

    @contextmanager
    def _open(self, tenant_id: UUID) -> Iterator[Follower]:
        group = self._followers.setdefault(tenant_id, set())
        if len(group) >= _FOLLOWERS_PER_TENANT:
            raise RateLimited
        follower = Follower()
        group.add(follower)
        self._watch.follow(tenant_id, self._poller.nudge)
        if self._draining:
            follower.end()
        try:
            yield follower
        finally:
            group.discard(follower)
            if not group:
                del self._followers[tenant_id]
                self._poller.forget(tenant_id)
                self._watch.leave(tenant_id, self._poller.nudge)

    def _followed(self) -> list[UUID]:
        return list(self._followers)

    async def _read(self, tenant_ids: Collection[UUID]) -> None:
        async with self._db.worker() as conn:
            found = await store.epochs(conn, tenant_ids)
        for tenant_id, epoch in found.items():
            for follower in self._followers.get(tenant_id, ()):
                follower.show(epoch)
