"""What operators see: metrics and logs."""

import json
import subprocess
import sys

import httpx
import pytest

from mesh.errors import StartError
from mesh.telemetry import serve_metrics
from tests.meshlib.echo_server import running

LOGGING = """
import sys
import structlog
from mesh.call import Call, enter_call
from mesh.principal import ANONYMOUS
from mesh.telemetry import configure_logs
configure_logs("info", json=sys.argv[1] == "json")
log = structlog.get_logger()
log.debug("hidden")
enter_call(Call(ANONYMOUS, "r-1", "/a/B", ""))
def refuse(key):
    raise ValueError("why")
try:
    refuse("bbk_" + "456")
except ValueError:
    log.error("failed", api_key="sk-123", authorization="Bearer x", count=3, exc_info=True)
"""


async def test_prometheus_reads_calls_by_code(echo):
    async with running(echo) as server, server.stub() as stub:
        await stub.Echo(echo.pb.EchoRequest())
        metrics = serve_metrics("127.0.0.1:0", server.registry)
        try:
            async with httpx.AsyncClient() as http:
                page = await http.get(f"http://127.0.0.1:{metrics.port}/metrics")
            text = page.text
            with pytest.raises(StartError, match=str(metrics.port)):
                serve_metrics(f"127.0.0.1:{metrics.port}", server.registry)
        finally:
            metrics.close()
    assert (
        'grpc_server_handled_total{grpc_code="OK",grpc_method="Echo",'
        'grpc_service="meshtest.v1.EchoService",grpc_type="unary"} 1.0'
    ) in text
    assert "grpc_server_handling_seconds_bucket" in text
    assert 'grpc_server_in_flight{grpc_type="unary"} 0.0' in text


def test_log_lines_are_json_with_the_request_id_and_without_secrets():
    (line,) = logged("json").splitlines()
    entry = json.loads(line)
    assert entry["event"] == "failed"
    assert entry["request_id"] == "r-1"
    assert entry["count"] == 3
    assert entry["exception"][0]["exc_value"] == "why"
    assert "sk-123" not in line
    assert "Bearer" not in line


@pytest.mark.parametrize("form", ["json", "readable"])
def test_a_traceback_shows_no_variables(form):
    text = logged(form)
    assert "ValueError" in text
    assert "bbk_456" not in text


def logged(form: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING, form], capture_output=True, text=True, check=True
    )
    return done.stderr
