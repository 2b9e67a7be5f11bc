import shutil
import socket

import numpy as np
import pytest
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient

from deploy.local.errors import StartError
from deploy.local.ports import free_base
from deploy.local.rundir import RunDir
from deploy.local.testing import TRITON_ENVIRONMENT, triton_server
from deploy.local.triton import SHARED_MEMORY, TritonPorts, TritonServer
from deploy.local.triton_log import why_ended

MODEL = """
import triton_python_backend_utils as utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(utils.get_input_tensor_by_name(r, "IN")) for r in requests]

    def answer(self, tensor):
        return utils.InferenceResponse([utils.Tensor("OUT", tensor.as_numpy() + 1)])
"""
CONFIGURATION = """
backend: "python"
max_batch_size: 0
input [{ name: "IN", data_type: TYPE_FP32, dims: [-1] }]
output [{ name: "OUT", data_type: TYPE_FP32, dims: [-1] }]
instance_group [{ count: 1, kind: KIND_CPU }]
"""


@pytest.fixture
def repository(tmp_path):
    version = tmp_path / "models" / "add_one" / "1"
    version.mkdir(parents=True)
    (version / "model.py").write_text(MODEL)
    (version.parent / "config.pbtxt").write_text(CONFIGURATION)
    return tmp_path / "models"


@pytest.fixture
def server(tmp_path, repository):
    base = free_base(3)
    ports = TritonPorts(base, base + 1, base + 2)
    run = RunDir(tmp_path / "run").create()
    return TritonServer("triton", run, ports, repository, TRITON_ENVIRONMENT)


async def add_one(server, values):
    client = InferenceServerClient(server.address)
    try:
        sent = InferInput("IN", [len(values)], "FP32")
        sent.set_data_from_numpy(np.array(values, np.float32))
        answer = await client.infer("add_one", [sent])
        return answer.as_numpy("OUT").tolist()
    finally:
        await client.close()


def regions(server):
    return list(SHARED_MEMORY.glob(f"{server._shared_memory_prefix}*"))


async def test_it_answers_is_restarted_and_leaves_no_shared_memory(server):
    for _ in range(2):
        await server.start()
        assert await add_one(server, [1.0, 2.0]) == [2.0, 3.0]
        assert regions(server)
        await server.stop()
        assert not regions(server)


async def test_what_a_killed_server_left_is_cleared_at_the_next_start(server):
    await server.start()
    await server.child.stop(timeout_s=0)
    left = regions(server)
    assert left
    await server.start()
    assert not set(left) & set(regions(server))
    await server.stop(timeout_s=0)


async def test_two_servers_side_by_side(tmp_path, repository):
    async with (
        triton_server(tmp_path, repository, "one") as one,
        triton_server(tmp_path, repository, "two") as two,
    ):
        assert not set(regions(one)) & set(regions(two))
        await one.stop(timeout_s=0)
        assert await add_one(two, [41.0]) == [42.0]


async def test_it_listens_on_loopback_alone(server):
    await server.start()
    for port in (server.ports.grpc, server.ports.http, server.ports.metrics):
        socket.create_connection(("127.0.0.1", port)).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port))
    await server.stop(timeout_s=0)


async def test_a_model_that_does_not_load_is_named_with_its_reason(server):
    model = server.repository / "add_one" / "1" / "model.py"
    model.write_text("import nothing_of_that_name\n" + MODEL)
    with pytest.raises(StartError) as caught:
        await server.start()
    assert "add_one" in caught.value.reason
    assert "No module named 'nothing_of_that_name'" in caught.value.reason
    assert "\n" not in caught.value.reason


async def test_a_broken_configuration_is_named_with_its_place(server):
    (server.repository / "add_one" / "config.pbtxt").write_text('backend: "python"\nwhat: 1\n')
    with pytest.raises(StartError, match=r"add_one.*2:5.*what"):
        await server.start()


async def test_a_model_without_a_version_is_named(server):
    shutil.rmtree(server.repository / "add_one" / "1")
    with pytest.raises(StartError, match="'add_one': at least one version must be available"):
        await server.start()


async def test_a_repository_without_models_is_refused(server):
    shutil.rmtree(server.repository)
    with pytest.raises(StartError, match="there is no model in"):
        await server.start()


async def test_an_environment_without_triton_is_refused(server, tmp_path):
    server.environment = tmp_path
    with pytest.raises(StartError, match="holds no Triton server"):
        await server.start()


@pytest.mark.parametrize("which", ["grpc", "http", "metrics"])
async def test_a_taken_port_is_named(server, which):
    port = getattr(server.ports, which)
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(StartError, match=f"port {port} on 127.0.0.1 is in use"),
    ):
        await server.start()


def test_a_missing_python_library_gets_a_remedy():
    line = (
        "triton_python_backend_stub: error while loading shared libraries: "
        "libpython3.11.so.1.0: cannot open shared object file: No such file or directory"
    )
    reason, remedy = why_ended([line])
    assert "libpython3.11" in reason
    assert "Debian: libpython3.11)" in remedy


def test_an_absent_gpu_is_no_reason():
    lines = [
        'E1120 21:59:06.378904 7251 server.cc:241] "CudaDriverHelper has not been initialized."',
        "error: creating server: Internal - failed to load all models",
    ]
    assert why_ended(lines) == (lines[1], None)
