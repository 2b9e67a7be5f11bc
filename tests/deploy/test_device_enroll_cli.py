"""`brinkbyte device enroll` against a real cloud."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from brinkbyte.device.v1 import device_service_pb2 as pb
from brinkbyte.device.v1.device_service_pb2_grpc import DeviceServiceStub
from cryptography import x509

from deploy.local.ports import free_port
from deploy.local.rundir import RunDir
from deploy.local.tenant import DemoTenant, TenantSetup
from mesh import tls
from mesh.spiffe import DeviceIdentity, parse_spiffe
from tests.billing.cloud_harness import Cloud, Tenant


async def token_of(tenant: Tenant) -> str:
    devices = DeviceServiceStub(tenant.admin)
    made = await devices.CreateEnrollmentToken(pb.CreateEnrollmentTokenRequest())
    return str(made.enrollment_token)


async def enroll(
    cloud: Cloud, token: str, out: Path, *, hardware_id: str = "hw-1", port: int | None = None
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [
            *(sys.executable, "-m", "deploy.cli", "device", "enroll"),
            *("--hardware-id", hardware_id, "--out", str(out)),
        ],
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_EDGE_ENROLLMENT_TOKEN": token,
            "BRINKBYTE_BILLING_API_ADDR": f"127.0.0.1:{port or cloud.server.ports.api}",
            "BRINKBYTE_CA_CERT": str(cloud.authorities.directory / "ca.pem"),
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that failed."""
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line


async def test_a_token_becomes_a_key_and_its_certificate(
    cloud: Cloud, tenant: Tenant, tmp_path: Path
) -> None:
    out = tmp_path / "device"
    done = await enroll(cloud, await token_of(tenant), out)
    assert (done.returncode, done.stderr) == (0, "")
    modes = {path.name: path.stat().st_mode & 0o777 for path in out.iterdir()}
    assert modes == {"key.pem": 0o600, "cert.pem": 0o644, "ca.pem": 0o644}

    key, certificate = ((out / name).read_bytes() for name in ("key.pem", "cert.pem"))
    names = x509.load_pem_x509_certificate(certificate).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    (uri,) = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    device = parse_spiffe(uri)
    assert isinstance(device, DeviceIdentity)
    assert (str(device.device_id), device.tenant_id) == (done.stdout.strip(), tenant.uuid)
    assert (out / "ca.pem").read_bytes() == cloud.authorities.server_ca.cert_pem

    renewed = await DeviceServiceStub(cloud.with_certificate(certificate, key)).RenewCertificate(
        pb.RenewCertificateRequest(csr_pem=tls.create_csr(key).decode())
    )
    assert renewed.certificate_pem


async def test_a_used_token_is_refused_in_one_line(
    cloud: Cloud, tenant: Tenant, tmp_path: Path
) -> None:
    token = await token_of(tenant)
    first = await enroll(cloud, token, tmp_path / "first")
    assert first.returncode == 0
    again = await enroll(cloud, token, tmp_path / "second", hardware_id="hw-2")
    assert last_words(again) == "brinkbyte: the enrolment token is unknown, used or expired"
    assert not (tmp_path / "second" / "cert.pem").exists()


async def test_the_same_folder_gets_the_same_device_again(
    cloud: Cloud, tenant: Tenant, tmp_path: Path
) -> None:
    token = await token_of(tenant)
    first = await enroll(cloud, token, tmp_path)
    (tmp_path / "cert.pem").unlink()  # as after a crash between the answer and the file
    again = await enroll(cloud, token, tmp_path)
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert (tmp_path / "cert.pem").exists()


async def test_a_cloud_that_is_away_is_named(cloud: Cloud, tmp_path: Path) -> None:
    port = free_port()
    line = last_words(await enroll(cloud, "any", tmp_path / "out", port=port))
    assert f"does not answer at 127.0.0.1:{port}" in line


async def test_a_folder_that_cannot_be_written_is_named(
    cloud: Cloud, tenant: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    line = last_words(await enroll(cloud, await token_of(tenant), tmp_path / "file"))
    assert f"cannot write {tmp_path / 'file'}" in line


async def test_the_local_stacks_client_keeps_its_key_and_its_device(
    cloud: Cloud, tenant: Tenant, tmp_path: Path
) -> None:
    run = RunDir(tmp_path / "run").create()
    setup = TenantSetup(cloud.with_key(cloud.vendor_key), run, cloud.clock)
    names = (run.keys / "client.pem", run.certs / "client.pem")
    await setup.ensure_client(DemoTenant(tenant.tenant_id, tenant.admin_key))
    key, certificate = (path.read_bytes() for path in names)
    await setup.ensure_client(DemoTenant(tenant.tenant_id, tenant.admin_key))
    assert names[0].read_bytes() == key
    assert names[0].stat().st_mode & 0o777 == 0o600
    stub = DeviceServiceStub(cloud.with_certificate(certificate, key))
    assert await stub.RenewCertificate(
        pb.RenewCertificateRequest(csr_pem=tls.create_csr(key).decode())
    )
