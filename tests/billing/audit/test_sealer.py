"""Rows are linked within a second, by one sealer at a time, whatever dies between two steps."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from brinkbyte.audit.v1 import audit_service_pb2 as pb
from brinkbyte.audit.v1.audit_service_pb2_grpc import AuditServiceStub

from billing.audit import store
from billing.audit.actions import Action
from billing.audit.entry import Actor, Tally
from billing.audit.tallies import TallyLog
from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.faults import ArmedFaults, Fault
from rights.audit_chain import ChainFault
from tests.billing.audit.chains import NOON, open_database, sealer, verify, write
from tests.billing.cloud_harness import Cloud
from tests.billing.conftest import NewDatabase

STEPS = ["audit.after_lease", "audit.before_commit", "audit.after_commit"]
Opened = tuple[Database, Mapping[Role, str]]


@pytest.fixture
async def opened(new_database: NewDatabase) -> AsyncIterator[Opened]:
    dsns, _ = await new_database()
    db = await open_database(dsns, pool_size=6)
    yield db, dsns
    await db.close()


@pytest.fixture(scope="module")
async def shared(new_database: NewDatabase) -> AsyncIterator[Database]:
    """For tests that change nothing."""
    dsns, _ = await new_database()
    db = await open_database(dsns)
    yield db
    await db.close()


async def holds(db: Database, tenant_id: UUID, rows: int) -> None:
    """Every row is sealed, in a chain without gaps."""
    found = await verify(db, tenant_id)
    assert (found.bad, found.rows, found.end.seq, found.unsealed) == (None, rows, rows, 0)


async def test_a_row_is_sealed_within_a_second(billing: Cloud) -> None:
    """The first of twenty that was: other programs may hold this machine up."""
    stub = AuditServiceStub(billing.vendor)
    for _ in range(20):
        started = time.monotonic()
        tenant = await billing.tenant()
        request = pb.ListAuditEventsRequest(tenant_id=tenant.tenant_id)
        async with asyncio.timeout(60):
            while not all(each.seq for each in (await stub.ListAuditEvents(request)).events):
                await asyncio.sleep(0.01)
        if time.monotonic() - started < 1:
            return
    pytest.fail("none was sealed within a second")


async def test_sealers_at_once_make_one_chain(opened: Opened) -> None:
    """Two of them and a writer, with several batches a chain."""
    db, _ = opened
    tenants = [uuid4() for _ in range(3)]
    workers = [sealer(db), sealer(db)]
    done = False

    async def seal_on(worker: Any) -> None:
        while not done:
            await worker.seal_once()
            await asyncio.sleep(0)

    loops = [asyncio.create_task(seal_on(each)) for each in workers]
    for part in range(6):
        await asyncio.gather(*(write(db, each, 120, f"part-{part}") for each in tenants))
    done = True
    await asyncio.gather(*loops)
    await workers[0].seal_once()
    for tenant_id in tenants:
        await holds(db, tenant_id, 720)


async def test_who_holds_the_lease_works_alone(opened: Opened) -> None:
    db, _ = opened
    mine, other = uuid4(), uuid4()
    await write(db, mine, 2)
    await write(db, other, 2)
    async with db.worker() as conn:
        assert await store.lease(conn, mine) is not None
        assert await sealer(db).seal_once() == 2
    await holds(db, other, 2)
    assert (await verify(db, mine)).unsealed == 2
    assert await sealer(db).seal_once() == 2


async def test_a_second_sealer_waits_for_nobody(opened: Opened) -> None:
    """It skips a chain that another holds, and does not queue behind it."""
    db, _ = opened
    tenant_id = uuid4()
    await write(db, tenant_id, 1)
    await sealer(db).seal_once()
    await write(db, tenant_id, 1, "later")
    async with db.worker() as conn:
        await store.lease(conn, tenant_id)
        async with asyncio.timeout(60):
            assert await sealer(db).seal_once() == 0


@pytest.mark.parametrize("step", STEPS)
async def test_a_failure_between_two_steps_leaves_nothing_half_done(
    opened: Opened, step: str
) -> None:
    db, _ = opened
    tenant_id = uuid4()
    await write(db, tenant_id, 5)
    faults = ArmedFaults({step: Fault(step, "error", 1)}, None)
    worker = sealer(db, faults=faults)
    await worker.seal_once()
    found = await verify(db, tenant_id)
    assert found.bad is None
    assert found.rows == (5 if step == "audit.after_commit" else 0)
    await write(db, tenant_id, 5, "later")
    await worker.seal_once()
    await holds(db, tenant_id, 10)


async def run_sealer(dsns: Mapping[Role, str], faults: str) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.billing.audit.sealing_process", dsns[Role.WORKER]),
        env={"PATH": os.environ["PATH"], "BRINKBYTE_FAULTS": faults},
    )
    async with asyncio.timeout(150):
        return await process.wait()


@pytest.mark.parametrize("step", STEPS)
async def test_a_killed_sealer_gives_the_lease_back(opened: Opened, step: str) -> None:
    """The second batch meets SIGKILL; another process goes on from the chain's end."""
    db, dsns = opened
    tenant_id = uuid4()
    await write(db, tenant_id, 1200)
    assert await run_sealer(dsns, f"{step}=kill@2") == -signal.SIGKILL
    halfway = await verify(db, tenant_id)
    assert halfway.bad is None
    assert halfway.rows == (1000 if step == "audit.after_commit" else 500)
    assert await run_sealer(dsns, "") == 0
    await holds(db, tenant_id, 1200)


