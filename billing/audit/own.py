"""What the server did by itself, outside every call, told to the audit log."""

from collections.abc import Sequence
from datetime import datetime

from billing.audit import store
from billing.audit.entry import Actor, Fact
from mesh.clock import Clock
from mesh.database import Connection
from mesh.ids import uuid7_batch
from mesh.principal import PrincipalKind

_SERVER = Actor(PrincipalKind.SERVICE.value, "billing", "")


async def tell(conn: Connection, facts: Sequence[Fact], now: datetime, clock: Clock) -> None:
    """Writes the facts in the transaction of what they tell of; `now` is aware, UTC."""
    if facts:
        ids = uuid7_batch(clock, len(facts))
        rows = [fact.row(each, now, _SERVER) for each, fact in zip(ids, facts, strict=True)]
        await store.add(conn, rows)
