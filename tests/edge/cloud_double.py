"""A stand-in for the cloud: the four contracts a node speaks, served over real mTLS.

It keeps the promises that a node relies on: journal chains are verified, tokens are really
signed, heartbeat numbers are checked. Tests change what it grants through its attributes.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

import grpc
from brinkbyte.common.v1 import epoch_pb2, trust_pb2
from brinkbyte.device.v1 import device_service_pb2 as device_pb
from brinkbyte.device.v1 import device_service_pb2_grpc as device_rpc
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as entitlement_pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as entitlement_rpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2 as heartbeat_pb
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as heartbeat_rpc
from brinkbyte.license.v1 import license_service_pb2 as license_pb
from brinkbyte.license.v1 import license_service_pb2_grpc as license_rpc
from brinkbyte.usage.v1 import usage_service_pb2 as usage_pb
from brinkbyte.usage.v1 import usage_service_pb2_grpc as usage_rpc
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import CollectorRegistry

from mesh.call import current_call
from mesh.clock import Clock
from mesh.errors import Aborted, NotFound, QuotaExhausted, Unauthenticated, Unavailable
from mesh.interceptor import MeshInterceptor
from mesh.principal import Principal, PrincipalKind
from mesh.proof import renewal_statement
from mesh.server import MeshServer, ServiceBinding, TlsMaterial
from mesh.spiffe import DeviceIdentity, parse_spiffe, spiffe_device
from mesh.telemetry import Metrics
from mesh.tls import (
    create_ca,
    csr_public_key,
    issue_server,
    jwk_thumbprint,
    sign_client,
    signature_holds,
)
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
from rights.journal import GENESIS, head, link
from rights.keys import KeySet, SigningKey
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus
from rights.revocations import RevocationList, sign_list
from rights.scopes import Role, scopes_of
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
        deadline = Timestamp()
        deadline.FromDatetime(self.clock.now() + timedelta(minutes=5))
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


class CloudServer:
    """Serves a Cloud on two listeners, mTLS and server TLS; can go down and come back."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.ca = create_ca("cloud", cloud.clock)
        self._server_pair = issue_server(self.ca, clock=cloud.clock)
        self.mtls_port = 0
        self.api_port = 0
        self._server: MeshServer | None = None

    @property
    def mtls_addr(self) -> str:
        return f"localhost:{self.mtls_port}"

    @property
    def api_addr(self) -> str:
        return f"localhost:{self.api_port}"

    async def up(self) -> None:
        cloud, pair = self.cloud, self._server_pair
        names = "brinkbyte.{0}.v1.{1}Service"
        server = MeshServer(
            [
                ServiceBinding(
                    names.format("device", "Device"),
                    device_rpc.add_DeviceServiceServicer_to_server,
                    _Devices(self),
                ),
                ServiceBinding(
                    names.format("license", "License"),
                    license_rpc.add_LicenseServiceServicer_to_server,
                    _Licenses(cloud),
                ),
                ServiceBinding(
                    names.format("entitlement", "Entitlement"),
                    entitlement_rpc.add_EntitlementServiceServicer_to_server,
                    _Entitlements(cloud),
                ),
                ServiceBinding(
                    names.format("heartbeat", "Heartbeat"),
                    heartbeat_rpc.add_HeartbeatServiceServicer_to_server,
                    _Heartbeats(cloud),
                ),
                ServiceBinding(
                    names.format("usage", "Usage"),
                    usage_rpc.add_UsageServiceServicer_to_server,
                    _Usage(cloud),
                ),
            ],
            MeshInterceptor(_Access(cloud), cloud.clock, Metrics(CollectorRegistry())),
        )
        self.mtls_port = server.add_mtls(
            f"127.0.0.1:{self.mtls_port}",
            lambda: TlsMaterial(pair.cert_pem, pair.key_pem, self.ca.cert_pem),
        )
        self.api_port = server.add_tls(
            f"127.0.0.1:{self.api_port}", lambda: TlsMaterial(pair.cert_pem, pair.key_pem)
        )
        await server.start()
        self._server = server

    async def down(self) -> None:
        if self._server is not None:
            await self._server.drain(0)
            self._server = None


class _Access:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def bearer(self, key: str) -> Principal:
        raise Unauthenticated

    def certificate(self, spiffe_uri: str, pem: bytes) -> Principal:
        identity = parse_spiffe(spiffe_uri)
        assert isinstance(identity, DeviceIdentity)
        if self._cloud.retired:
            raise Unauthenticated("CREDENTIAL_REVOKED", "the device was retired")
        return Principal(
            PrincipalKind.DEVICE,
            identity.tenant_id,
            identity.device_id,
            spiffe_uri,
            scopes_of(Role.DEVICE),
        )


