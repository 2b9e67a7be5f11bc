"""The vendor's first key, without which nobody could make another."""

from billing.access import store
from billing.access.keys import hash_of
from billing.audit import store as audit_store
from billing.audit.actions import Action
from billing.audit.entry import OPERATOR, fact
from mesh.clock import Clock, SystemClock
from mesh.database import Database
from mesh.errors import ConfigError
from mesh.ids import uuid7
from rights.audit_chain import VENDOR_CHAIN
from rights.scopes import Role

_MIN_LENGTH = 32
_NAME = "bootstrap"


async def ensure_vendor_key(db: Database, api_key: str, clock: Clock | None = None) -> None:
    """Registers the vendor administrator's key by its hash; again changes nothing.

    Needs the vendor pool. Raises ConfigError for a key too short to be random.
    """
    if len(api_key) < _MIN_LENGTH:
        raise ConfigError(f"the vendor's key has fewer than {_MIN_LENGTH} characters; make one")
    time = clock or SystemClock()
    now, key_id = time.now(), uuid7(time)
    created = fact(
        VENDOR_CHAIN, Action.API_KEY_CREATED, f"api_key/{key_id}", {"role": Role.VENDOR_ADMIN}
    )
    async with db.vendor() as conn:
        if await store.add_vendor_key(conn, key_id, hash_of(api_key), _NAME, now):
            await audit_store.add(conn, [created.row(uuid7(time), now, OPERATOR)])
