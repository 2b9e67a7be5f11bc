"""Two replicas that share a key directory of the test's own, and the vendor's hands on it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from brinkbyte.license.v1 import key_service_pb2 as pb
from brinkbyte.license.v1 import key_service_pb2_grpc as rpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc

from deploy.local.identity import add_signing_key
from deploy.local.redis import RedisServer
from rights.keys import KeySet
from tests.billing.cloud_harness import Authorities, Cloud, Tenant, running_cloud
from tests.billing.conftest import NewDatabase

STATES = {
    pb.SIGNING_KEY_STATE_NEXT: "next",
    pb.SIGNING_KEY_STATE_SIGNING: "signing",
    pb.SIGNING_KEY_STATE_VERIFYING: "verifying",
    pb.SIGNING_KEY_STATE_RETIRED: "retired",
}


@dataclass
class Vendor:
    """Keys as one replica tells them."""

    cloud: Cloud

    @property
    def folder(self) -> Path:
        return self.cloud.authorities.directory / "licenses"

    def list(self) -> "asyncio.Future[pb.ListSigningKeysResponse]":
        return rpc.KeyServiceStub(self.cloud.vendor).ListSigningKeys(pb.ListSigningKeysRequest())

    async def states(self) -> dict[str, str]:
        return {key.kid: STATES[key.state] for key in (await self.list()).keys}

    async def create(self) -> str:
        """A new file, and the next key that it becomes without a restart."""
        kid = add_signing_key(self.folder)
        async with asyncio.timeout(60):
            while kid not in await self.states():
                await asyncio.sleep(0.02)
        return kid

    async def rotate(self, kid: str = "", *, at_once: bool = True) -> pb.RotateSigningKeyResponse:
        return await rpc.KeyServiceStub(self.cloud.vendor).RotateSigningKey(
            pb.RotateSigningKeyRequest(kid=kid, at_once=at_once)
        )

    async def retire(self, kid: str) -> pb.RetireSigningKeyResponse:
        return await rpc.KeyServiceStub(self.cloud.vendor).RetireSigningKey(
            pb.RetireSigningKeyRequest(kid=kid)
        )

    async def published(self) -> tuple[KeySet, license_service_pb2.GetPublicKeysResponse]:
        stub = license_service_pb2_grpc.LicenseServiceStub(self.cloud.anonymous)
        keys = await stub.GetPublicKeys(license_service_pb2.GetPublicKeysRequest())
        return KeySet.from_jwks(json.loads(keys.jwks)), keys

    async def token(self, tenant: Tenant) -> str:
        stub = license_service_pb2_grpc.LicenseServiceStub(self.cloud.vendor)
        request = license_service_pb2.GetLicenseTokenRequest(tenant_id=tenant.tenant_id)
        return (await stub.GetLicenseToken(request)).license

    async def verdict(self, token: str) -> license_service_pb2.VerifyTokenResponse:
        stub = license_service_pb2_grpc.LicenseServiceStub(self.cloud.vendor)
        return await stub.VerifyToken(license_service_pb2.VerifyTokenRequest(license=token))


@pytest.fixture(params=["redis", "alone"])
async def replicas(
    request: pytest.FixtureRequest,
    redis: RedisServer,
    new_database: NewDatabase,
    tmp_path: Path,
) -> AsyncIterator[tuple[Vendor, Vendor]]:
    """Two servers, with Redis between them and without."""
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    url = redis.url() if request.param == "redis" else None
    async with running_cloud(own, dsns, superuser, redis_url=url) as first:
        key = first.vendor_key
        async with running_cloud(own, dsns, superuser, redis_url=url, vendor_key=key) as second:
            yield Vendor(first), Vendor(second)


@pytest.fixture
async def vendor(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Vendor]:
    """One server of the test's own."""
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    async with running_cloud(own, dsns, superuser) as cloud:
        yield Vendor(cloud)
