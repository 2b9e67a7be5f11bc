"""One whole mesh for the stories of this folder, on free ports, in a folder of its own."""

import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.cameras import Clips, demo_plan, write_cameras_file
from deploy.local.plan import StackPlan
from deploy.local.ports import PortPlan
from deploy.local.rundir import RunDir
from deploy.local.stack import LocalStack
from mesh.channel import MeshChannel, channel
from mesh.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
CLIP_FRAMES = 60
CLIP_FPS = 10


@dataclass(frozen=True)
class Mesh:
    """A running mesh, as a person or a program outside sees it."""

    stack: LocalStack
    env: dict[str, str]

    def api(self, key: str | None) -> MeshChannel:
        """Billing's server-TLS listener with an API key."""
        return channel(
            self.env["BRINKBYTE_BILLING_API_ADDR"],
            root_ca=Path(self.env["BRINKBYTE_CA_CERT"]).read_bytes(),
            bearer=key,
        )

    def node(self) -> MeshChannel:
        """The node's own API with the tenant's key."""
        return channel(
            self.env["BRINKBYTE_EDGE_ADDR"],
            bearer=self.env["BRINKBYTE_TENANT_API_KEY"],
            plaintext=True,
        )


def sourced(env_file: Path) -> dict[str, str]:
    """mesh.env as a shell reads it."""
    shell = f"set -a; . '{env_file}'; env -0"
    done = subprocess.run(["sh", "-c", shell], env={}, capture_output=True, check=True)
    pairs = (line.partition("=") for line in done.stdout.decode().split("\0") if line)
    return {name: value for name, _, value in pairs if name.startswith("BRINKBYTE_")}


@pytest.fixture(scope="session")
async def mesh(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mesh]:
    run = RunDir(tmp_path_factory.mktemp("mesh")).create()
    clips = Clips(run.root / "clips", CLIP_FRAMES, CLIP_FPS)
    for camera in list(clips.missing()):
        clips.render(camera)
    cameras = write_cameras_file(run.root / "cameras.yaml", clips, loop=True)
    ports = PortPlan.on_free_ports()
    with run.lock():
        stack = LocalStack(
            StackPlan(run, ports, demo_plan(), cameras), SystemClock(), lambda _: None
        )
        try:
            await stack.start()
            yield Mesh(stack, sourced(run.env_file))
        finally:
            await stack.stop()
            run.remove()
