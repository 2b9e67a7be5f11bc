"""The double's two listeners."""

from brinkbyte.device.v1 import device_service_pb2_grpc as device_rpc
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as entitlement_rpc
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as heartbeat_rpc
from brinkbyte.license.v1 import license_service_pb2_grpc as license_rpc
from brinkbyte.usage.v1 import usage_service_pb2_grpc as usage_rpc
from prometheus_client import CollectorRegistry

from mesh.errors import Unauthenticated
from mesh.interceptor import MeshInterceptor
from mesh.principal import Principal, PrincipalKind
from mesh.server import MeshServer, ServiceBinding, TlsMaterial
from mesh.spiffe import DeviceIdentity, parse_spiffe
from mesh.telemetry import Metrics
from mesh.tls import create_ca, issue_server
from rights.scopes import Role, scopes_of
from tests.edge.cloud_double.cloud import Cloud
from tests.edge.cloud_double.devices import Devices
from tests.edge.cloud_double.rights import Entitlements, Licenses
from tests.edge.cloud_double.streams import Heartbeats, Usage


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
                    Devices(cloud, self.ca),
                ),
                ServiceBinding(
                    names.format("license", "License"),
                    license_rpc.add_LicenseServiceServicer_to_server,
                    Licenses(cloud),
                ),
                ServiceBinding(
                    names.format("entitlement", "Entitlement"),
                    entitlement_rpc.add_EntitlementServiceServicer_to_server,
                    Entitlements(cloud),
                ),
                ServiceBinding(
                    names.format("heartbeat", "Heartbeat"),
                    heartbeat_rpc.add_HeartbeatServiceServicer_to_server,
                    Heartbeats(cloud),
                ),
                ServiceBinding(
                    names.format("usage", "Usage"),
                    usage_rpc.add_UsageServiceServicer_to_server,
                    Usage(cloud),
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