class _Devices(device_rpc.DeviceServiceServicer):
    def __init__(self, server: CloudServer) -> None:
        self._server = server

    async def EnrollDevice(self, request: Any, context: Any) -> Any:
        cloud = self._server.cloud
        if request.enrollment_token != cloud.enrollment_token:
            raise Unauthenticated("ENROLLMENT_TOKEN_INVALID", "unknown, used or expired token")
        cloud.enrollment_token = None
        certificate = self._sign(request.csr_pem)
        return device_pb.EnrollDeviceResponse(
            device_id=str(cloud.device_id),
            tenant_id=render_tenant(cloud.tenant_id),
            certificate_pem=certificate,
            ca_pem=self._server.ca.cert_pem.decode(),
        )

    async def RenewCertificate(self, request: Any, context: Any) -> Any:
        cloud = self._server.cloud
        assert jwk_thumbprint(csr_public_key(request.csr_pem.encode())) == cloud.thumbprint
        cloud.renewals += 1
        return device_pb.RenewCertificateResponse(
            certificate_pem=self._sign(request.csr_pem),
            ca_pem=self._server.ca.cert_pem.decode(),
        )

    async def GetRenewalNonce(self, request: Any, context: Any) -> Any:
        cloud = self._server.cloud
        assert f"/device/{cloud.device_id}" in request.spiffe_id
        cloud.nonce = uuid4().hex
        return device_pb.GetRenewalNonceResponse(nonce=cloud.nonce)

    async def RenewExpiredCertificate(self, request: Any, context: Any) -> Any:
        cloud, nonce = self._server.cloud, request.nonce
        if nonce != cloud.nonce:
            raise Unauthenticated(message="another nonce")
        key = csr_public_key(request.csr_pem.encode())
        proven = signature_holds(key, renewal_statement(nonce, request.csr_pem), request.signature)
        if cloud.retired or not proven or jwk_thumbprint(key) != cloud.thumbprint:
            raise Unauthenticated("CREDENTIAL_REVOKED", "not the enrolled key")
        cloud.renewals_by_key += 1
        return device_pb.RenewExpiredCertificateResponse(
            certificate_pem=self._sign(request.csr_pem), ca_pem=self._server.ca.cert_pem.decode()
        )

    def _sign(self, csr_pem: str) -> str:
        cloud = self._server.cloud
        cloud.thumbprint = jwk_thumbprint(csr_public_key(csr_pem.encode()))
        uri = spiffe_device("brinkbyte.local", cloud.tenant_id, cloud.device_id)
        return sign_client(
            self._server.ca,
            csr_pem.encode(),
            uri,
            clock=cloud.clock,
            ttl=cloud.certificate_ttl,
        ).decode()


class _Licenses(license_rpc.LicenseServiceServicer):
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def BatchValidateCameras(self, request: Any, context: Any) -> Any:
        cloud = self._cloud
        cloud.asked.append(tuple(request.camera_ids))
        assert current_call().principal.device_id == cloud.device_id
        held = [cloud.licenses[each] for each in request.camera_ids if each in cloud.licenses]
        return license_pb.BatchValidateCamerasResponse(
            validations=[
                license_pb.CameraValidation(camera_id=each, validation=self._answer(each))
                for each in request.camera_ids
            ],
            device_token=cloud.token(held),
            epoch=cloud.wire_epoch(),
        )

    async def GetPublicKeys(self, request: Any, context: Any) -> Any:
        public = self._cloud.signing.public
        return license_pb.GetPublicKeysResponse(
            keys=[license_pb.PublicKey(kid=public.kid, public_key_pem=public.pem())],
            trust=self._cloud.wire_trust(),
        )

    async def GetRevocationList(self, request: Any, context: Any) -> Any:
        return license_pb.GetRevocationListResponse(
            revocation_list=self._cloud.revocation_list(), epoch=self._cloud.wire_epoch()
        )

    def _answer(self, camera_id: str) -> license_pb.ValidateCameraResponse:
        held = self._cloud.licenses.get(camera_id)
        until = Timestamp()
        until.FromDatetime(self._cloud.clock.now() + timedelta(hours=1 if held else 0, minutes=1))
        if held is None or held.valid_until <= self._cloud.clock.now():
            return license_pb.ValidateCameraResponse(
                license_mode=license_pb.LICENSE_MODE_UNLICENSED,
                status=license_pb.LICENSE_STATUS_EXPIRED
                if held
                else license_pb.LICENSE_STATUS_ACTIVE,
                reason="ERROR_REASON_LICENSE_EXPIRED" if held else "ERROR_REASON_CAMERA_UNLICENSED",
                message=f"camera {camera_id} has no licence; buy one",
                cached_until=until,
            )
        return license_pb.ValidateCameraResponse(
            is_valid=True,
            license_mode=f"LICENSE_MODE_{held.mode.name}",
            status=f"LICENSE_STATUS_{held.status.name}",
            enabled_growth_packs=sorted(held.growth_packs),
            cached_until=until,
        )


