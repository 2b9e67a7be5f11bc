"""The vendor's first key, without which nobody could make another."""

from billing.access import store
from billing.access.keys import hash_of
from mesh.clock import Clock, SystemClock
from mesh.database import Database
from mesh.errors import ConfigError
from mesh.ids import uuid7

_MIN_LENGTH = 32


async def ensure_vendor_key(db: Database, api_key: str, clock: Clock | None = None) -> None:
    """Registers the vendor administrator's key by its hash; again changes nothing.

    Needs the vendor pool. Raises ConfigError for a key too short to be random.
    """
    if len(api_key) < _MIN_LENGTH:
        raise ConfigError(f"the vendor's key has fewer than {_MIN_LENGTH} characters; make one")
    time = clock or SystemClock()
    async with db.vendor() as conn:
        await store.add_vendor_key(conn, uuid7(time), hash_of(api_key), "bootstrap", time.now())
