"""`brinkbyte license` against a real cloud."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta

from deploy.local.ports import free_port
from tests.billing.cloud_harness import Cloud, Tenant
from tests.billing.licenses.calls import batch


async def brinkbyte(
    cloud: Cloud, *words: str, key: str = "", port: int = 0
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", "license", *words],
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_VENDOR_API_KEY": key or cloud.vendor_key,
            "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{port or cloud.server.ports.api}",
            "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def facts(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The lines of an answer, by their first word."""
    assert done.returncode == 0, done.stderr
    pairs = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    return dict(pairs)


async def test_a_licence_is_shown_and_led_through_its_life(cloud: Cloud, tenant: Tenant) -> None:
    await cloud.issue_license(tenant, cameras=3)
    named = ("--tenant", tenant.tenant_id)
    shown = facts(await brinkbyte(cloud, "show", *named))
    assert shown["tenant"] == tenant.tenant_id
    assert (shown["mode"], shown["status"], shown["cameras"]) == ("base", "active", "0 of 3")
    changed = facts(
        await brinkbyte(cloud, "upgrade", *named, "--cameras", "5", "--add-pack", "intelligence")
    )
    assert (changed["cameras"], changed["packs"]) == ("0 of 5", "intelligence")
    until = (cloud.clock.now() + timedelta(days=90)).isoformat()
    assert facts(await brinkbyte(cloud, "renew", until, *named))["epoch"] == "4"
    paused = facts(await brinkbyte(cloud, "suspend", *named, "--reason", "invoice 42"))
    assert paused["status"].startswith("suspended (license_suspended since ")
    assert paused["status"].endswith(": invoice 42)")
    assert facts(await brinkbyte(cloud, "resume", *named))["status"] == "active"
    ended = facts(await brinkbyte(cloud, "revoke", *named))
    assert ended["status"].startswith("expired (license_revoked")
    refused = await brinkbyte(cloud, "resume", *named)
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert line == "brinkbyte: the licence was revoked, which is final; issue a new one"


async def test_a_tenant_moves_its_camera_and_asks_why(cloud: Cloud, tenant: Tenant) -> None:
    await cloud.issue_license(tenant)
    first, second = await cloud.device(tenant), await cloud.device(tenant)
    await batch(first.channel, "cam", cam="serial")
    key = tenant.admin_key
    why = await brinkbyte(cloud, "explain", "cam", "--device", second.device_id, key=key)
    assert why.returncode == 3
    *_, last, verdict = why.stdout.splitlines()
    assert last.split()[:2] == ["refused", "device"]
    assert verdict.startswith("camera_held_elsewhere: Another device")
    moved = facts(await brinkbyte(cloud, "move", "cam", second.device_id, key=key))
    assert moved["device"] == second.device_id
    assert facts(await brinkbyte(cloud, "reset-fingerprint", "cam", key=key))["fingerprint"] == (
        "none yet"
    )
    late = (cloud.clock.now() + timedelta(days=1)).isoformat()
    asked = ("explain", "cam", "--device", second.device_id, "--feature", "person", "--at", late)
    allowed = await brinkbyte(cloud, *asked, key=key)
    assert allowed.returncode == 0, allowed.stdout
    assert allowed.stdout.splitlines()[-1] == "allowed"
    released = await brinkbyte(cloud, "release", "cam", key=key)
    assert "its slot is free now" in released.stdout


async def test_what_is_wrong_is_said_in_one_line(cloud: Cloud) -> None:
    port = free_port()
    away = await brinkbyte(cloud, "show", "--tenant", "any", port=port)
    assert away.returncode == 1
    (line,) = away.stderr.splitlines()
    assert line.startswith(f"brinkbyte: the cloud does not answer at 127.0.0.1:{port};")
    zoneless = await brinkbyte(cloud, "renew", "2030-01-01T00:00:00", "--tenant", "any")
    assert zoneless.returncode == 2
    assert "offset from UTC" in zoneless.stderr
