"""`brinkbyte alerts` against a real cloud."""

from tests.billing.cloud_harness import Cloud, Tenant
from tests.deploy.test_subscription_cli import brinkbyte, said


async def test_addresses_and_amounts_are_kept_and_what_was_told_is_shown(
    cloud: Cloud, tenant: Tenant
) -> None:
    hook, secret = await said(
        cloud,
        tenant,
        "alerts",
        "contact",
        "add",
        "webhook",
        "https://localhost/in",
        "--name",
        "on call",
        "--kind",
        "test",
    )
    point = hook.split()[0]
    assert hook.endswith("webhook https://localhost/in (on call): test")
    assert secret.startswith("secret whsec_")
    assert await said(cloud, tenant, "alerts", "contact", "list") == [hook]
    (sent,) = await said(cloud, tenant, "alerts", "contact", "test", point)
    told = await said(cloud, tenant, "alerts", "list")
    assert told[0].startswith(sent.split(":")[0])
    assert told[0].endswith("test: name=on call")
    assert told[1].startswith("  webhook https://localhost/in ")
    assert "tried again" in (await said(cloud, tenant, "alerts", "retry", sent.split(":")[0]))[0]
    gone = await said(cloud, tenant, "alerts", "contact", "remove", point)
    assert gone == [f"{point}: removed"]
    (budget,) = await said(
        cloud,
        tenant,
        "alerts",
        "cost",
        "set",
        "500.50 USD",
        "--name",
        "budget",
        "--percent",
        "100",
        "--percent",
        "80",
        "--projected",
    )
    assert budget.endswith("projected 500.50 USD (budget): told at 80 %, 100 %")
    assert await said(cloud, tenant, "alerts", "cost", "list") == [budget]
    alert = budget.split()[0]
    assert await said(cloud, tenant, "alerts", "cost", "remove", alert) == [f"{alert}: removed"]
    for wrong in (
        ("cost", "set", "5"),
        ("cost", "set", "5.001 USD"),
        ("contact", "add", "fax", "1"),
    ):
        assert (await brinkbyte(cloud, tenant, "alerts", *wrong)).returncode == 2
