"""What a unit tells the audit log, when its transaction commits and when it does not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing.audit.actions import Action
from billing.audit.tallies import TallyLog
from billing.tenants.resolver import TenantResolver
from billing.unit import Units
from mesh.cache import MemoryCache
from mesh.call import Call, enter_call
from mesh.clock import ManualClock
from mesh.database import Database
from mesh.errors import FailedPrecondition
from mesh.principal import Principal, PrincipalKind
from mesh.wakeup import Wakeups
from rights.audit_chain import VENDOR_CHAIN
from tests.billing.audit.chains import NOON, open_database
from tests.billing.conftest import NewDatabase

GATE = "camera/gate"


@pytest.fixture(scope="module")
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    dsns, _ = await new_database()
    db = await open_database(dsns)
    yield db
    await db.close()


def units(database: Database) -> Units:
    """As in a call of the vendor."""
    clock = ManualClock(NOON)
    vendor = Principal(PrincipalKind.VENDOR, None, None, "key-1", frozenset())
    enter_call(Call(vendor, "request-1", "/method", "peer"))
    resolver = TenantResolver(database, MemoryCache[str, UUID](10, timedelta(minutes=1), clock))
    return Units(database, resolver, clock, Wakeups(None), TallyLog(database, clock))


async def written(database: Database, tenant_id: UUID) -> list[Any]:
    async with database.worker() as conn:
        return await conn.fetch(
            "select action, resource, details, actor_kind, actor_id, request_id, recorded_at "
            "from audit_log where tenant_id = $1 order by entry_id",
            tenant_id,
        )


async def counted(database: Database, tenant_id: UUID) -> list[tuple[str, str]]:
    async with database.worker() as conn:
        found = await conn.fetch(
            "select action, reason from audit_tallies where tenant_id = $1 order by 1", tenant_id
        )
    return [(row["action"], row["reason"]) for row in found]


def refusal() -> FailedPrecondition:
    return FailedPrecondition("LICENSE_EXPIRED", "license", "over")


async def test_rows_come_with_the_commit_in_their_order(database: Database) -> None:
    tenant_id = uuid4()
    async with units(database).within(tenant_id) as unit:
        unit.audit(Action.LICENSE_ISSUED, "license/a", cameras=3)
        unit.audit(Action.CAMERA_ASSIGNED, GATE)
        assert await written(database, tenant_id) == []
    first, second = await written(database, tenant_id)
    assert (first["action"], first["resource"]) == ("license.issued", "license/a")
    assert first["details"] == '{"cameras": "3"}'
    assert (first["actor_kind"], first["actor_id"]) == ("vendor", "key-1")
    assert (first["request_id"], first["recorded_at"]) == ("request-1", NOON)
    assert second["action"] == "camera.assigned"


async def test_a_failure_takes_rows_and_counts_back_but_not_refusals(database: Database) -> None:
    tenant_id = uuid4()
    with pytest.raises(FailedPrecondition):
        async with units(database).within(tenant_id) as unit:
            unit.audit(Action.LICENSE_ISSUED, "license/a")
            unit.counted(Action.TOKEN_ISSUED, "tenant/a")
            unit.refused(Action.CAMERA_REFUSED, GATE, "LICENSE_EXPIRED")
            raise refusal()
    assert await written(database, tenant_id) == []
    assert await counted(database, tenant_id) == [("camera.refused", "LICENSE_EXPIRED")]


async def test_a_success_keeps_all_three(database: Database) -> None:
    tenant_id = uuid4()
    async with units(database).within(tenant_id) as unit:
        unit.audit(Action.LICENSE_ISSUED, "license/a")
        unit.counted(Action.TOKEN_ISSUED, "tenant/a")
        unit.refused(Action.CAMERA_REFUSED, GATE, "LICENSE_EXPIRED")
    assert len(await written(database, tenant_id)) == 1
    assert len(await counted(database, tenant_id)) == 2


async def test_the_vendor_writes_to_a_tenants_chain_or_to_its_own(database: Database) -> None:
    tenant_id = uuid4()
    async with units(database).vendor() as unit:
        unit.audit(Action.TENANT_CREATED, "tenant/a", tenant_id=tenant_id)
        unit.audit(Action.SIGNING_KEY_ROTATED, "signing_key/k")
    assert [row["action"] for row in await written(database, tenant_id)] == ["tenant.created"]
    own = await written(database, VENDOR_CHAIN)
    assert [row["action"] for row in own] == ["signing_key.rotated"]


async def test_what_callers_name_cannot_break_the_log(database: Database) -> None:
    tenant_id = uuid4()
    async with units(database).within(tenant_id) as unit:
        unit.audit(Action.CAMERA_ASSIGNED, "camera/a\0b\n" + "x" * 2000, name="\0" * 2000)
    (row,) = await written(database, tenant_id)
    assert row["resource"].startswith("camera/a\N{REPLACEMENT CHARACTER}b\n")
    assert len(row["resource"]) == 512


async def test_a_resource_names_its_kind(database: Database) -> None:
    with pytest.raises(ValueError, match="kind/id"):
        async with units(database).within(uuid4()) as unit:
            unit.audit(Action.CAMERA_ASSIGNED, "gate")
