"""A whole cloud server for tests, with callers of every kind."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import grpc
from brinkbyte.device.v1 import device_service_pb2, device_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc

from billing.access.bootstrap import ensure_vendor_key
from billing.config import BillingConfig
from billing.invoices.closer import InvoiceCloser
from billing.main import BillingServer
from deploy.local.authorities import new_authority, signing_pair
from mesh import tls
from mesh.channel import channel
from mesh.clock import ManualClock
from mesh.database import Role
from mesh.errors import MeshError
from mesh.faults import Faults, NoFaults
from mesh.spiffe import spiffe_service
from mesh.status import from_rpc_error
from rights.ids import parse_tenant
from rights.keys import SigningKey

TRUST_DOMAIN = "test.brinkbyte"
ISSUER = "brinkbyte-test"


@dataclass(frozen=True, slots=True)
class Authorities:
    """Paths of PEM files and the key pairs behind them."""

    directory: Path
    server_ca: tls.KeyPair

    @classmethod
    def make(cls, directory: Path) -> Authorities:
        clock = ManualClock(datetime.now(UTC))
        server_ca = tls.create_ca("servers", clock)
        new_authority(directory / "device-ca", clock)
        server = tls.issue_server(server_ca, clock=clock)
        keys = directory / "licenses"
        keys.mkdir(parents=True)
        signing = SigningKey.generate()
        (keys / f"{signing.kid}.pem").write_text(signing.private_pem)
        for name, content in {
            "ca.pem": server_ca.cert_pem,
            "server.pem": server.cert_pem,
            "server.key": server.key_pem,
        }.items():
            (directory / name).write_bytes(content)
        return cls(directory, server_ca)

    @property
    def device_ca(self) -> tls.KeyPair:
        """The authority that signs devices now."""
        return signing_pair(self.directory / "device-ca")

    def config(self, dsns: Mapping[Role, str], **overrides: object) -> BillingConfig:
        at = self.directory
        settings: dict[str, object] = {
            "database_url": dsns[Role.APP],
            "database_worker_url": dsns[Role.WORKER],
            "database_vendor_url": dsns[Role.VENDOR],
            "database_pool_size": 5,
            "billing_addr": "127.0.0.1:0",
            "billing_api_addr": "127.0.0.1:0",
            "billing_plaintext_addr": "127.0.0.1:0",
            "tls_cert": at / "server.pem",
            "tls_key": at / "server.key",
            "ca_cert": at / "ca.pem",
            "device_ca_dir": at / "device-ca",
            "license_keys_dir": at / "licenses",
            "license_issuer": ISSUER,
            "trust_domain": TRUST_DOMAIN,
            "drain_seconds": 0.2,
        }
        return BillingConfig(**(settings | overrides))


@dataclass(slots=True)
class Tenant:
    """A tenant and channels with keys of its own."""

    tenant_id: str
    uuid: UUID
    admin: grpc.aio.Channel
    read: grpc.aio.Channel
    admin_key: str


@dataclass(slots=True)
class Device:
    """An enrolled device and its mTLS channel."""

    device_id: str
    tenant: Tenant
    hardware_id: str
    key_pem: bytes
    certificate_pem: bytes
    channel: grpc.aio.Channel

    @property
    def uuid(self) -> UUID:
        return UUID(self.device_id)

    @property
    def thumbprint(self) -> str:
        return tls.jwk_thumbprint(tls.certificate_public_key(self.certificate_pem))


@dataclass(slots=True)
class Cloud:
    """A running server; `vendor` carries the vendor's key, `anonymous` none."""

    server: BillingServer
    clock: ManualClock
    authorities: Authorities
    dsns: Mapping[Role, str]
    superuser_dsn: str
    vendor_key: str
    _channels: list[grpc.aio.Channel] = field(default_factory=list)
    vendor: grpc.aio.Channel = field(init=False)
    anonymous: grpc.aio.Channel = field(init=False)

    def __post_init__(self) -> None:
        self.vendor = self.with_key(self.vendor_key)
        self.anonymous = self._plaintext(None)

    def with_key(self, key: str) -> grpc.aio.Channel:
        """A channel that carries an API key."""
        return self._plaintext(key)

    def with_certificate(
        self, certificate_pem: bytes, key_pem: bytes, bearer: str | None = None
    ) -> grpc.aio.Channel:
        """An mTLS channel."""
        return self._keep(
            channel(
                f"127.0.0.1:{self.server.ports.mtls}",
                root_ca=self.authorities.server_ca.cert_pem,
                cert=certificate_pem,
                key=key_pem,
                bearer=bearer,
            )
        )

    def as_service(self, name: str, bearer: str | None = None) -> grpc.aio.Channel:
        """An mTLS channel of a program of the mesh."""
        uri = spiffe_service(TRUST_DOMAIN, name)
        pair = tls.issue_client(self.authorities.device_ca, uri, clock=self.clock)
        return self.with_certificate(pair.cert_pem, pair.key_pem, bearer)

    async def tenant(
        self, company_name: str = "Acme Corp", aliases: tuple[str, ...] = ()
    ) -> Tenant:
        """A new tenant with an administrator's and a reader's key."""
        stub = tenant_service_pb2_grpc.TenantServiceStub(self.vendor)
        made = await stub.CreateTenant(
            tenant_service_pb2.CreateTenantRequest(
                email=f"{uuid4().hex}@example.test", company_name=company_name, aliases=aliases
            )
        )
        tenant_id = made.tenant.tenant_id
        admin = await self.new_key(tenant_id, tenant_service_pb2.API_KEY_ROLE_TENANT_ADMIN)
        read = await self.new_key(tenant_id, tenant_service_pb2.API_KEY_ROLE_TENANT_READ)
        uuid = parse_tenant(tenant_id)
        assert uuid is not None
        return Tenant(
            tenant_id,
            uuid,
            self.with_key(admin.api_key),
            self.with_key(read.api_key),
            admin.api_key,
        )

    async def new_key(
        self, tenant_id: str, role: tenant_service_pb2.ApiKeyRole
    ) -> tenant_service_pb2.CreateApiKeyResponse:
        stub = tenant_service_pb2_grpc.TenantServiceStub(self.vendor)
        return await stub.CreateApiKey(
            tenant_service_pb2.CreateApiKeyRequest(tenant_id=tenant_id, role=role)
        )

    async def issue_license(
        self,
        tenant: Tenant,
        cameras: int = 100,
        packs: tuple[str, ...] = (),
        valid_for: timedelta = timedelta(days=30),
    ) -> None:
        """A paid licence for the tenant."""
        request = license_service_pb2.IssueLicenseRequest(
            tenant_id=tenant.tenant_id,
            license_mode=license_service_pb2.LICENSE_MODE_BASE,
            cameras_allowed=cameras,
            growth_packs=packs,
        )
        request.valid_until.FromDatetime(self.clock.now() + valid_for)
        await license_service_pb2_grpc.LicenseServiceStub(self.vendor).IssueLicense(request)

    async def device(self, tenant: Tenant, hardware_id: str | None = None) -> Device:
        """A new device of the tenant, enrolled through the public API."""
        tokens = device_service_pb2_grpc.DeviceServiceStub(tenant.admin)
        token = await tokens.CreateEnrollmentToken(
            device_service_pb2.CreateEnrollmentTokenRequest()
        )
        key_pem, hardware = tls.generate_key(), hardware_id or str(uuid4())
        enrolled = await device_service_pb2_grpc.DeviceServiceStub(self.anonymous).EnrollDevice(
            device_service_pb2.EnrollDeviceRequest(
                enrollment_token=token.enrollment_token,
                hardware_id=hardware,
                csr_pem=tls.create_csr(key_pem).decode(),
            )
        )
        certificate = enrolled.certificate_pem.encode()
        return Device(
            enrolled.device_id,
            tenant,
            hardware,
            key_pem,
            certificate,
            self.with_certificate(certificate, key_pem),
        )

    @contextlib.asynccontextmanager
    async def superuser(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that row-level security does not hold back."""
        connection = await asyncpg.connect(self.superuser_dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def close(self) -> None:
        for each in self._channels:
            await each.close()
        await self.server.drain()

    def _plaintext(self, key: str | None) -> grpc.aio.Channel:
        addr = f"127.0.0.1:{self.server.ports.plaintext}"
        return self._keep(channel(addr, plaintext=True, bearer=key))

    def _keep(self, made: grpc.aio.Channel) -> grpc.aio.Channel:
        self._channels.append(made)
        return made


@contextlib.asynccontextmanager
async def running_cloud(
    authorities: Authorities,
    dsns: Mapping[Role, str],
    superuser_dsn: str,
    *,
    clock: ManualClock | None = None,
    faults: Faults | None = None,
    vendor_key: str | None = None,
    **overrides: object,
) -> AsyncIterator[Cloud]:
    """A server on free ports; its clock stands at the machine's time until it is moved. Its periods
    are closed by the test alone: the server's own closer would come in between now and then."""
    time = clock or ManualClock(datetime.now(UTC))
    key = vendor_key or secrets.token_urlsafe(32)
    config = authorities.config(dsns, **overrides)
    server = await BillingServer.build(config, time, faults or NoFaults())
    await ensure_vendor_key(server.db, key, time)
    closer = server.background_of(InvoiceCloser)
    closer.run = asyncio.Event().wait
    await server.start()
    cloud = Cloud(server, time, authorities, dsns, superuser_dsn, key)
    try:
        yield cloud
    finally:
        await cloud.close()


@contextlib.asynccontextmanager
async def refused(
    code: grpc.StatusCode, reason: str | None = None
) -> AsyncIterator[list[MeshError]]:
    """Expects the block to be refused with this status, and this reason where one is named.

    The list holds the typed error afterwards.
    """
    found: list[MeshError] = []
    try:
        yield found
    except grpc.aio.AioRpcError as error:
        typed = from_rpc_error(error)
        assert error.code() is code, f"{error.code()}: {error.details()}"
        assert reason is None or typed.reason == reason, typed.reason
        found.append(typed)
    else:
        raise AssertionError(f"was not refused with {code}")
