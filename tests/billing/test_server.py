"""A replica as a process: what it says when it cannot start, and how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from billing.config import BillingConfig
from billing.main import BillingServer
from deploy.local.authorities import new_authority
from deploy.local.databases import create_cloud_database
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from mesh import tls
from mesh.channel import channel
from mesh.clock import ManualClock
from mesh.database import Role
from mesh.errors import ConfigError, MeshError, StartError
from mesh.faults import NoFaults
from mesh.settings import load
from tests.billing.cloud_harness import Authorities, Cloud, running_cloud
from tests.billing.conftest import Dsns, NewDatabase

PROGRAM = (
    "from billing.config import BillingConfig; from billing.main import serve; "
    "from mesh.program import run; from mesh.settings import load; "
    "run(lambda stop: serve(load(BillingConfig), stop))"
)


def variables(authorities: Authorities, dsns: Dsns, **others: str) -> dict[str, str]:
    at = authorities.directory
    return {
        "BRINKBYTE_DATABASE_URL": dsns[Role.APP],
        "BRINKBYTE_DATABASE_WORKER_URL": dsns[Role.WORKER],
        "BRINKBYTE_DATABASE_VENDOR_URL": dsns[Role.VENDOR],
        "BRINKBYTE_DATABASE_POOL_SIZE": "2",
        "BRINKBYTE_TLS_CERT": str(at / "server.pem"),
        "BRINKBYTE_TLS_KEY": str(at / "server.key"),
        "BRINKBYTE_DEVICE_CA_DIR": str(at / "device-ca"),
        "BRINKBYTE_LICENSE_KEYS_DIR": str(at / "licenses"),
        "BRINKBYTE_BILLING_ADDR": "127.0.0.1:0",
        "BRINKBYTE_BILLING_API_ADDR": "127.0.0.1:0",
        **others,
    }


def start(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    inherited = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**inherited, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_a_process_serves_and_ends_on_sigterm(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, _ = await new_database()
    addr = f"127.0.0.1:{free_port()}"
    process = start(variables(authorities, dsns, BRINKBYTE_BILLING_PLAINTEXT_ADDR=addr))
    try:
        async with channel(addr, plaintext=True) as opened:
            stub = health_pb2_grpc.HealthStub(opened)
            health = await stub.Check(
                health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=60
            )
            assert health.status == health_pb2.HealthCheckResponse.SERVING
            keys = license_service_pb2_grpc.LicenseServiceStub(opened)
            await keys.GetPublicKeys(license_service_pb2.GetPublicKeysRequest())
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=150)
        assert process.returncode == 0, errors
    finally:
        process.kill()
        process.communicate()


def test_a_missing_variable_is_named_and_the_process_ends_with_one() -> None:
    process = start({})
    _, errors = process.communicate(timeout=150)
    assert process.returncode == 1
    lines = errors.strip().splitlines()
    assert any(line.startswith("BRINKBYTE_DATABASE_URL is not set") for line in lines)
    assert "Traceback" not in errors


def test_secrets_do_not_show(authorities: Authorities, monkeypatch: pytest.MonkeyPatch) -> None:
    dsns = dict.fromkeys(Role, "postgresql://someone:hunter2@nowhere/db")
    for name, value in variables(authorities, dsns).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@nowhere")
    config = load(BillingConfig)
    assert config.redis_url is not None
    assert "hunter2" not in repr(config)


async def refuses_to_start(config: BillingConfig, kind: type[MeshError], text: str) -> None:
    with pytest.raises(kind, match=text):
        await BillingServer.build(config, ManualClock(datetime.now(UTC)), NoFaults())


async def test_an_unmigrated_database_is_refused(
    postgres: PostgresServer, new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, _ = await new_database()
    secrets = {role: dsn.split(":")[2].split("@")[0] for role, dsn in dsns.items()}
    empty = await create_cloud_database(postgres, "empty", secrets)
    await refuses_to_start(authorities.config(empty), StartError, "migration 0001")


async def test_a_port_in_use_is_named(billing: Cloud, authorities: Authorities) -> None:
    addr = f"127.0.0.1:{billing.server.ports.mtls}"
    config = authorities.config(billing.dsns, billing_addr=addr)
    await refuses_to_start(config, StartError, addr)


async def test_a_key_of_another_authority_is_refused(
    billing: Cloud, authorities: Authorities, tmp_path: Path
) -> None:
    name = new_authority(tmp_path, billing.clock)
    (tmp_path / f"{name}.key").write_bytes(tls.create_ca("other", billing.clock).key_pem)
    config = authorities.config(billing.dsns, device_ca_dir=tmp_path)
    await refuses_to_start(config, ConfigError, "BRINKBYTE_DEVICE_CA_DIR")


async def test_a_missing_file_is_named(billing: Cloud, authorities: Authorities) -> None:
    config = authorities.config(billing.dsns, tls_cert=Path("nowhere.pem"))
    await refuses_to_start(config, ConfigError, "BRINKBYTE_TLS_CERT: cannot read nowhere.pem")


async def test_the_api_listener_takes_keys_over_tls(billing: Cloud) -> None:
    tenant = await billing.tenant()
    async with channel(
        f"127.0.0.1:{billing.server.ports.api}",
        root_ca=billing.authorities.server_ca.cert_pem,
        bearer=tenant.admin_key,
    ) as opened:
        answer = await license_service_pb2_grpc.LicenseServiceStub(opened).ValidateCamera(
            license_service_pb2.ValidateCameraRequest(camera_id="cam")
        )
    assert answer.is_valid


async def test_no_certificate_no_mtls(billing: Cloud) -> None:
    async with channel(
        f"127.0.0.1:{billing.server.ports.mtls}", root_ca=billing.authorities.server_ca.cert_pem
    ) as opened:
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await license_service_pb2_grpc.LicenseServiceStub(opened).GetPublicKeys(
                license_service_pb2.GetPublicKeysRequest(), timeout=30
            )
    assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_lost_database_heals_by_itself(
    new_database: NewDatabase, authorities: Authorities
) -> None:
    dsns, superuser = await new_database()
    async with running_cloud(authorities, dsns, superuser) as cloud:
        tenant = await cloud.tenant()
        stub = license_service_pb2_grpc.LicenseServiceStub(tenant.admin)
        await stub.ValidateCamera(license_service_pb2.ValidateCameraRequest(camera_id="a"))
        async with cloud.superuser() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        codes = []
        for number in range(10):
            request = license_service_pb2.ValidateCameraRequest(camera_id=f"b{number}")
            try:
                await stub.ValidateCamera(request)
                codes.append(grpc.StatusCode.OK)
            except grpc.aio.AioRpcError as error:
                codes.append(error.code())
        assert set(codes) <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
        assert codes[-1] is grpc.StatusCode.OK
