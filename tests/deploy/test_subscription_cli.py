"""`brinkbyte subscription`, `override`, `profile` and `invoice` against a real cloud."""

import asyncio
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.billing.cloud_harness import Cloud, Tenant
from tests.billing.invoices.stories import DRAFT, closer

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "walkthrough.md"


async def brinkbyte(cloud: Cloud, tenant: Tenant, *words: str) -> subprocess.CompletedProcess[str]:
    return await run(cloud, tenant, [sys.executable, "-m", "deploy.cli", *words], ROOT)


async def run(
    cloud: Cloud, tenant: Tenant, argv: list[str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        argv,
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_VENDOR_API_KEY": cloud.vendor_key,
            "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{cloud.server.ports.api}",
            "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
            "BRINKBYTE_TENANT_ID": tenant.tenant_id,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=150,
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
    assert looked[-1] == "= 0.00 USD to 199.00 USD for the running billing period"
    changed = await said(cloud, tenant, "subscription", "change", "metered", "standard")
    assert changed[0].split()[:3] == ["metered", "standard", "active,"]
    listed = await said(cloud, tenant, "subscription", "list")
    assert [line.split()[1] for line in listed] == ["standard", "trial", "base"]
    assert (await said(cloud, tenant, "subscription", "move", "metered"))[0] == listed[0]
    going, _ = await said(cloud, tenant, "subscription", "cancel", "metered")
    assert "cancelled for" in going
    assert (await said(cloud, tenant, "subscription", "resume", "metered"))[0] == listed[0]
    assert await said(cloud, tenant, "webhooks", "list", "--state", "dead") == ["no event came"]
    missing = await brinkbyte(cloud, tenant, "webhooks", "replay", "evt_never")
    assert (missing.returncode, "not found" in missing.stderr) == (1, True)


async def test_overrides_are_set_listed_and_removed(cloud: Cloud, tenant: Tenant) -> None:
    why = ("--reason", "contract 7")
    await said(cloud, tenant, "override", "set", "feature", "webhook", "--deny", *why)
    await said(cloud, tenant, "override", "set", "quota", "sms", "--included", "5", *why)
    quotas = ("quota", "status", "--metric")
    (capped,) = await said(cloud, tenant, *quotas, "sms")
    assert capped.startswith("sms: 0 of 5 messages used, 5 left; hard cap, resets 20")
    (counted,) = await said(cloud, tenant, *quotas, "inference_frame")
    assert counted.startswith("inference_frame: 0 frames used, no cap; counted until 20")
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


@pytest.mark.timeout(300)
async def test_from_use_to_a_paid_invoice(cloud: Cloud, tenant: Tenant, tmp_path: Path) -> None:
    walked = await walk(cloud, tenant, tmp_path)
    explained = next(block for block in walked if "set by the override" in block)
    assert "  500000 at 0.0001: 50" in explained and "  500000 in 1 event" in explained
    assert "INV-" in walked[-2] and [file.suffix for file in tmp_path.iterdir()] == [".pdf"]
    assert f"{tenant.tenant_id}: every step agrees" in walked[-1]
    assert all("https://" not in block for block in walked), "nothing is paid elsewhere"
    at = ("--at", cloud.clock.now().isoformat())
    bad = await brinkbyte(cloud, tenant, "usage", "report", "warp", "1", "--id", "x", *at)
    assert (bad.returncode, "rejected: event_type" in bad.stdout) == (1, True)
    moved = ("profile", "set", "--address", "Allee 1", "--address", "Köln")
    profile = await said(cloud, tenant, *moved)
    assert [line.split(maxsplit=1)[-1] for line in profile[1:3]] == ["Allee 1, Köln", "IE"]
    assert "% of the period has passed: " in (await said(cloud, tenant, "invoice", "project"))[-1]
    (listed,) = await said(cloud, tenant, "invoice", "list")
    invoice, number, *_ = listed.split()
    assert number.startswith("INV-") and listed.endswith(": 50.00 USD, 50.00 USD due")
    note = ("invoice", "credit", invoice, "--reference", "c-1", "--reason", "a late start")
    credited = await said(cloud, tenant, *note, "--amount", "10.00 USD")
    assert credited[0].endswith(": 10.00 USD and 0.00 USD tax")
    assert "credit notes: 10.00 USD" in credited
    pay = ("invoice", "pay", invoice, "--reference", "r-1", "--")
    for wrong, status in (("-1 USD", 2), ("10 EUR", 1)):
        refused = await brinkbyte(cloud, tenant, *pay, wrong)
        assert (refused.returncode, "Traceback" in refused.stderr) == (status, False)
    settled = await said(cloud, tenant, *pay, "40 USD")
    assert "paid: 40.00 USD" in settled and settled[-1] == "due: 0.00 USD"
    late = await brinkbyte(cloud, tenant, "invoice", "void", invoice, "--reason", "late")
    assert (late.returncode, late.stderr.startswith("brinkbyte: ")) == (1, True)


async def walk(cloud: Cloud, tenant: Tenant, folder: Path) -> list[str]:
    """docs/walkthrough.md pasted block by block; what each prints. Frames are reported instead of
    its cameras', and the clock is moved instead of waiting."""
    found = list[str]()
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL):
        if "edge usage" in block:
            at = cloud.clock.now().replace(microsecond=0)
            used = ("usage", "report", "inference_frame", "500000", "--id", "run-1")
            told = await said(cloud, tenant, *used, "--at", at.isoformat())
            assert told == [f"run-1  accepted, at {at:%Y-%m-%dT%H:%M:%SZ}"]
            continue
        buys = "subscription buy" in block
        if buys:
            cloud.clock.advance(timedelta(hours=1))
        found.append(await pasted(cloud, tenant, folder, block))
        if buys:
            cloud.clock.advance(DRAFT)
            await closer(cloud).run_once()
    return found


async def pasted(cloud: Cloud, tenant: Tenant, folder: Path, block: str) -> str:
    program = block.replace(".venv/bin/brinkbyte", f"{sys.executable} -m deploy.cli")
    done = await run(cloud, tenant, ["bash", "-euo", "pipefail", "-c", program], folder)
    assert done.returncode == 0, f"{block}{done.stdout}{done.stderr}"
    return done.stdout
