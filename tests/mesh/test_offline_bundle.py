"""The real cloud signs a file, and the real node takes it and explains itself."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from brinkbyte.edge.v1 import edge_service_pb2, edge_service_pb2_grpc


async def brinkbyte(mesh, *arguments: str) -> str:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", *arguments],
        env={"PATH": os.environ["PATH"], **mesh.env},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_from_the_vendors_cloud_to_the_site(mesh, tmp_path: Path) -> None:
    async with mesh.node() as link:
        stub = edge_service_pb2_grpc.EdgeServiceStub(link)
        node = await stub.GetNode(edge_service_pb2.GetNodeRequest())
        file = tmp_path / "site.bundle"
        said = await brinkbyte(
            mesh, "license", "export-bundle", "--device", node.device_id, "--out", str(file)
        )
        assert "cam-north  licensed" in said
        assert "cam-north" in await brinkbyte(mesh, "edge", "import-bundle", str(file))
        listed = await stub.ListLicenses(edge_service_pb2.ListLicensesRequest())
        held = {each.camera_id: each for each in listed.licenses}
        assert held["cam-north"].source == edge_service_pb2.LICENSE_SOURCE_BUNDLE
        told = await brinkbyte(mesh, "edge", "explain", "cam-north", "person")
        assert told.splitlines()[-1].startswith("allowed: pack base")
        assert "cameras, epoch" in await brinkbyte(mesh, "edge", "refresh")
        listed = await stub.ListLicenses(edge_service_pb2.ListLicensesRequest())
        assert {each.source for each in listed.licenses} == {edge_service_pb2.LICENSE_SOURCE_CLOUD}
