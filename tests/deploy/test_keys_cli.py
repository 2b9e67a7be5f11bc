"""`brinkbyte keys`: a first key in a folder, and the whole life against a running cloud."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rights.keys import KeySet, PublicKey
from tests.billing.cloud_harness import Cloud


async def keys(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", "keys", *words],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


async def said(*words: str, **environment: str) -> list[str]:
    done = await keys(*words, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


async def test_keys_are_made_and_shown_in_a_folder_without_any_server(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    (kid,) = await said("create", BRINKBYTE_LICENSE_KEYS_DIR=str(folder))
    assert stat.S_IMODE((folder / f"{kid}.pem").stat().st_mode) == 0o600
    assert await said("list", "--dir", str(folder)) == [f"{kid}  private"]
    shown = "\n".join(await said("jwks", "--dir", str(folder)))
    assert KeySet.from_jwks(json.loads(shown)).kids == (kid,)
    shown = "\n".join(await said("pem", "--dir", str(folder)))
    assert PublicKey.from_pem(shown).kid == kid
    assert "PRIVATE" not in shown


async def test_the_life_of_keys_against_a_running_cloud(cloud: Cloud) -> None:
    directory = cloud.authorities.directory
    reach = {
        "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{cloud.server.ports.api}",
        "BRINKBYTE_CA_CERT": str(directory / "ca.pem"),
    }
    vendor = reach | {"BRINKBYTE_VENDOR_API_KEY": cloud.vendor_key}
    first, epoch = await said("list", **vendor)
    old = first.split()[0]
    assert (first.split()[1], epoch) == ("signing", "trust epoch 1")
    (new,) = await said("create", "--dir", str(directory / "licenses"))
    async with asyncio.timeout(60):
        while f"{new}  next" not in (listed := await said("list", **vendor)):
            assert len(listed) == 2
    refused = await keys("rotate", **vendor)
    assert refused.returncode == 1
    assert "rotate then, or at once" in refused.stderr
    signing, former = await said("rotate", "--at-once", **vendor)
    assert (signing.split()[:2], former.split()[:2]) == ([new, "signing"], [old, "verifying"])
    assert json.loads("".join(await said("jwks", **reach)))["keys"][0]["kid"] == new
    assert (await said("pem", **reach)).count("-----BEGIN PUBLIC KEY-----") == 2
    retired, signing, epoch = await said("retire", old, **vendor)
    assert retired.split()[:2] == [old, "retired"]
    assert (signing.split()[:2], epoch) == ([new, "signing"], "trust epoch 2")
    assert (await said("pem", **reach)).count("-----BEGIN PUBLIC KEY-----") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"BRINKBYTE_VENDOR_API_KEY": "wrong"}, "not known"),
        ({"BRINKBYTE_VENDOR_API_KEY": ""}, "credential is needed"),
        ({"BRINKBYTE_BILLING_API_ADDR": "127.0.0.1:1"}, "does not answer"),
        ({"BRINKBYTE_BILLING_API_ADDR": ""}, "which cloud?"),
        ({"BRINKBYTE_CA_CERT": "/nowhere.pem"}, "cannot read"),
    ],
)
async def test_what_goes_wrong_is_one_line(
    cloud: Cloud, change: dict[str, str], words: str
) -> None:
    environment = {
        "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{cloud.server.ports.api}",
        "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
        "BRINKBYTE_VENDOR_API_KEY": cloud.vendor_key,
    }
    done = await keys("list", **(environment | change))
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert words in line
