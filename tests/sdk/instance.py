"""Instances for tests, and tokens that a test signs itself."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.local.ports import free_port
from mesh.clock import Clock
from mesh.faults import Faults
from mesh.settings import load
from rights.claims import Epoch, LicenseClaims, PlanFeatures, PlanLimits, SubscriptionStatus
from rights.ids import render_tenant
from rights.keys import SigningKey
from rights.revocations import RevocationList
from rights.tokens import sign
from rights.trust import NEVER_TOLD
from sdk.client import Mesh
from sdk.settings import InstanceConfig
from sdk.usage import OnResult
from tests.billing.cloud_harness import ISSUER, Cloud, Tenant

NOON = datetime(2026, 5, 15, 12, tzinfo=UTC)
CUSTOMER = render_tenant(UUID(int=7))
LISTED = RevocationList(
    issuer=ISSUER,
    customer_id=CUSTOMER,
    list_id="list 1",
    issued_at=NOON,
    epoch=Epoch("first", 7),
    trust=NEVER_TOLD,
    void_before=None,
    retired_devices=frozenset(),
)
"""Revokes nothing."""


@dataclass(frozen=True)
class Site:
    """Where an instance stands: the cloud's address, whose it is, its directory."""

    addr: str
    ca: Path
    tenant: Tenant
    state: Path

    @classmethod
    async def at(cls, cloud: Cloud, state: Path) -> "Site":
        """A new customer of a cloud that listens at a fixed address."""
        addr = f"127.0.0.1:{cloud.server.ports.api}"
        return cls(addr, cloud.authorities.directory / "ca.pem", await cloud.tenant(), state)

    def mesh(
        self,
        *,
        clock: Clock | None = None,
        faults: Faults | None = None,
        on_result: OnResult | None = None,
        **config: Any,
    ) -> Mesh:
        settings: dict[str, Any] = {
            "customer_id": self.tenant.tenant_id,
            "api_key": self.tenant.admin_key,
            "billing_api_addr": self.addr,
            "ca_cert": self.ca,
            "license_issuer": ISSUER,
            "instance_state_dir": self.state / "instance",
        }
        loaded = load(InstanceConfig, **(settings | config))
        return Mesh(loaded, clock=clock, faults=faults, on_result=on_result)

    def offline(self, **more: Any) -> Mesh:
        """The same instance where nothing answers at the cloud's address."""
        return self.mesh(billing_api_addr=f"127.0.0.1:{free_port()}", **more)


def claims(**changes: Any) -> LicenseClaims:
    made = LicenseClaims(
        issuer=ISSUER,
        audience="brinkbyte-instance",
        token_id="t-1",
        customer_id=CUSTOMER,
        customer_name="Acme Corp",
        plan="professional",
        features=PlanFeatures(50, 365, True, True, True, True, False),
        limits=PlanLimits(10, 100, None),
        growth_packs=("base", "intelligence"),
        cameras_allowed=100,
        subscription_status=SubscriptionStatus.ACTIVE,
        current_period_ends_at=NOON + timedelta(days=30),
        offline_grace_days=30,
        issued_at=NOON,
        not_before=NOON,
        expires_at=NOON + timedelta(days=60),
    )
    return replace(made, **changes)


def signed(key: SigningKey, **changes: Any) -> str:
    return sign(claims(**changes), key)


def altered(token: str) -> str:
    """The token with one character of its claims changed."""
    head, body, signature = token.split(".")
    at = len(body) // 2
    return f"{head}.{body[:at]}{'A' if body[at] != 'A' else 'B'}{body[at + 1 :]}.{signature}"
