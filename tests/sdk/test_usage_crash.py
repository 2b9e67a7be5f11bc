"""SIGKILL between any two steps from track to report loses nothing and counts nothing twice."""

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.billing.cloud_harness import ISSUER, Cloud
from tests.sdk.instance import Site

PROGRAM = Path(__file__).parent / "tracking_instance.py"
ROOT = Path(__file__).resolve().parents[2]


async def run(site: Site, events: int, faults: str = "") -> tuple[int, list[list[str]]]:
    """The process's exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        str(events),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TENANT_ID": site.tenant.tenant_id,
            "BILLING_API_KEY": site.tenant.admin_key,
            "BILLING_SERVICE_URL": f"https://{site.addr}",
            "BRINKBYTE_CA_CERT": str(site.ca),
            "BRINKBYTE_LICENSE_ISSUER": ISSUER,
            "BRINKBYTE_INSTANCE_STATE_DIR": str(site.state / "instance"),
            "BRINKBYTE_FAULTS": faults,
        },
    )
    async with asyncio.timeout(150):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, [line.split() for line in said.decode().splitlines()]


def unsent(site: Site) -> set[str]:
    with sqlite3.connect(site.state / "instance" / "usage.sqlite3") as db:
        found = {str(row[0]) for row in db.execute("select event_id from events")}
    db.close()
    return found


@pytest.mark.parametrize(
    ("fault", "repeated"),
    [
        ("sdk.usage.after_write=kill@20", False),
        ("sdk.usage.before_send=kill@1", False),
        ("sdk.usage.after_answer=kill@1", True),
        ("sdk.usage.after_answer=kill@2", True),
    ],
)
async def test_a_killed_instance_loses_nothing_and_repeats_nothing(
    billing: Cloud, site: Site, fault: str, *, repeated: bool
) -> None:
    status, said = await run(site, 60, fault)
    assert status == -signal.SIGKILL
    durable = {words[1] for words in said if words[0] == "durable"}
    answered = {words[1] for words in said if words[0] == "result"}
    left = unsent(site)
    assert left
    assert durable <= left | answered
    status, said = await run(site, 0)
    assert status == 0
    results = {words[1]: words[2] for words in said if words[0] == "result"}
    assert set(results) == left
    assert ("duplicate" in results.values()) == repeated
    assert set(results.values()) <= {"duplicate", "accepted"}
    assert unsent(site) == set()
    async with billing.superuser() as connection:
        total = await connection.fetchval(
            "select sum(quantity) from usage_events "
            "where tenant_id = $1 and reporter is distinct from 'cloud'",
            site.tenant.uuid,
        )
    assert total == len(left | answered)
