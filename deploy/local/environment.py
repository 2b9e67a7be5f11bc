"""What a local stack tells its three programs, and what it tells everybody else (mesh.env)."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping

from deploy.local.identity import TRUST_DOMAIN, Identity
from deploy.local.plan import HOST, StackPlan
from deploy.local.tenant import DemoTenant
from mesh.database import Role

Probe = Callable[[], Awaitable[bool]]
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
CHOSEN = (
    "BRINKBYTE_STRIPE_",
    "BRINKBYTE_SMTP_",
    "BRINKBYTE_SMS_",
    "BRINKBYTE_WEBHOOKS_",
    "BRINKBYTE_DUNNING_",
    "BRINKBYTE_INVOICE_",
    "BRINKBYTE_CREDIT_NOTE_",
    "BRINKBYTE_ISSUER_",
    "BRINKBYTE_TAX_",
    "BRINKBYTE_PUBLIC_URL",
)
"""How the variables begin that whoever starts a stack may set for its billing."""


def billing(
    plan: StackPlan, identity: Identity, dsns: Mapping[Role, str], redis_url: str
) -> dict[str, str]:
    """Variables of `brinkbyte billing serve`."""
    return _variables(
        plan,
        "billing",
        {
            **{name: value for name, value in os.environ.items() if name.startswith(CHOSEN)},
            "BRINKBYTE_DATABASE_URL": dsns[Role.APP],
            "BRINKBYTE_DATABASE_WORKER_URL": dsns[Role.WORKER],
            "BRINKBYTE_DATABASE_VENDOR_URL": dsns[Role.VENDOR],
            "BRINKBYTE_REDIS_URL": redis_url,
            "BRINKBYTE_BILLING_ADDR": plan.billing_addr,
            "BRINKBYTE_BILLING_API_ADDR": plan.billing_api_addr,
            "BRINKBYTE_BILLING_PLAINTEXT_ADDR": plan.billing_plaintext_addr,
            "BRINKBYTE_TLS_CERT": str(identity.server_cert),
            "BRINKBYTE_TLS_KEY": str(identity.server_key),
            "BRINKBYTE_CA_CERT": str(identity.ca_cert),
            "BRINKBYTE_DEVICE_CA_DIR": str(identity.device_ca),
            "BRINKBYTE_LICENSE_KEYS_DIR": str(identity.license_keys),
            "BRINKBYTE_TRUST_DOMAIN": TRUST_DOMAIN,
            "BRINKBYTE_METRICS_ADDR": f"{HOST}:{plan.ports.metrics_billing}",
        },
    )


def gateway(plan: StackPlan, identity: Identity) -> dict[str, str]:
    """Variables of `brinkbyte gateway serve`."""
    return _variables(
        plan,
        "gateway",
        {
            "BRINKBYTE_GATEWAY_ADDR": f"{HOST}:{plan.ports.gateway}",
            "BRINKBYTE_BILLING_ADDR": plan.billing_addr,
            "BRINKBYTE_CA_CERT": str(identity.ca_cert),
            "BRINKBYTE_GATEWAY_CERT": str(identity.gateway_cert),
            "BRINKBYTE_GATEWAY_KEY": str(identity.gateway_key),
            "BRINKBYTE_METRICS_ADDR": f"{HOST}:{plan.ports.metrics_gateway}",
        },
    )


def edge(plan: StackPlan, identity: Identity, dsn: str, redis_url: str) -> dict[str, str]:
    """Variables of `brinkbyte edge serve`. Secrets that exist only after the tenant was set up
    are read from files."""
    mtls, api = plan.edge_cloud_addresses
    return _variables(
        plan,
        "edge",
        {
            "BRINKBYTE_EDGE_STATE_DIR": str(plan.run.root / "edge"),
            "BRINKBYTE_EDGE_DATABASE_URL": dsn,
            "BRINKBYTE_EDGE_REDIS_URL": redis_url,
            "BRINKBYTE_BILLING_ADDR": mtls,
            "BRINKBYTE_BILLING_API_ADDR": api,
            "BRINKBYTE_CA_CERT": str(identity.ca_cert),
            "BRINKBYTE_EDGE_ENROLLMENT_TOKEN_FILE": str(plan.run.keys / "enrollment-token"),
            "BRINKBYTE_EDGE_API_KEY_SHA256_FILE": str(plan.run.keys / "edge-api-keys"),
            "BRINKBYTE_TRITON_ADDR": plan.triton_addr,
            "BRINKBYTE_EDGE_CAMERAS_FILE": str(plan.cameras),
            "BRINKBYTE_EDGE_ADDR": plan.edge_addr,
            "BRINKBYTE_METRICS_ADDR": f"{HOST}:{plan.ports.metrics_edge}",
        },
    )


def mesh_env(
    plan: StackPlan,
    identity: Identity,
    *,
    tenant: DemoTenant,
    cloud_dsn: str,
    edge_dsn: str,
    redis_url: str,
) -> dict[str, str]:
    """What a shell or another program sources to find the stack."""
    return {
        "BRINKBYTE_GATEWAY_URL": plan.gateway_url,
        "BRINKBYTE_BILLING_ADDR": plan.billing_addr,
        "BRINKBYTE_BILLING_API_ADDR": plan.billing_api_addr,
        "BRINKBYTE_BILLING_PLAINTEXT_ADDR": plan.billing_plaintext_addr,
        "BRINKBYTE_EDGE_ADDR": plan.edge_addr,
        "BRINKBYTE_TRITON_ADDR": plan.triton_addr,
        "BRINKBYTE_CA_CERT": str(identity.ca_cert),
        "BRINKBYTE_CLIENT_CERT": str(plan.run.certs / "client.pem"),
        "BRINKBYTE_CLIENT_KEY": str(plan.run.keys / "client.pem"),
        "BRINKBYTE_VENDOR_API_KEY": plan.run.secret("vendor-api-key"),
        "BRINKBYTE_TENANT_ID": tenant.tenant_id,
        "BRINKBYTE_TENANT_API_KEY": tenant.api_key,
        "BRINKBYTE_DATABASE_URL": cloud_dsn,
        "BRINKBYTE_EDGE_DATABASE_URL": edge_dsn,
        "BRINKBYTE_REDIS_URL": redis_url,
    }


def _variables(plan: StackPlan, program: str, own: Mapping[str, str]) -> dict[str, str]:
    inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
    return {**inherited, "PYTHONUNBUFFERED": "1", **own, **plan.extra.get(program, {})}
