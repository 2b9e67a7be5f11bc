"""Voids the tokens that a tenant has got so far."""

from datetime import datetime, timedelta

from billing.audit.actions import Action
from billing.revocations import store
from billing.unit import Unit
from rights.ids import render_tenant

_SECOND = timedelta(seconds=1)


async def void_tokens(unit: Unit, now: datetime) -> None:
    """Every token of the tenant so far is void once its holder sees the revocation list.

    `now` (aware, UTC) is read under the lock of the licence: the unit may have begun long before
    it got that, and tokens were issued meanwhile. Tokens know whole seconds alone, so one that is
    issued in the same second is void too; its holder asks again and gets another. Belongs beside
    the change that raises the epoch.
    """
    moment = now.replace(microsecond=0) + _SECOND
    await store.set_void_before(unit.conn, unit.tenant_id, moment)
    unit.audit(
        Action.TOKEN_REVOKED,
        f"tenant/{render_tenant(unit.tenant_id)}",
        void_before=moment.isoformat(),
    )
