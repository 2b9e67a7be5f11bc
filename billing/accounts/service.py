"""The rules of closing: what an account's lock keeps apart, and how its close moves on."""

from datetime import datetime
from uuid import UUID

from billing.accounts import store
from billing.accounts.account import BillingAccount
from billing.unit import Unit, VendorUnit
from mesh.errors import FailedPrecondition, NotFound


class AccountsService:
    """Opens, reads, locks and closes the billing accounts of tenants."""

    async def open(self, unit: VendorUnit, tenant_id: UUID) -> None:
        """Gives a new tenant its account, in which nothing is closed."""
        await store.add(unit.conn, tenant_id)

    async def read(self, unit: Unit) -> BillingAccount:
        """The account as it stands. Raises NotFound."""
        return _found(unit, await store.get(unit.conn, unit.tenant_id))

    async def lock(self, unit: Unit) -> BillingAccount:
        """The account, locked until the unit ends: the first step of every close.

        It waits for what is being recorded, and what comes after waits for it. So statements
        that follow in the unit see all use that was acknowledged before, and `close` makes the
        rest late. Take no other lock before this one. Raises NotFound.
        """
        return _found(unit, await store.lock(unit.conn, unit.tenant_id))

    async def close(self, unit: Unit, before: datetime) -> BillingAccount:
        """Closes everything before a moment, of a locked account; the account as it is then.

        Use that comes later with an earlier time bears `closes` as its revision. Raises
        ValueError unless `before` is a full hour, aware, FailedPrecondition (STATE_CONFLICT)
        when that much is closed already.
        """
        if before.utcoffset() is None or before.timestamp() % 3600:
            raise ValueError("a period is closed at a full hour")
        account = await store.close(unit.conn, unit.tenant_id, before)
        if account is None:
            raise FailedPrecondition(
                "STATE_CONFLICT", "billing_account", f"{before.isoformat()} is closed already"
            )
        return account


def _found(unit: Unit, account: BillingAccount | None) -> BillingAccount:
    if account is None:
        raise NotFound("billing_account", str(unit.tenant_id))
    return account
