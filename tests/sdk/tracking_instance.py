"""A process that tracks events one by one and prints each id once it is durable.

It flushes halfway and at the end.
Run as a program: number of events. Its configuration comes from the environment.
"""

import asyncio
import os
import sys

from mesh.faults import load_faults
from mesh.settings import load
from sdk.client import Mesh
from sdk.event import UsageResult
from sdk.settings import InstanceConfig


def say(what: str, *more: str) -> None:
    sys.stdout.write(" ".join((what, *more)) + "\n")
    sys.stdout.flush()


def told(result: UsageResult) -> None:
    say("result", result.event_id, result.status.value)


async def main(events: int) -> None:
    """Ends when the cloud has answered for everything."""
    config = load(InstanceConfig)
    async with Mesh(config, faults=load_faults(os.environ), on_result=told) as mesh:
        for number in range(events):
            if number == events // 2:
                await mesh.usage.flush()
            say("durable", await mesh.usage.track("api_call", f"route-{number}"))
        await mesh.usage.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
