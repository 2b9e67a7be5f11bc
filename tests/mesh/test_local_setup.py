"""The demo tenant is set up once, also when the first try broke off."""

from pathlib import Path

from deploy.local.cameras import demo_plan
from deploy.local.rundir import RunDir
from deploy.local.tenant import TenantSetup
from mesh.channel import channel
from mesh.clock import SystemClock


async def test_a_tenant_whose_key_was_never_kept_is_taken_up_again(mesh, tmp_path: Path) -> None:
    run = RunDir(tmp_path / "run").create()
    async with channel(
        mesh.env["BRINKBYTE_BILLING_PLAINTEXT_ADDR"],
        bearer=mesh.env["BRINKBYTE_VENDOR_API_KEY"],
        plaintext=True,
    ) as cloud:
        tenant = await TenantSetup(cloud, run, SystemClock()).ensure(demo_plan())
    assert tenant.tenant_id == mesh.env["BRINKBYTE_TENANT_ID"]
    assert tenant.api_key != mesh.env["BRINKBYTE_TENANT_API_KEY"]
