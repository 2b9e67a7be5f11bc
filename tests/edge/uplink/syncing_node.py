"""A process that uploads a journal until all of it is acked.

Run as a program: DSN, state directory, the cloud's mTLS address.
"""

import asyncio
import os
import sys
from pathlib import Path

from edge.uplink.identity import StateDirectory
from edge.uplink.link import CloudLink
from edge.uplink.sync import UsageSync
from edge.usage import positions
from mesh.clock import SystemClock
from mesh.database import Database, Role
from mesh.faults import load_faults


async def main(dsn: str, state: Path, addr: str) -> None:
    """Uploads in batches of ten."""
    database = await Database.open({Role.APP: dsn}, pool_size=2)
    identity = StateDirectory(state).load()
    assert identity is not None
    link = CloudLink(addr, identity.ca_pem, identity)
    sync = UsageSync(database, link, clock=SystemClock(), faults=load_faults(os.environ), batch=10)
    running = asyncio.create_task(sync.run())
    while not running.done():
        async with database.transaction(Role.APP) as conn:
            if await positions.read_backlog(conn) == 0:
                break
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await link.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
