"""A whole node on real servers, with the stand-in for the cloud."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from brinkbyte.edge.v1 import edge_service_pb2_grpc as rpc

from deploy.detector.video import write_clip
from deploy.local.triton import TritonServer
from edge.config import EdgeConfig
from edge.main import EdgeNode
from mesh.channel import channel
from mesh.clock import SystemClock
from mesh.faults import NoFaults
from tests.edge.cloud_double.cloud import TOKEN
from tests.edge.cloud_double.server import CloudServer
from tests.edge.servers import MODEL, running_triton

KEY = "edge-test-key"
FRAMES = 50

Running = Callable[..., AbstractAsyncContextManager[EdgeNode]]


@pytest.fixture(scope="module")
async def node_triton(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TritonServer]:
    """Triton with the scene detector."""
    async with running_triton(tmp_path_factory.mktemp("triton")) as server:
        yield server


@pytest.fixture(scope="module")
def node_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of 50 frames, 25 a second."""
    path = tmp_path_factory.mktemp("clips") / "scene.mp4"
    write_clip(path, 900_022, FRAMES, 25)
    return path


def write_cameras(path: Path, clip: Path, *camera_ids: str) -> Path:
    """A cameras file: each camera detects, sizes and writes JSON lines."""
    cameras = [
        {
            "camera_id": camera_id,
            "source": {"component": "video", "url": str(clip)},
            "processors": [{"component": "detection"}, {"component": "object_size"}],
            "sinks": [{"component": "json_stream"}],
        }
        for camera_id in camera_ids
    ]
    path.write_text(yaml.safe_dump({"cameras": cameras}))
    return path


@pytest.fixture
def config(
    cloud_server: CloudServer,
    node_triton: TritonServer,
    node_clip: Path,
    new_dsn: str,
    tmp_path: Path,
) -> EdgeConfig:
    """A node with two cameras, `north` and `south`."""
    ca = tmp_path / "ca.pem"
    ca.write_bytes(cloud_server.ca.cert_pem)
    members: dict[str, Any] = {
        "edge_state_dir": tmp_path / "state",
        "edge_database_url": new_dsn,
        "billing_addr": cloud_server.mtls_addr,
        "billing_api_addr": cloud_server.api_addr,
        "ca_cert": ca,
        "edge_enrollment_token": TOKEN,
        "edge_hardware_id": "hw-7",
        "triton_addr": node_triton.address,
        "edge_model": MODEL,
        "edge_cameras_file": write_cameras(tmp_path / "cameras.yaml", node_clip, "north", "south"),
        "edge_addr": "127.0.0.1:0",
        "edge_api_key_sha256": hashlib.sha256(KEY.encode()).hexdigest(),
        "drain_seconds": 2,
    }
    return EdgeConfig(**members)


@pytest.fixture
def running_node(config: EdgeConfig) -> Running:
    """Runs the node for the length of a block; again is a restart."""

    @asynccontextmanager
    async def run() -> AsyncIterator[EdgeNode]:
        node = await EdgeNode.build(config, SystemClock(), NoFaults())
        await node.start()
        try:
            yield node
        finally:
            await node.drain()

    return run


@pytest.fixture
def api() -> Callable[..., AbstractAsyncContextManager[rpc.EdgeServiceStub]]:
    """A client of the node's own API."""

    @asynccontextmanager
    async def connect(node: EdgeNode, key: str | None = KEY) -> AsyncIterator[Any]:
        link: grpc.aio.Channel = channel(f"127.0.0.1:{node.port}", plaintext=True, bearer=key)
        async with link:
            yield rpc.EdgeServiceStub(link)

    return connect
