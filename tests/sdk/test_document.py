"""The worked example of docs/sdk.md runs as it stands and prints what the page says."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.billing.cloud_harness import ISSUER, Cloud
from tests.sdk.instance import Site

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


async def test_the_worked_example(billing: Cloud, site: Site) -> None:
    (_, program), (_, printed), *_ = BLOCK.findall((ROOT / "docs" / "sdk.md").read_text())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BRINKBYTE_TENANT_ID": site.tenant.tenant_id,
            "BRINKBYTE_TENANT_API_KEY": site.tenant.admin_key,
            "BRINKBYTE_BILLING_API_ADDR": site.addr,
            "BRINKBYTE_CA_CERT": str(site.ca),
            "BRINKBYTE_LICENSE_ISSUER": ISSUER,
            "BRINKBYTE_INSTANCE_STATE_DIR": str(site.state / "instance"),
        },
    )
    async with asyncio.timeout(150):
        said, _ = await process.communicate()
    assert process.returncode == 0
    shown = re.sub(r"durable here as \S+", "durable here as 0199…", said.decode())
    assert [line.rstrip() for line in shown.splitlines()] == printed.splitlines()
    async with billing.superuser() as connection:
        rows = await connection.fetch(
            "select event_type, quantity from usage_events "
            "where tenant_id = $1 and reporter is distinct from 'cloud'",
            site.tenant.uuid,
        )
    assert [(row["event_type"], row["quantity"]) for row in rows] == [("llm_token", 1200)]
