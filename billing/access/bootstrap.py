"""The vendor's first key, without which nobody could make another."""

from billing.audit import store as audit_store
from billing.audit.actions import Action
from billing.audit.entry import OPERATOR, fact
from billing.vendor_keys.service import MIN_LENGTH, VendorKeysService
from mesh.clock import Clock, SystemClock
from mesh.database import Database
from mesh.errors import ConfigError
from mesh.ids import uuid7
from rights.audit_chain import VENDOR_CHAIN
from rights.scopes import Role

_NAME = "bootstrap"


async def ensure_vendor_key(db: Database, api_key: str, clock: Clock | None = None) -> bool:
    """Registers the vendor administrator's key by its hash; True when it was new.

    Again changes nothing, so that a revoked key stays revoked. Needs the vendor pool. Raises
    ConfigError for a key too short to be random.
    """
    if len(api_key) < MIN_LENGTH:
        raise ConfigError(f"the vendor's key has fewer than {MIN_LENGTH} characters; make one")
    time = clock or SystemClock()
    now = time.now()
    async with db.vendor() as conn:
        key_id = await VendorKeysService(time).register(conn, api_key, _NAME, now)
        if key_id is None:
            return False
        created = fact(
            VENDOR_CHAIN, Action.API_KEY_CREATED, f"api_key/{key_id}", {"role": Role.VENDOR_ADMIN}
        )
        await audit_store.add(conn, [created.row(uuid7(time), now, OPERATOR)])
    return True
