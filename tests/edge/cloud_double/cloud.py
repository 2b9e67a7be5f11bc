"""What the double grants, has heard and has recorded."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

from brinkbyte.common.v1 import epoch_pb2, trust_pb2
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as entitlement_pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as heartbeat_pb
from google.protobuf.timestamp_pb2 import Timestamp

from mesh.clock import Clock
from mesh.errors import Aborted
from rights.bundles import OfflineBundle, seal_bundle
from rights.catalog.load import load_catalog
from rights.claims import (
    DeviceBundle,
    Epoch,
    LicenseClaims,
    PlanFeatures,
    PlanLimits,
    SubscriptionStatus,
)
from rights.feature_rules import FeatureRules
from rights.ids import render_tenant
from rights.journal import GENESIS
from rights.keys import KeySet, SigningKey
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from rights.revocations import RevocationList, sign_list
from rights.tokens import sign
from rights.trust import NEVER_TOLD, Trust

ISSUER = "brinkbyte-billing"
TOKEN = "enrol-" + "a" * 32
GRACE_DAYS = 30


@dataclass
class Journal:
    """What the cloud has of one journal."""

    payloads: list[bytes] = field(default_factory=list)
    last_hash: bytes = GENESIS
    batches: int = 0


@dataclass
class Cloud:
    """The double's state: everything a test may look at or change."""

    clock: Clock
    tenant_id: UUID = field(default_factory=uuid4)
    device_id: UUID = field(default_factory=uuid4)
    signing: SigningKey = field(default_factory=SigningKey.generate)
    enrollment_token: str | None = TOKEN
    licenses: dict[str, CameraLicense] = field(default_factory=dict)
    epoch: int = 1
    incarnation: str = field(default_factory=lambda: str(uuid4()))
    asked: list[tuple[str, ...]] = field(default_factory=list)
    retired: bool = False
    thumbprint: str = ""
    certificate_ttl: timedelta = timedelta(hours=24)
    renewals: int = 0
    renewals_by_key: int = 0
    nonce: str = ""
    hellos: list[heartbeat_pb.Hello] = field(default_factory=list)
    statuses: list[heartbeat_pb.DeviceStatus] = field(default_factory=list)
    results: list[heartbeat_pb.CommandResult] = field(default_factory=list)
    lines: list[asyncio.Queue[Any]] = field(default_factory=list)
    journals: dict[str, Journal] = field(default_factory=dict)
    window: int = 4
    lose_acks: int = 0
    trust: Trust = NEVER_TOLD
    void_before: datetime | None = None
    retired_devices: frozenset[str] = frozenset()
    ask_resync_from: int | None = None
    rules: FeatureRules | None = None
    pools: dict[str, int] = field(default_factory=dict)
    slice: int = 20
    lease_for: timedelta = timedelta(hours=1)
    leases: dict[str, entitlement_pb.Lease] = field(default_factory=dict)
    settled: list[entitlement_pb.LeaseSettlement] = field(default_factory=list)
    returned: list[entitlement_pb.LeaseSettlement] = field(default_factory=list)

    def grant(
        self, camera_id: str, *packs: str, until: datetime | None = None, trial: bool = False
    ) -> None:
        """Gives a camera a licence, for 90 days unless said otherwise."""
        self.licenses[camera_id] = CameraLicense(
            camera_id,
            LicenseMode.TRIAL if trial else LicenseMode.BASE,
            LicenseStatus.ACTIVE,
            frozenset(packs),
            until or self.clock.now() + timedelta(days=90),
        )

    def rights_changed(self) -> None:
        """Raises the epoch and tells every connected device."""
        self.epoch += 1
        self.send(rights_changed={"epoch": self.wire_epoch(), "trust": self.wire_trust()})

    def retire_key(self) -> SigningKey:
        """Signs with another key from now on, and trusts the former no longer."""
        former, self.signing = self.signing, SigningKey.generate()
        self.trust = Trust(self.trust.epoch + 1, self.trust.retired | {former.kid})
        return former

    def revocation_list(self, **changes: Any) -> str:
        """The tenant's revocation list, signed now."""
        members = {
            "issuer": ISSUER,
            "customer_id": render_tenant(self.tenant_id),
            "list_id": str(uuid4()),
            "issued_at": self.clock.now().replace(microsecond=0),
            "epoch": Epoch(self.incarnation, self.epoch),
            "trust": self.trust,
            "void_before": self.void_before,
            "retired_devices": self.retired_devices,
        }
        return sign_list(RevocationList(**{**members, **changes}), self.signing)

    def wire_trust(self) -> trust_pb2.Trust:
        return trust_pb2.Trust(epoch=self.trust.epoch, retired_kids=sorted(self.trust.retired))

    def command(self, command_id: str, kind: int, **members: Any) -> None:
        """Sends a command to every connected device."""
        deadline = stamp(self.clock.now() + timedelta(minutes=5))
        command = heartbeat_pb.Command(
            **{"command_id": command_id, "kind": kind, "deadline": deadline, **members}
        )
        for line in self.lines:
            line.put_nowait({"command": command})

    def send(self, **message: Any) -> None:
        """Sends any message; `skip` makes a gap in the numbers."""
        for line in self.lines:
            line.put_nowait(message)

    def wire_epoch(self) -> epoch_pb2.Epoch:
        return epoch_pb2.Epoch(incarnation=self.incarnation, number=self.epoch)

    def token(self, cameras: list[CameraLicense], **changes: Any) -> str:
        """A device token over these cameras, signed now."""
        now = self.clock.now().replace(microsecond=0)
        catalog = load_catalog((files("rights.catalog") / "catalog.yaml").read_text())
        plan = catalog.plan("platform", "trial")
        ends = max((camera.valid_until for camera in cameras), default=now)
        members = {
            "issuer": ISSUER,
            "audience": "brinkbyte-edge",
            "token_id": str(uuid4()),
            "customer_id": render_tenant(self.tenant_id),
            "customer_name": "Acme",
            "plan": "trial",
            "features": PlanFeatures.of(plan),
            "limits": PlanLimits.of(plan),
            "growth_packs": ("base",),
            "cameras_allowed": 10,
            "subscription_status": SubscriptionStatus.ACTIVE,
            "current_period_ends_at": ends,
            "offline_grace_days": GRACE_DAYS,
            "issued_at": now,
            "not_before": now,
            "expires_at": min(now + timedelta(days=365), ends + timedelta(days=GRACE_DAYS)),
            "bundle": DeviceBundle(
                str(self.device_id),
                self.thumbprint,
                Epoch(self.incarnation, self.epoch),
                tuple(cameras),
            ),
            "grace_ladder": catalog.plan("vision", "base").grace_ladder,
            "feature_rules": self.rules or FeatureRules.of(catalog),
        }
        return sign(LicenseClaims(**{**members, **changes}), self.signing)

    def bundle(self, **changes: Any) -> str:
        """An offline bundle over every camera that has a licence, signed now."""
        members = {
            "issuer": ISSUER,
            "bundle_id": str(uuid4()),
            "customer_id": render_tenant(self.tenant_id),
            "device_id": str(self.device_id),
            "key_thumbprint": self.thumbprint,
            "issued_at": self.clock.now().replace(microsecond=0),
            "device_token": self.token(list(self.licenses.values())),
            "keys": KeySet([self.signing.public]),
            "epoch": Epoch(self.incarnation, self.epoch),
            "revocation_list": self.revocation_list(),
        }
        return seal_bundle(OfflineBundle(**{**members, **changes}), self.signing)


def stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def cut(cloud: Cloud) -> None:
    """A newer stream of the same device took over."""
    for line in cloud.lines:
        line.put_nowait(Aborted("device", "a newer stream took over"))
