"""The node's Redis over its PostgreSQL: the same licences, nearer; never the truth about them."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from edge.licensing.shelf import Kept, LicenseShelf
from edge.licensing.store import StoredLicense
from mesh.cache import Cache
from rights.claims import Epoch

_MOMENTS = ("trial_end_date", "last_validated", "cached_until")


class RedisShelf:
    """Implements LicenseShelf around another shelf.

    Entries are kept under the epoch that the shelf below holds: what a Redis that was away has
    of former rights is not found any more.
    """

    def __init__(self, shelf: LicenseShelf, cache: Cache[str, StoredLicense]) -> None:
        """`cache` forgets an entry within the hour."""
        self._shelf = shelf
        self._cache = cache

    async def load(self, camera_ids: Sequence[str]) -> Sequence[Kept]:
        """As LicenseShelf.load."""
        epoch = await self.epoch()
        if epoch is None:
            return await self._shelf.load(camera_ids)
        found = await asyncio.gather(*(self._cache.get(_key(epoch, each)) for each in camera_ids))
        rows = [row for row in found if row is not None]
        known = {row.camera_id for row in rows}
        missing = [each for each in camera_ids if each not in known]
        below = await self._shelf.load(missing) if missing else ()
        for kept in below:
            await self._put(kept.rows, epoch)
        return [Kept(rows, "redis"), *below]

    async def epoch(self) -> Epoch | None:
        """As LicenseShelf.epoch."""
        return await self._shelf.epoch()

    async def save(self, kept: Kept, epoch: Epoch) -> None:
        """As LicenseShelf.save."""
        await self._shelf.save(kept, epoch)
        await self._put(kept.rows, epoch)

    async def log_use(self, kept: Kept, epoch: Epoch) -> None:
        """As LicenseShelf.log_use."""
        await self._shelf.log_use(kept, epoch)

    async def forget(self, camera_ids: Sequence[str]) -> None:
        """As LicenseShelf.forget."""
        epoch = await self.epoch()
        await self._shelf.forget(camera_ids)
        if epoch is not None:
            keys = (_key(epoch, each) for each in camera_ids)
            await asyncio.gather(*(self._cache.invalidate(key) for key in keys))

    async def _put(self, rows: Sequence[StoredLicense], epoch: Epoch) -> None:
        await asyncio.gather(*(self._cache.put(_key(epoch, row.camera_id), row) for row in rows))


def encode(row: StoredLicense) -> bytes:
    """The row as JSON."""
    members = asdict(row)
    moments = {name: members[name].isoformat() for name in _MOMENTS if members[name] is not None}
    return json.dumps(members | moments).encode()


def decode(data: bytes) -> StoredLicense:
    """What `encode` wrote. Raises ValueError for anything else."""
    try:
        members = json.loads(data)
        for name in _MOMENTS:
            if members[name] is not None:
                members[name] = datetime.fromisoformat(members[name])
        return StoredLicense(**members | {"growth_packs": tuple(members["growth_packs"])})
    except (TypeError, KeyError) as error:
        raise ValueError("not a licence") from error


def _key(epoch: Epoch, camera_id: str) -> str:
    return f"{epoch.incarnation}:{epoch.number}:{camera_id}"
