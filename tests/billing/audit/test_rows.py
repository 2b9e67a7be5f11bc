"""Every act leaves a row in its own transaction; refusals are counted."""

import json
from typing import Any
from uuid import UUID

import grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc

from tests.billing.cloud_harness import Cloud, refused


async def rows(cloud: Cloud, tenant_id: UUID) -> list[dict[str, Any]]:
    """The chain's rows, oldest first."""
    async with cloud.superuser() as connection:
        found = await connection.fetch(
            "select * from audit_log where tenant_id = $1 order by recorded_at, entry_id", tenant_id
        )
    return [dict(row) | {"details": json.loads(row["details"])} for row in found]


async def test_a_new_tenant_and_its_keys_are_written_down(billing: Cloud) -> None:
    tenant = await billing.tenant()
    found = await rows(billing, tenant.uuid)
    by_action = {row["action"]: row for row in found}
    assert len(found) == 3
    created, key = by_action["tenant.created"], by_action["api_key.created"]
    assert created["resource"] == f"tenant/{tenant.uuid}"
    assert (created["actor_kind"], created["request_id"] != "") == ("vendor", True)
    assert key["details"]["role"] in {"tenant_admin", "tenant_read"}
    assert tenant.admin_key not in str(found)


async def test_what_is_rolled_back_leaves_no_row(billing: Cloud) -> None:
    tenant = await billing.tenant()
    before = await rows(billing, tenant.uuid)
    stub = tenant_service_pb2_grpc.TenantServiceStub(billing.vendor)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await stub.RevokeApiKey(
            tenant_service_pb2.RevokeApiKeyRequest(
                tenant_id=tenant.tenant_id, key_id="01890000-0000-7000-8000-000000000000"
            )
        )
    assert await rows(billing, tenant.uuid) == before
