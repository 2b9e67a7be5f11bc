"""A signing key leaks: the vendor retires it, and the node goes on under the next one."""

import base64
import json
from pathlib import Path
from typing import Any

import asyncpg
from brinkbyte.edge.v1 import edge_service_pb2
from brinkbyte.license.v1 import key_service_pb2 as pb
from brinkbyte.license.v1.key_service_pb2_grpc import KeyServiceStub

from deploy.local.identity import add_signing_key
from tests.mesh.test_node import cameras, until


def kid_of(token: str) -> str:
    head = token.split(".", maxsplit=1)[0]
    header: dict[str, str] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return header["kid"]


async def test_a_leaked_key_ends_within_seconds_and_nothing_paid_stops(mesh: Any) -> None:
    folder = Path(mesh.env["BRINKBYTE_CA_CERT"]).parents[1] / "keys" / "licenses"
    node = await asyncpg.connect(mesh.env["BRINKBYTE_EDGE_DATABASE_URL"])

    async def signers() -> set[str]:
        rows = await node.fetch("select device_token from camera_licenses where is_valid")
        return {kid_of(row["device_token"]) for row in rows}

    async def three_run() -> bool:
        states = [each.state for each in (await cameras(mesh)).values()]
        return states.count(edge_service_pb2.PIPELINE_STATE_RUNNING) == 3

    try:
        await until(three_run)
        (leaked,) = await signers()
        new = add_signing_key(folder)
        async with mesh.api(mesh.env["BRINKBYTE_VENDOR_API_KEY"]) as api:
            keys = KeyServiceStub(api)

            async def published() -> bool:
                listed = await keys.ListSigningKeys(pb.ListSigningKeysRequest())
                return new in {key.kid for key in listed.keys}

            await until(published)
            retired = await keys.RetireSigningKey(pb.RetireSigningKeyRequest(kid=leaked))
        assert retired.signing.kid == new

        async def signed_anew() -> bool:
            return await signers() == {new}

        await until(signed_anew, 10)
        await until(three_run)
        trust = json.loads(
            await node.fetchval("select value from config where key = 'license_trust'")
        )
        assert trust == {"epoch": retired.trust.epoch, "retired": [leaked]}
        assert kid_of(await node.fetchval("select token from revocation_list")) == new
    finally:
        await node.close()
