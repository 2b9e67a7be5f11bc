"""Tokens and revocation lists verified by another language's JOSE library, from the JWKS alone."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from brinkbyte.license.v1 import key_service_pb2, key_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from deploy.local.identity import add_signing_key
from gateway.main import GatewayServer
from mesh import tls
from mesh.clock import SystemClock
from mesh.spiffe import spiffe_service
from rights.jws import open_sealed
from rights.keys import KeySet, SigningKey
from rights.tokens import sign, verify
from tests.billing.cloud_harness import ISSUER, TRUST_DOMAIN, Authorities, Cloud, running_cloud
from tests.billing.conftest import NewDatabase, new_database, postgres
from tests.gateway.backend import gateway_config

__all__ = ["new_database", "postgres"]

NODE = Path(__file__).parent / "node"
Verify = Callable[..., Any]


@pytest.fixture(scope="session")
def jose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Node's `jose` beside the script that uses it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed")
    folder = tmp_path_factory.mktemp("jose")
    for name in ("verify.mjs", "package.json"):
        shutil.copy(NODE / name, folder)
    words = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, check=False, timeout=120
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the npm registry did not answer within two minutes")
    if done.returncode != 0:
        pytest.skip(f"npm cannot install jose: {done.stderr.strip().splitlines()[-1:]}")
    return folder


@pytest.fixture
async def cloud(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Cloud]:
    dsns, superuser = await new_database()
    own = Authorities.make(tmp_path / "authorities")
    async with running_cloud(own, dsns, superuser) as cloud:
        yield cloud


@pytest.fixture
async def gateway(cloud: Cloud) -> AsyncIterator[str]:
    """The URL of a gateway before the cloud."""
    at = cloud.authorities.directory
    pair = tls.issue_client(
        cloud.authorities.device_ca, spiffe_service(TRUST_DOMAIN, "gateway"), clock=SystemClock()
    )
    (at / "gateway.pem").write_bytes(pair.cert_pem)
    (at / "gateway.key").write_bytes(pair.key_pem)
    certificates = {
        "ca": at / "ca.pem",
        "client_cert": at / "gateway.pem",
        "client_key": at / "gateway.key",
    }
    server = GatewayServer.build(
        gateway_config(certificates, cloud.server.ports.mtls), SystemClock()
    )
    await server.start()
    yield f"http://127.0.0.1:{server.port}"
    await server.drain()


@pytest.fixture
def judged(jose: Path, gateway: str) -> Verify:
    """What Node's `jose` says about tokens, with the keys that the gateway publishes."""

    async def judge(*tokens: str, audience: str = "brinkbyte-instance", typ: str = "JWT") -> Any:
        question = {
            "url": f"{gateway}/.well-known/jwks.json",
            "issuer": ISSUER,
            "audience": audience,
            "typ": typ,
            "tokens": tokens,
        }
        done = await asyncio.to_thread(
            subprocess.run,
            ["node", "verify.mjs"],
            cwd=jose,
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return judge


async def test_tokens_and_lists_are_verified_and_forgeries_are_not(
    cloud: Cloud, judged: Verify
) -> None:
    tenant = await cloud.tenant("Zürich GmbH")
    device = await cloud.device(tenant)
    stub = rpc.LicenseServiceStub(tenant.admin)
    token = (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license
    (path,) = (cloud.authorities.directory / "licenses").glob("*.pem")
    key = SigningKey(path.stem, path.read_text())
    terms: Any = {"now": cloud.clock.now(), "audience": "brinkbyte-instance", "issuer": ISSUER}
    claims = verify(token, KeySet([key.public]), **terms)
    good, altered, stranger, expired, early = await judged(
        token,
        token[:-8] + "AAAAAAAA",
        sign(claims, SigningKey.generate()),
        sign(replace(claims, expires_at=claims.issued_at - timedelta(days=1)), key),
        sign(replace(claims, not_before=claims.issued_at + timedelta(days=1)), key),
    )
    assert (good["valid"], good["kid"]) == (True, key.kid)
    assert good["claims"]["customerId"] == tenant.tenant_id
    assert good["claims"]["customerName"] == "Zürich GmbH"
    assert good["claims"] == open_sealed(token, KeySet([key.public]), "JWT").members
    assert altered["code"] == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
    assert stranger["code"] == "ERR_JWKS_NO_MATCHING_KEY"
    assert expired["code"] == "ERR_JWT_EXPIRED"
    assert early["code"] == "ERR_JWT_CLAIM_VALIDATION_FAILED"
    batch = await rpc.LicenseServiceStub(device.channel).BatchValidateCameras(
        pb.BatchValidateCamerasRequest(camera_ids=["a"])
    )
    (bound,) = await judged(batch.device_token, audience="brinkbyte-edge")
    assert bound["claims"]["cnf"] == {"jkt": device.thumbprint}
    listed = await stub.GetRevocationList(pb.GetRevocationListRequest())
    kind = {"audience": "brinkbyte-revocations", "typ": "brinkbyte-revocations+jwt"}
    (revocations,) = await judged(listed.revocation_list, **kind)
    assert revocations["claims"]["trustEpoch"] == 1
    (confused,) = await judged(listed.revocation_list)
    assert confused["code"] == "ERR_JWT_CLAIM_VALIDATION_FAILED"


async def test_rotation_breaks_no_token_and_retirement_breaks_all_of_a_key(
    cloud: Cloud, judged: Verify
) -> None:
    tenant = await cloud.tenant()
    stub = rpc.LicenseServiceStub(tenant.admin)
    keys = key_service_pb2_grpc.KeyServiceStub(cloud.vendor)
    folder = cloud.authorities.directory / "licenses"
    (old,) = (path.stem for path in folder.glob("*.pem"))
    before = (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license
    new = add_signing_key(folder)
    await keys.RotateSigningKey(key_service_pb2.RotateSigningKeyRequest(at_once=True))
    after = (await stub.GetLicenseToken(pb.GetLicenseTokenRequest())).license
    verdicts = await judged(before, after)
    assert [verdict["kid"] for verdict in verdicts] == [old, new]
    await keys.RetireSigningKey(key_service_pb2.RetireSigningKeyRequest(kid=old))
    verdicts = await judged(before, after)
    assert [verdict["valid"] for verdict in verdicts] == [False, True]
    assert verdicts[0]["code"] == "ERR_JWKS_NO_MATCHING_KEY"