class _Entitlements(entitlement_rpc.EntitlementServiceServicer):
    """Lends whole units out of pools; a metric without a pool has no limit."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def AcquireLease(self, request: Any, context: Any) -> Any:
        cloud, metric, now = self._cloud, request.metric, self._cloud.clock.now()
        if request.HasField("settlement"):
            cloud.settled.append(request.settlement)
        if metric not in cloud.pools:
            return entitlement_pb.AcquireLeaseResponse(lease=entitlement_pb.Lease(metric=metric))
        part = min(cloud.slice, cloud.pools[metric])
        lease = cloud.leases.get(metric)
        over = lease is not None and lease.expires_at.ToDatetime(UTC) <= now
        if (lease is None or over) and not part:
            known = {"limit": "100", "used": "100"}
            raise QuotaExhausted(metric, "nothing is left", now + timedelta(days=1), metadata=known)
        if lease is None or over:
            lease = entitlement_pb.Lease(
                lease_id=str(uuid4()),
                metric=metric,
                journal_id=request.journal_id,
                granted="0",
                granted_at=_stamp(now),
                expires_at=_stamp(now + cloud.lease_for),
            )
        cloud.pools[metric] -= part
        lease.granted = str(int(lease.granted) + part)
        cloud.leases[metric] = lease
        quota = entitlement_pb.QuotaStatus(metric=metric, limit="100", used="0")
        return entitlement_pb.AcquireLeaseResponse(lease=lease, quota=quota)

    async def ReturnLease(self, request: Any, context: Any) -> Any:
        told = request.settlement
        for metric, lease in list(self._cloud.leases.items()):
            if lease.lease_id == told.lease_id:
                del self._cloud.leases[metric]
                self._cloud.returned.append(told)
                lease.settled = told.spent
                return entitlement_pb.ReturnLeaseResponse(lease=lease)
        raise NotFound("lease", told.lease_id)


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


class _Heartbeats(heartbeat_rpc.HeartbeatServiceServicer):
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def Connect(
        self, requests: AsyncIterator[Any], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        cloud, line = self._cloud, asyncio.Queue[Any]()
        reading = asyncio.create_task(self._read(requests, line))
        sequence = 0
        try:
            while (message := await line.get()) is not None:
                if isinstance(message, Exception):
                    raise message
                sequence += 1 + message.pop("skip", 0)
                yield heartbeat_pb.ConnectResponse(sequence=sequence, **message)
        finally:
            reading.cancel()
            if line in cloud.lines:
                cloud.lines.remove(line)

    async def _read(self, requests: AsyncIterator[Any], line: asyncio.Queue[Any]) -> None:
        cloud, expected = self._cloud, 0
        async for request in requests:
            expected += 1
            assert request.sequence == expected, "the device skipped a number"
            if request.HasField("hello"):
                cloud.hellos.append(request.hello)
                now = Timestamp()
                now.FromDatetime(cloud.clock.now())
                welcome = {
                    "server_time": now,
                    "epoch": cloud.wire_epoch(),
                    "trust": cloud.wire_trust(),
                }
                line.put_nowait({"welcome": welcome})
                if line not in cloud.lines:
                    cloud.lines.append(line)
            elif request.HasField("status"):
                cloud.statuses.append(request.status)
            else:
                cloud.results.append(request.command_result)
        line.put_nowait(None)


class _Usage(usage_rpc.UsageServiceServicer):
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def StreamUsage(
        self, requests: AsyncIterator[Any], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        journal: Journal | None = None
        async for request in requests:
            if journal is None:
                journal = self._cloud.journals.setdefault(request.hello.journal_id, Journal())
                yield usage_pb.StreamUsageResponse(
                    ready=usage_pb.JournalReady(
                        through_seq=len(journal.payloads),
                        through_hash=journal.last_hash,
                        window=self._cloud.window,
                    )
                )
                continue
            if self._cloud.ask_resync_from is not None:
                seq, self._cloud.ask_resync_from = self._cloud.ask_resync_from, None
                yield usage_pb.StreamUsageResponse(
                    resync=usage_pb.JournalResync(resync_from_seq=seq)
                )
                continue
            yield self._take(journal, request.batch)

    def _take(self, journal: Journal, batch: Any) -> Any:
        have = len(journal.payloads)
        if batch.first_seq > have + 1:
            return usage_pb.StreamUsageResponse(
                resync=usage_pb.JournalResync(resync_from_seq=have + 1)
            )
        known = batch.payloads[: max(0, have + 1 - batch.first_seq)]
        before = batch.first_seq - 1
        hash_before = head(GENESIS, journal.payloads[:before])
        same = list(known) == journal.payloads[before : before + len(known)]
        if batch.previous_hash != hash_before or not same:
            return usage_pb.StreamUsageResponse(
                fork=usage_pb.JournalFork(
                    seq=before, reason="ERROR_REASON_JOURNAL_FORKED", message="another history"
                )
            )
        journal.batches += 1
        for payload in batch.payloads[len(known) :]:
            journal.payloads.append(payload)
            journal.last_hash = link(journal.last_hash, payload)
        if self._cloud.lose_acks:
            self._cloud.lose_acks -= 1
            raise Unavailable("postgres")
        return usage_pb.StreamUsageResponse(
            ack=usage_pb.JournalAck(
                through_seq=batch.first_seq + len(batch.payloads) - 1, duplicates=len(known)
            )
        )


def cut(cloud: Cloud) -> None:
    """A newer stream of the same device took over."""
    for line in cloud.lines:
        line.put_nowait(Aborted("device", "a newer stream took over"))