async def test_a_sealer_killed_with_counts_in_hand_loses_none(opened: Opened) -> None:
    db, dsns = opened
    tenant_id, clock = uuid4(), ManualClock(NOON)
    log = TallyLog(db, clock)
    tally = Tally(tenant_id, Action.CAMERA_REFUSED, "camera/gate", "LICENSE_EXPIRED")
    await log.note([tally] * 7, Actor("device", "d", "r"))
    await log.flush()
    assert await run_sealer(dsns, "audit.after_tallies_taken=kill") == -signal.SIGKILL
    assert await run_sealer(dsns, "") == 0
    async with db.worker() as conn:
        found = await conn.fetch("select details->>'count' as count from audit_log")
    assert [row["count"] for row in found] == ["7"]
    await holds(db, tenant_id, 1)


async def test_a_chain_that_cannot_be_sealed_holds_up_no_other(
    opened: Opened,
) -> None:
    """Somebody forged a row at the place that comes next."""
    db, dsns = opened
    forged, honest = uuid4(), uuid4()
    for tenant_id in (forged, honest):
        await write(db, tenant_id, 2)
    await sealer(db).seal_once()
    owner = await asyncpg.connect(dsns[Role.OWNER])
    try:
        await owner.execute("alter table audit_log no force row level security")
        await owner.execute("update audit_log set seq = 3 where tenant_id = $1 and seq = 2", forged)
    finally:
        await owner.close()
    for tenant_id in (forged, honest):
        await write(db, tenant_id, 1, "later")
    await sealer(db).seal_once()
    await holds(db, honest, 3)
    found = await verify(db, forged)
    assert found.bad is not None
    assert (found.bad.fault, found.bad.seq, found.unsealed) == (ChainFault.REMOVED, 2, 1)


async def test_the_clock_may_go_back(opened: Opened) -> None:
    db, _ = opened
    tenant_id, clock = uuid4(), ManualClock(NOON)
    await write(db, tenant_id, 2)
    await sealer(db, clock).seal_once()
    clock.turn_to(NOON - timedelta(days=2))
    await write(db, tenant_id, 2, "later")
    await sealer(db, clock).seal_once()
    await holds(db, tenant_id, 4)


SEAL = "update audit_log set seq = 1, sealed_at = now(), prev_hash = sha256(''), hash = sha256('')"
CHANGES = {
    "the application changes a row": (Role.APP, "update audit_log set action = 'x'"),
    "the application seals a row": (Role.APP, "update audit_log set seq = 9"),
    "the application removes a row": (Role.APP, "delete from audit_log"),
    "the application empties the log": (Role.APP, "truncate audit_log"),
    "the application moves a chain's end": (Role.APP, "update audit_heads set seq = 0"),
    "the application changes a count": (Role.APP, "update audit_tallies set count = 1"),
    "the vendor changes a row": (Role.VENDOR, "update audit_log set action = 'x'"),
    "the vendor removes a row": (Role.VENDOR, "delete from audit_log"),
    "the vendor moves a chain's end": (Role.VENDOR, "update audit_heads set seq = 0"),
    "a worker changes what a row tells": (Role.WORKER, f"{SEAL}, action = 'x'"),
    "a worker removes a row": (Role.WORKER, "delete from audit_log"),
    "a worker removes a chain's end": (Role.WORKER, "delete from audit_heads"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_no_role_that_serves_can_touch_what_was_written(
    shared: Database, change: str
) -> None:
    db, tenant_id = shared, uuid4()
    await write(db, tenant_id, 1)
    role, statement = CHANGES[change]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.tenant(tenant_id, role) as conn:
            await conn.execute(statement)


async def test_a_worker_seals_once_and_never_again(opened: Opened) -> None:
    db, _ = opened
    tenant_id = uuid4()
    await write(db, tenant_id, 3)
    await sealer(db).seal_once()
    async with db.worker() as conn:
        for statement in (
            "update audit_log set hash = prev_hash",
            "update audit_log set seq = null, sealed_at = null, prev_hash = null, hash = null",
        ):
            assert await conn.execute(statement) == "UPDATE 0"
    await holds(db, tenant_id, 3)


async def test_nobody_writes_a_row_that_is_sealed_already(shared: Database) -> None:
    for role in (Role.APP, Role.WORKER, Role.VENDOR):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with shared.tenant(uuid4(), role) as conn:
                await conn.execute(
                    "insert into audit_log (tenant_id, entry_id, recorded_at, actor_kind, actor_id,"
                    " request_id, action, resource, seq, sealed_at, prev_hash, hash)"
                    " values (gen_random_uuid(), gen_random_uuid(), now(), '', '', '', '', '', 1,"
                    " now(), decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'))"
                )
