import socket
import subprocess
import sys

import pytest

from deploy.local.errors import StartError
from deploy.local.ports import PortPlan, free_port, is_free, require_free


def test_without_a_base_the_ports_are_the_documented_ones():
    plan = PortPlan.from_environment({})
    assert (plan.gateway, plan.billing, plan.billing_plaintext, plan.billing_api) == (
        8080,
        50051,
        50052,
        50053,
    )
    assert (plan.edge, plan.triton_grpc, plan.postgres_cloud) == (50061, 8001, 55432)


def test_a_base_moves_every_port_in_order():
    plan = PortPlan.from_environment({"BRINKBYTE_PORT_BASE": "21000"})
    assert (plan.gateway, plan.billing, plan.metrics_gateway) == (21000, 21001, 21013)


@pytest.mark.parametrize("base", ["80", "65530", "ten", "-1", "21000.5"])
def test_an_impossible_base_is_refused_by_name(base):
    with pytest.raises(StartError, match=f"BRINKBYTE_PORT_BASE={base}"):
        PortPlan.from_environment({"BRINKBYTE_PORT_BASE": base})


def test_a_taken_port_is_named_with_its_holder_and_the_variable_that_moves_it():
    plan = PortPlan.on_free_ports()
    plan.require_free()
    with socket.create_server(("127.0.0.1", plan.edge)), pytest.raises(StartError) as caught:
        plan.require_free()
    assert caught.value.service == "edge"
    assert str(plan.edge) in caught.value.reason
    assert "pid" in caught.value.reason
    assert "BRINKBYTE_PORT_BASE" in caught.value.remedy


def test_a_port_with_lingering_connections_is_free():
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as server:
        client = socket.create_connection(("127.0.0.1", port))
        near, _ = server.accept()
        near.close()
        client.close()
    assert is_free(port)
    require_free("again", port)


def test_no_port_is_given_to_two_test_processes():
    program = "from deploy.local.ports import free_port; print(*[free_port() for _ in range(300)])"
    ours = {free_port() for _ in range(100)}
    theirs = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(ours) == 100
    assert len(set(theirs)) == 300
    assert not ours & set(map(int, theirs))
