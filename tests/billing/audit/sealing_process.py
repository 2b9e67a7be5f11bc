"""A sealer in a process of its own, which a fault may kill. Arguments: the worker's DSN."""

import asyncio
import os
import sys

from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.faults import load_faults
from tests.billing.audit.chains import sealer


async def main(dsn: str) -> None:
    db = await Database.open({Role.WORKER: dsn}, pool_size=2)
    worker = sealer(db, SystemClock(), load_faults(os.environ))
    while await worker.close_minutes() + await worker.seal_once():
        pass
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
