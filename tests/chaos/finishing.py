"""Stripe's own invoices of a campaign: held, finalised and compared by the cloud."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from tests.chaos.checks import Unequal
from tests.chaos.selling import Sale
from tests.chaos.world import World

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_MONTH = timedelta(days=28)
"""The shortest."""
_LEASE = timedelta(minutes=11)
"""What a cloud held that died is free again after that long."""
_SHADOWS = """
select period_number, state, differences from stripe_shadows where tenant_id = $1
order by period_number
"""
_HELD = "select until from stripe_leases where work = 'shadows' and until > $1"
_CLOSED = """
select number from billing_periods
where tenant_id = $1 and issuer = 'stripe' and state = 'closed' order by number
"""


@dataclass(slots=True)
class Finishing:
    """Of one customer. `pause` passes before what died of comparing is tried again, once: Stripe
    forgets idempotency keys after a day."""

    world: World
    tenant_id: UUID
    sale: Sale
    pause: timedelta

    async def ended(self, ends_at: datetime) -> None:
        """The period is over at Stripe too, which ends it up to an hour later, and drafts its
        invoice; the cloud keeps that from going by itself."""
        items = self.sale.sold["items"]["data"]
        there = datetime.fromtimestamp(min(each["current_period_end"] for each in items), UTC)
        if not ends_at <= there < ends_at + _HOUR or there + _MINUTE <= self.world.now():
            return
        await self.world.advance(there + _MINUTE - self.world.now())
        await self.sale.office.deliver()
        await self.world.work("close")
        while self.sale.invoice["status"] == "draft" and self.sale.invoice["auto_advance"]:
            await self._finish()

    async def compared(self) -> None:
        """Every closed period is."""
        while missing := await self._missing():
            if not await self._finish():
                await self.world.advance(self.pause)
                self.pause = timedelta(0)
            if missing == await self._missing():
                await asyncio.sleep(0.05)

    async def waits(self) -> str:
        """What is not compared."""
        return f"the periods {await self._missing()} are closed and not compared with Stripe's"

    async def check(self) -> int:
        """What is metered, and what came late, is on Stripe's invoices as on ours; of how many
        periods. Raises Unequal."""
        rows = await self._fetch(_SHADOWS, self.tenant_id)
        for row in rows:
            differences = json.loads(row["differences"])
            late = row["period_number"] == rows[0]["period_number"] and all(
                self._joined_late(each) for each in differences
            )
            if row["state"] != _MATCHES and not late:
                raise Unequal(f"period {row['period_number']}: {row['differences']}")
        return len(rows)

    def _joined_late(self, difference: dict[str, Any]) -> bool:
        """Stripe charges what joins a subscription by the second, we by the day: on a machine that
        takes minutes for buying that is a cent."""
        if difference["our_quantity"] != difference["their_quantity"]:
            return False
        less = difference["our_amount"] - difference["their_amount"]
        return 0 <= less <= round(difference["our_amount"] * (self.sale.joining / _MONTH))

    async def _missing(self) -> list[int]:
        closed = {row["number"] for row in await self._fetch(_CLOSED, self.tenant_id)}
        shadows = await self._fetch(_SHADOWS, self.tenant_id)
        return sorted(closed - {row["period_number"] for row in shadows if row["state"] in _DONE})

    async def _finish(self) -> bool:
        """Once; where whoever did it died, its lease runs out, and it is False."""
        await self.world.work("finish")
        for _ in range(20):
            if not await self._fetch(_HELD, self.world.now()):
                return True
            await asyncio.sleep(0.05)
        await self.world.advance(_LEASE)
        return False

    async def _fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        conn = await asyncpg.connect(self.world.cloud_store.dsn("chaos"))
        try:
            return list(await conn.fetch(sql, *args))
        finally:
            await conn.close()


_MATCHES = "matches"
_DONE = (_MATCHES, "differs")
