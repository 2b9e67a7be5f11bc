"""`brinkbyte audit` over a running cloud, and straight on a database without one."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from brinkbyte.license.v1 import license_service_pb2 as license_pb
from brinkbyte.license.v1.license_service_pb2_grpc import LicenseServiceStub

from mesh.database import Role
from tests.billing.audit.chains import sealed
from tests.billing.cloud_harness import Cloud, Tenant


@pytest.fixture
async def tenant(cloud: Cloud) -> Tenant:
    tenant = await cloud.tenant()
    assert (await sealed(tenant.admin)).rows == 3
    return tenant


async def audit(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", "audit", *arguments],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


async def ask(cloud: Cloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As the vendor, over TLS."""
    return await audit(
        *arguments,
        BRINKBYTE_BILLING_API_ADDR=f"127.0.0.1:{cloud.server.ports.api}",
        BRINKBYTE_CA_CERT=str(cloud.authorities.directory / "ca.pem"),
        BRINKBYTE_VENDOR_API_KEY=cloud.vendor_key,
    )


async def published_keys(cloud: Cloud, directory: Path) -> str:
    answer = await LicenseServiceStub(cloud.anonymous).GetPublicKeys(
        license_pb.GetPublicKeysRequest()
    )
    path = directory / "jwks.json"
    path.write_text(answer.jwks)
    assert json.loads(answer.jwks)["keys"]
    return str(path)


async def test_the_newest_rows_are_listed(cloud: Cloud, tenant: Tenant) -> None:
    done = await ask(cloud, "list", "--tenant", tenant.tenant_id, "--action", "tenant.created")
    assert done.returncode == 0, done.stderr
    assert f" tenant.created tenant/{tenant.uuid} by vendor:" in done.stdout
    assert done.stdout.count("\n") == 1


async def test_a_kept_head_is_verified_over_the_api(
    cloud: Cloud, tenant: Tenant, tmp_path: Path
) -> None:
    head = await ask(cloud, "head", "--tenant", tenant.tenant_id)
    assert head.returncode == 0, head.stderr
    kept = tmp_path / "head.jws"
    kept.write_text(head.stdout)
    good = await ask(cloud, "verify", "--tenant", tenant.tenant_id, "--head", str(kept))
    assert good.returncode == 0, good.stderr
    assert good.stdout == (
        f"{tenant.tenant_id}: 3 rows hold, the last is row 3; 0 wait for their place\n"
    )
    await tamper(cloud, tenant, "update audit_log set action = 'x.y' where seq = 2")
    bad = await ask(cloud, "verify", "--tenant", tenant.tenant_id)
    assert (bad.returncode, bad.stdout) == (3, "")
    assert bad.stderr.startswith(f"{tenant.tenant_id}: row 2 (")


async def test_an_auditor_needs_no_server(cloud: Cloud, tenant: Tenant, tmp_path: Path) -> None:
    kept = tmp_path / "head.jws"
    kept.write_text((await ask(cloud, "head", "--tenant", tenant.tenant_id)).stdout)
    arguments = (
        *("verify", "--tenant", tenant.tenant_id),
        *("--head", str(kept), "--jwks", await published_keys(cloud, tmp_path)),
    )
    url = {"BRINKBYTE_AUDIT_DATABASE_URL": cloud.dsns[Role.VENDOR]}
    good = await audit(*arguments, **url)
    assert good.returncode == 0, good.stderr
    assert good.stdout.startswith(f"{tenant.tenant_id}: 3 rows hold")
    await tamper(cloud, tenant, "delete from audit_log where seq = 3")
    await tamper(
        cloud,
        tenant,
        "update audit_heads h set seq = 2, hash = l.hash from audit_log l "
        "where l.tenant_id = h.tenant_id and l.seq = 2",
        "h.",
    )
    assert (await audit(*arguments[:3], **url)).returncode == 0
    bad = await audit(*arguments, **url)
    assert bad.returncode == 3
    assert "row 3 is missing" in bad.stderr


async def test_every_chain_is_verified_and_each_bad_one_named(cloud: Cloud, tenant: Tenant) -> None:
    honest = await cloud.tenant()
    await sealed(honest.admin)
    await tamper(cloud, tenant, "delete from audit_log where seq = 1")
    done = await audit("verify", "--database-url", cloud.dsns[Role.VENDOR])
    assert done.returncode == 3
    assert f"{honest.tenant_id}: 3 rows hold" in done.stdout
    assert f"{tenant.tenant_id}: row 1 is missing" in done.stderr
    assert honest.tenant_id not in done.stderr


@pytest.mark.parametrize("role", [Role.APP, Role.OWNER])
async def test_a_role_that_is_shown_too_little_proves_nothing(
    cloud: Cloud, tenant: Tenant, role: Role
) -> None:
    done = await audit("verify", "--database-url", cloud.dsns[role])
    assert done.returncode == 1
    assert "use the vendor role's URL" in done.stderr
    assert tenant.tenant_id not in done.stdout


async def test_a_chain_that_vanished_is_missed_by_its_head(
    cloud: Cloud, tenant: Tenant, tmp_path: Path
) -> None:
    """All rows and the end are gone; no tenant is named, but the head is given."""
    kept = tmp_path / "head.jws"
    kept.write_text((await ask(cloud, "head", "--tenant", tenant.tenant_id)).stdout)
    await tamper(cloud, tenant, "delete from audit_log where true")
    await tamper(cloud, tenant, "delete from audit_heads where true")
    done = await audit(
        *("verify", "--database-url", cloud.dsns[Role.VENDOR], "--head", str(kept)),
        *("--jwks", await published_keys(cloud, tmp_path)),
    )
    assert done.returncode == 3
    assert f"{tenant.tenant_id}: row 1 is missing" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("verify",), "give --database-url, or --api-addr and --api-key"),
        (("verify", "--database-url", "postgresql://127.0.0.1:1/x"), "does not answer"),
        (("verify", "--database-url", "x", "--head", "/nowhere"), "--head needs --jwks"),
        (("verify", "--database-url", "x", "--head", "/a", "--jwks", "/nowhere"), "/nowhere"),
    ],
)
async def test_mistakes_are_told_in_a_line(arguments: tuple[str, ...], told: str) -> None:
    done = await audit(*arguments)
    assert done.returncode in {1, 2}
    assert told in done.stderr
    assert "Traceback" not in done.stderr


async def tamper(cloud: Cloud, tenant: Tenant, statement: str, prefix: str = "") -> None:
    """Changes one tenant's rows past every policy."""
    connection = await asyncpg.connect(cloud.superuser_dsn)
    try:
        await connection.execute(f"{statement} and {prefix}tenant_id = '{tenant.uuid}'")
    finally:
        await connection.close()
