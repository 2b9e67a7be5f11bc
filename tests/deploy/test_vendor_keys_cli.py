"""`brinkbyte vendor-keys` against a real cloud, and its first step against the database alone."""

import asyncio
import os
import secrets
import subprocess
import sys
from uuid import UUID

from mesh.database import Role
from tests.billing.cloud_harness import Cloud


async def brinkbyte(
    cloud: Cloud, *words: str, key: str | None = None
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", "vendor-keys", *words],
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_VENDOR_API_KEY": cloud.vendor_key if key is None else key,
            "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{cloud.server.ports.api}",
            "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
            "BRINKBYTE_DATABASE_VENDOR_URL": cloud.dsns[Role.VENDOR],
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


async def said(cloud: Cloud, *words: str, key: str | None = None) -> list[list[str]]:
    """The lines of an answer, in the columns that two spaces part."""
    done = await brinkbyte(cloud, *words, key=key)
    assert done.returncode == 0, done.stderr
    return [line.split("  ") for line in done.stdout.splitlines()]


async def test_the_life_of_the_vendors_keys(cloud: Cloud) -> None:
    ((first, prefix, name, used),) = await said(cloud, "list")
    assert (prefix, name) == (cloud.vendor_key[: len(prefix)], "bootstrap")
    assert used.startswith("used 2")
    refused = await brinkbyte(cloud, "revoke", first)
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "last key that works" in line
    ((second, second_key),) = await said(cloud, "create", "--name", "ops")
    shown = {row[0]: row[1:] for row in await said(cloud, "list", key=second_key)}
    assert shown[second][:2] == [second_key[:12], "ops"]
    (third, third_key), (former, until) = await said(
        cloud, "rotate", second, "--overlap-seconds", "600"
    )
    assert former == second
    shown = {row[0]: row[1:] for row in await said(cloud, "list", key=third_key)}
    assert shown[second][-1] == until.replace("works until", "ends")
    ((ended, when),) = await said(cloud, "revoke", third)
    assert (ended, when[:8]) == (third, "revoked ")
    shown = {row[0]: row[1:] for row in await said(cloud, "list")}
    assert shown[third][-1] == when


async def test_a_key_registered_in_the_database_opens_the_cloud(cloud: Cloud) -> None:
    key = secrets.token_urlsafe(32)
    assert (await brinkbyte(cloud, "list", key=key)).returncode == 1
    assert await said(cloud, "register", key=key) == [["registered"]]
    assert all(UUID(row[0]) for row in await said(cloud, "list", key=key))
    assert await said(cloud, "register", key=key) == [["registered before; nothing changed"]]


async def test_a_key_too_short_to_be_random_is_one_line(cloud: Cloud) -> None:
    done = await brinkbyte(cloud, "register", key="short")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "fewer than 32 characters" in line
