"""Attempts are counted under locks that every sign-in takes in one order."""

import asyncio

import asyncpg
import pytest

from billing.throttle.service import Throttle
from mesh.database import Role
from tests.billing.audit.chains import NOON, open_database
from tests.billing.conftest import NewDatabase
from tests.billing.locks import somebody_waits

USER = "ann"


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"])
async def test_who_signed_in_holds_no_later_lock_while_waiting_for_an_earlier(
    new_database: NewDatabase, address: str
) -> None:
    dsns, superuser = await new_database()
    db, throttle = await open_database(dsns), Throttle()
    nobody = await asyncpg.connect(superuser)

    async def succeed() -> None:
        async with db.transaction(Role.APP) as conn:
            await throttle.succeeded(conn, USER, address)

    for _ in range(2):
        async with db.transaction(Role.APP) as conn:
            assert await throttle.blocked(conn, USER, address, NOON) is None
    ordered = "select from sign_in_attempts order by subject_sha256 limit 1 offset {} for update"
    async with nobody.transaction():
        await nobody.execute(ordered.format(0))
        signing_in = asyncio.create_task(succeed())
        await somebody_waits(nobody)
        await nobody.execute(ordered.format(1) + " nowait")
    await signing_in
    assert await nobody.fetch("select attempts from sign_in_attempts") == [(1,)]
    await nobody.close()
    await db.close()
