"""What one local stack consists of: its places, its addresses and what it was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.ports import PortPlan
from deploy.local.rundir import RunDir

if TYPE_CHECKING:
    from deploy.local.tenant import DemoPlan

ROOT = Path(__file__).resolve().parents[2]
MODEL_REPOSITORY = ROOT / "deploy" / "triton" / "models"
TRITON_ENVIRONMENT = ROOT / ".venv-triton"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class StackPlan:
    """One stack. `edge_cloud_ports` are where the node reaches billing (mTLS, API): another
    pair than billing's own puts a proxy between them. `extra` adds variables by program name."""

    run: RunDir
    ports: PortPlan
    tenant: DemoPlan
    cameras: Path
    edge_cloud_ports: tuple[int, int] | None = None
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def billing_addr(self) -> str:
        """Billing over mTLS."""
        return f"{HOST}:{self.ports.billing}"

    @property
    def billing_api_addr(self) -> str:
        """Billing over server TLS."""
        return f"{HOST}:{self.ports.billing_api}"

    @property
    def billing_plaintext_addr(self) -> str:
        """Billing without TLS, on the loopback interface."""
        return f"{HOST}:{self.ports.billing_plaintext}"

    @property
    def edge_addr(self) -> str:
        """The node's own API."""
        return f"{HOST}:{self.ports.edge}"

    @property
    def triton_addr(self) -> str:
        """Triton over gRPC."""
        return f"{HOST}:{self.ports.triton_grpc}"

    @property
    def gateway_url(self) -> str:
        """REST and the dashboard."""
        return f"http://{HOST}:{self.ports.gateway}"

    @property
    def edge_cloud_addresses(self) -> tuple[str, str]:
        """Where the node reaches billing: mTLS, API."""
        mtls, api = self.edge_cloud_ports or (self.ports.billing, self.ports.billing_api)
        return f"{HOST}:{mtls}", f"{HOST}:{api}"
