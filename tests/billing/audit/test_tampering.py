"""Whoever owns the database changes the past: the first bad row is named."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from brinkbyte.audit.v1 import audit_service_pb2 as pb
from brinkbyte.audit.v1.audit_service_pb2_grpc import AuditServiceStub
from brinkbyte.tenant.v1 import tenant_service_pb2

from mesh.database import Role
from rights.audit_chain import START, AuditRow, row_hash, seal_rows
from tests.billing.audit.chains import sealed
from tests.billing.cloud_harness import Cloud, Tenant

ROWS = 8


@pytest.fixture(scope="module")
async def owner(billing: Cloud) -> AsyncIterator[asyncpg.Connection]:
    """The role that owns the tables, after it has freed itself of their policies."""
    connection = await asyncpg.connect(billing.dsns[Role.OWNER])
    await connection.execute("alter table audit_log no force row level security")
    await connection.execute("alter table audit_heads no force row level security")
    yield connection
    await connection.close()


@pytest.fixture
async def tenant(billing: Cloud) -> Tenant:
    """A tenant whose chain has eight sealed rows."""
    tenant = await billing.tenant()
    for _ in range(ROWS - 3):
        billing.clock.advance(timedelta(milliseconds=5))
        await billing.new_key(tenant.tenant_id, tenant_service_pb2.API_KEY_ROLE_TENANT_READ)
    found = await sealed(tenant.admin)
    assert (found.valid, found.rows, found.complete) == (True, ROWS, True)
    return tenant


async def kept_head(tenant: Tenant) -> str:
    answer = await AuditServiceStub(tenant.admin).GetAuditHead(pb.GetAuditHeadRequest())
    assert answer.head.seq == ROWS
    return str(answer.head.token)


async def verdict(tenant: Tenant, *kept: str) -> tuple[str, int]:
    """The fault and the first bad row."""
    found = await AuditServiceStub(tenant.admin).VerifyAuditChain(
        pb.VerifyAuditChainRequest(kept_heads=kept)
    )
    assert found.valid == (found.bad_seq == 0)
    assert (found.message == "") == found.valid
    return pb.ChainFault.Name(found.fault).removeprefix("CHAIN_FAULT_").lower(), found.bad_seq


GOOD = ("unspecified", 0)


@pytest.mark.parametrize(
    "column",
    [
        "actor_id = 'somebody'",
        "action = 'license.revoked'",
        "resource = 'license/x'",
        'details = \'{"role": "vendor_admin"}\'',
        "recorded_at = recorded_at + interval '1 microsecond'",
        "sealed_at = sealed_at - interval '1 day'",
        "entry_id = gen_random_uuid()",
        "hash = sha256('x')",
    ],
)
async def test_an_altered_row_is_named(
    owner: asyncpg.Connection, tenant: Tenant, column: str
) -> None:
    await owner.execute(
        f"update audit_log set {column} where tenant_id = $1 and seq = 5", tenant.uuid
    )
    assert await verdict(tenant) == ("altered", 5)


async def test_a_deleted_row_is_named(owner: asyncpg.Connection, tenant: Tenant) -> None:
    await owner.execute("delete from audit_log where tenant_id = $1 and seq = 4", tenant.uuid)
    assert await verdict(tenant) == ("removed", 4)


async def test_the_first_row_counts_too(owner: asyncpg.Connection, tenant: Tenant) -> None:
    await owner.execute("delete from audit_log where tenant_id = $1 and seq = 1", tenant.uuid)
    assert await verdict(tenant) == ("removed", 1)


async def test_closing_the_gap_does_not_help(owner: asyncpg.Connection, tenant: Tenant) -> None:
    await owner.execute("delete from audit_log where tenant_id = $1 and seq = 4", tenant.uuid)
    for seq in range(5, ROWS + 1):
        await owner.execute(
            "update audit_log set seq = $2 where tenant_id = $1 and seq = $3",
            *(tenant.uuid, seq - 1, seq),
        )
    assert await verdict(tenant) == ("altered", 4)


async def test_an_inserted_row_is_named(owner: asyncpg.Connection, tenant: Tenant) -> None:
    """Sealed well, at a place that is taken."""
    await owner.execute("alter table audit_log drop constraint if exists audit_log_seq_unique")
    forged = await read(owner, tenant.uuid, 5)
    previous = await owner.fetchval(
        "select prev_hash from audit_log where tenant_id = $1 and seq = 5", tenant.uuid
    )
    forged = AuditRow(tenant.uuid, UUID(int=2**128 - 1), *(getattr(forged, each) for each in REST))
    sealed_at = forged.recorded_at
    await put(owner, forged, 5, sealed_at, previous)
    assert await verdict(tenant) == ("inserted", 5)


async def test_swapped_rows_are_named(owner: asyncpg.Connection, tenant: Tenant) -> None:
    await owner.execute("alter table audit_log drop constraint if exists audit_log_seq_unique")
    await owner.execute(
        "update audit_log set seq = 9 - seq where tenant_id = $1 and seq in (4, 5)", tenant.uuid
    )
    assert await verdict(tenant) == ("altered", 4)


async def test_swapped_rows_with_seals_of_their_own_are_named(
    owner: asyncpg.Connection, tenant: Tenant
) -> None:
    """The forger computed both hashes anew, but the next row remembers."""
    fourth, fifth = [await read(owner, tenant.uuid, seq) for seq in (4, 5)]
    third = await owner.fetchval(
        "select hash from audit_log where tenant_id = $1 and seq = 3", tenant.uuid
    )
    await owner.execute("delete from audit_log where tenant_id = $1 and seq in (4, 5)", tenant.uuid)
    hash_of_4 = await put(owner, fifth, 4, fifth.recorded_at, third)
    await put(owner, fourth, 5, fifth.recorded_at, hash_of_4)
    assert await verdict(tenant) == ("reordered", 6)


async def test_a_cut_tail_is_named(owner: asyncpg.Connection, tenant: Tenant) -> None:
    await owner.execute("delete from audit_log where tenant_id = $1 and seq > 6", tenant.uuid)
    assert await verdict(tenant) == ("truncated", 7)


async def test_a_tail_that_was_cut_with_the_chains_end_needs_a_kept_head(
    owner: asyncpg.Connection, tenant: Tenant
) -> None:
    kept = await kept_head(tenant)
    await cut(owner, tenant.uuid, 6)
    assert await verdict(tenant) == GOOD
    assert await verdict(tenant, kept) == ("truncated", 7)


async def test_a_chain_that_grew_again_after_it_was_cut_is_another_one(
    billing: Cloud, owner: asyncpg.Connection, tenant: Tenant
) -> None:
    kept = await kept_head(tenant)
    await cut(owner, tenant.uuid, 6)
    for _ in range(3):
        await billing.new_key(tenant.tenant_id, tenant_service_pb2.API_KEY_ROLE_TENANT_READ)
    assert (await sealed(tenant.admin)).rows == 9
    assert await verdict(tenant) == GOOD
    assert await verdict(tenant, kept) == ("rewritten", 8)


async def test_a_chain_rewritten_to_its_end_needs_a_kept_head(
    owner: asyncpg.Connection, tenant: Tenant
) -> None:
    kept = await kept_head(tenant)
    past = [await read(owner, tenant.uuid, seq) for seq in range(1, ROWS + 1)]
    past[2] = AuditRow(tenant.uuid, uuid4(), *(getattr(past[2], each) for each in REST))
    await owner.execute("delete from audit_log where tenant_id = $1", tenant.uuid)
    for row, seal in zip(past, seal_rows(past, START, past[0].recorded_at), strict=True):
        await put(owner, row, seal.seq, seal.sealed_at, seal.prev_hash)
    await owner.execute(
        "update audit_heads set hash = $2 where tenant_id = $1", tenant.uuid, seal.hash
    )
    assert await verdict(tenant) == GOOD
    assert await verdict(tenant, kept) == ("rewritten", 8)


async def test_a_row_that_was_unsealed_to_be_changed_is_named(
    owner: asyncpg.Connection, tenant: Tenant
) -> None:
    """The sealer gives it a new place in a moment; the old one stays empty."""
    await owner.execute(
        "update audit_log set action = 'x.y', seq = null, sealed_at = null, prev_hash = null,"
        " hash = null where tenant_id = $1 and seq = $2",
        *(tenant.uuid, ROWS),
    )
    assert await verdict(tenant) in {("truncated", ROWS), ("removed", ROWS)}


async def test_rows_behind_the_chains_end_are_named(
    owner: asyncpg.Connection, tenant: Tenant
) -> None:
    await owner.execute("delete from audit_heads where tenant_id = $1", tenant.uuid)
    assert await verdict(tenant) == ("inserted", 1)


REST = (
    *("recorded_at", "actor_kind", "actor_id", "request_id"),
    *("action", "resource", "details"),
)


async def read(owner: asyncpg.Connection, tenant_id: UUID, seq: int) -> AuditRow:
    row = await owner.fetchrow(
        "select * from audit_log where tenant_id = $1 and seq = $2", tenant_id, seq
    )
    told: list[Any] = [row[each] for each in REST[:-1]]
    return AuditRow(tenant_id, row["entry_id"], *told, json.loads(row["details"]))


async def put(
    owner: asyncpg.Connection, row: AuditRow, seq: int, sealed_at: Any, previous: bytes
) -> bytes:
    """Adds a row with a seal that fits it, and returns its hash."""
    digest = row_hash(row, seq, sealed_at, previous)
    await owner.execute(
        "insert into audit_log values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        *(row.tenant_id, row.entry_id, row.recorded_at, row.actor_kind, row.actor_id),
        *(row.request_id, row.action, row.resource, json.dumps(dict(row.details))),
        *(seq, sealed_at, previous, digest),
    )
    return digest


async def cut(owner: asyncpg.Connection, tenant_id: UUID, seq: int) -> None:
    """Removes what follows the place and makes it the chain's end."""
    await owner.execute("delete from audit_log where tenant_id = $1 and seq > $2", tenant_id, seq)
    await owner.execute(
        "update audit_heads h set seq = l.seq, hash = l.hash from audit_log l"
        " where h.tenant_id = $1 and l.tenant_id = $1 and l.seq = $2",
        *(tenant_id, seq),
    )
