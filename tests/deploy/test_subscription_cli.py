"""`brinkbyte subscription` and `brinkbyte override` against a real cloud."""

import asyncio
import os
import subprocess
import sys

from tests.billing.cloud_harness import Cloud, Tenant


async def brinkbyte(cloud: Cloud, tenant: Tenant, *words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", *words],
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_VENDOR_API_KEY": cloud.vendor_key,
            "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{cloud.server.ports.api}",
            "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
            "BRINKBYTE_TENANT_ID": tenant.tenant_id,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def said(cloud: Cloud, tenant: Tenant, *words: str) -> list[str]:
    done = await brinkbyte(cloud, tenant, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


async def test_a_plan_is_previewed_and_changed(cloud: Cloud, tenant: Tenant) -> None:
    await cloud.issue_license(tenant)
    looked = await said(
        cloud, tenant, "subscription", "preview", "metered", "standard", "--add-pack", "integration"
    )
    assert "+ feature webhook" in looked
    assert "  quota sms: 0 to 100, 0 used" in looked
    assert "  invoice metered_standard: nothing to 99.00 USD" in looked
    assert looked[-1] == "= 0.00 USD to 199.00 USD"
    changed = await said(cloud, tenant, "subscription", "change", "metered", "standard")
    assert changed[0].split()[:3] == ["metered", "standard", "active,"]
    listed = await said(cloud, tenant, "subscription", "list")
    assert [line.split()[1] for line in listed] == ["standard", "trial", "base"]
    assert (await said(cloud, tenant, "subscription", "move", "metered"))[0] == listed[0]
    going, _ = await said(cloud, tenant, "subscription", "cancel", "metered")
    assert "cancelled for" in going
    assert (await said(cloud, tenant, "subscription", "resume", "metered"))[0] == listed[0]
    assert await said(cloud, tenant, "webhooks", "list", "--state", "dead") == []
    missing = await brinkbyte(cloud, tenant, "webhooks", "replay", "evt_never")
    assert (missing.returncode, "not found" in missing.stderr) == (1, True)


async def test_overrides_are_set_listed_and_removed(cloud: Cloud, tenant: Tenant) -> None:
    why = ("--reason", "contract 7")
    await said(cloud, tenant, "override", "set", "feature", "webhook", "--deny", *why)
    await said(cloud, tenant, "override", "set", "quota", "sms", "--included", "5", *why)
    price, _ = await said(
        cloud, tenant, "override", "set", "price", "item/vision/base_camera", "USD=45", *why
    )
    assert price.endswith("price item/vision/base_camera 45 USD: contract 7")
    listed = await said(cloud, tenant, "override", "list")
    assert sorted(line.split(maxsplit=1)[1] for line in listed) == [
        "feature webhook taken: contract 7",
        "price item/vision/base_camera 45 USD: contract 7",
        "quota sms included 5: contract 7",
    ]
    removed = await said(cloud, tenant, "override", "remove", price.split()[0])
    assert removed[0].endswith(": removed")
    wrong = await brinkbyte(cloud, tenant, "override", "set", "price", "sms", "USD=1", *why)
    assert wrong.returncode == 2
