"""`brinkbyte catalog`: a person adds a pack with a file and one command."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.billing.cloud_harness import Cloud

PACK = "  fire_safety:\n    title: Fire safety\n    features:\n      smoke: analytic\n"
ITEM = '      fire: {title: Fire, per: camera, pack: fire_safety, prices: {USD: "9"}}\n'


async def brinkbyte(
    cloud: Cloud, *words: str, answer: str = ""
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", "catalog", *words],
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_VENDOR_API_KEY": cloud.vendor_key,
            "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{cloud.server.ports.api}",
            "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
        },
        input=answer,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


async def test_a_person_adds_a_pack(cloud: Cloud, tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    shown = await brinkbyte(cloud, "show")
    changed = shown.stdout.replace("packs:\n", "packs:\n" + PACK, 1)
    file.write_text(changed.replace("    items:\n", "    items:\n" + ITEM, 1))
    lines = (await brinkbyte(cloud, "diff", str(file))).stdout.splitlines()
    assert lines[0] == "+ pack fire_safety: title Fire safety"
    assert lines[-1].startswith("3 changes to version 1, ")
    refused = await brinkbyte(cloud, "apply", str(file), answer="n\n")
    assert (refused.returncode, "is live" in refused.stdout) == (1, False)
    done = await brinkbyte(cloud, "apply", str(file), "--yes")
    assert done.stdout.splitlines()[-1].startswith("version 2 is live, ")
    again = await brinkbyte(cloud, "apply", str(file), "--yes")
    assert again.stdout == "no changes: version 2 says the same\n"
    assert (await brinkbyte(cloud, "show")).stdout == file.read_text()
    assert (await brinkbyte(cloud, "show", "1")).stdout == shown.stdout
    rows = [line.split("  ") for line in (await brinkbyte(cloud, "versions")).stdout.splitlines()]
    assert [(row[0], row[3] == "product") for row in rows] == [("1", True), ("2", False)]


async def test_every_problem_of_a_file_is_a_line(cloud: Cloud, tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    text = (await brinkbyte(cloud, "show", "1")).stdout
    file.write_text(text.replace("person: model", "person: ghost").replace('"60"', "60"))
    for command in ("validate", "diff", "apply"):
        done = await brinkbyte(cloud, command, str(file))
        assert done.returncode == 1
        first, second = done.stdout.splitlines()
        line = text[: text.index("person: model")].count("\n") + 1
        assert first.startswith(f"{file}:{line}: packs.base.features.person: ")
        assert "items.base_camera.prices.USD: a quoted decimal is needed" in second
    file.write_text(text)
    assert (await brinkbyte(cloud, "validate", str(file))).returncode == 0
