"""Work at the payment provider that one replica does at a time."""

from datetime import datetime, timedelta
from uuid import UUID

from mesh.database import Connection

_TAKE = """
insert into stripe_leases as held (work, holder, until) values ($1, $2, $4)
on conflict (work) do update set holder = excluded.holder, until = excluded.until
where held.holder = excluded.holder or held.until <= $3
returning true
"""


async def take(conn: Connection, work: str, holder: UUID, now: datetime, life: timedelta) -> bool:
    """Takes or keeps the lease; False while another holder has it. `now` is aware."""
    return bool(await conn.fetchval(_TAKE, work, holder, now, now + life))


async def give_back(conn: Connection, work: str, holder: UUID) -> None:
    """Lets the next one begin at once."""
    await conn.execute("delete from stripe_leases where work = $1 and holder = $2", work, holder)
