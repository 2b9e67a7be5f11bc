"""What `brinkbyte audit` does, over a running cloud or straight on its database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from brinkbyte.audit.v1 import audit_service_pb2 as pb
from brinkbyte.audit.v1.audit_service_pb2_grpc import AuditServiceStub

from billing.audit import store
from billing.audit.verification import verify_chain
from deploy.cli.cloud import Cloud, read_file
from mesh.database import Database, Role
from mesh.errors import ConfigError, StartError
from rights.audit_chain import Position
from rights.audit_head import VENDOR, AuditHead, chain_name, parse_chain, read_head
from rights.errors import KeyRefused, TokenInvalid
from rights.keys import KeySet

_VERIFY_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a chain holds, and what to tell about it."""

    chain: str
    valid: bool
    text: str


def newest(cloud: Cloud, tenant: str, action: str, limit: int) -> list[str]:
    """One line a row, newest first. Raises MeshError."""
    request = pb.ListAuditEventsRequest(tenant_id=tenant, action=action, page_size=limit)
    answer = cloud.ask(lambda api: AuditServiceStub(api).ListAuditEvents(request))
    return [_line(event) for event in answer.events]


def signed_head(cloud: Cloud, tenant: str) -> str:
    """The token of the chain's head. Raises MeshError."""
    request = pb.GetAuditHeadRequest(tenant_id=tenant)
    answer = cloud.ask(lambda api: AuditServiceStub(api).GetAuditHead(request))
    return str(answer.head.token)


def check_server(cloud: Cloud, tenant: str, kept: Sequence[Path]) -> list[Finding]:
    """Verifies one chain through the API. Raises MeshError."""
    request = pb.VerifyAuditChainRequest(
        tenant_id="" if tenant == VENDOR else tenant,
        kept_heads=[read_file(path).strip() for path in kept],
    )
    return [cloud.ask(lambda api: _check_with(AuditServiceStub(api), request))]


async def check_database(
    url: str, tenant: str, kept: Sequence[Path], jwks: Path | None
) -> list[Finding]:
    """Verifies one chain or all of them, and every kept head. Raises StartError, MeshError."""
    heads = _read_heads(kept, jwks)
    db = await Database.open({Role.VENDOR: url}, pool_size=1)
    try:
        async with db.vendor() as conn:
            if not await store.sees_every_chain(conn):
                raise StartError("this role is not shown every chain; use the vendor role's URL")
            chains = [_chain(tenant)] if tenant else await store.chains(conn)
        wanted = {*chains, *(head.tenant_id for head in heads if not tenant)}
        return [await _check_chain(db, each, heads) for each in sorted(wanted)]
    finally:
        await db.close()


async def _check_with(stub: AuditServiceStub, request: pb.VerifyAuditChainRequest) -> Finding:
    chain, rows = request.tenant_id or "chain", 0
    while True:
        found = await stub.VerifyAuditChain(request, timeout=_VERIFY_TIMEOUT_S)
        rows += found.rows
        if not found.valid:
            return Finding(chain, False, found.message)
        if found.complete:
            return Finding(chain, True, _good(rows, found.head.seq, found.unsealed))
        request.after_head = found.head.token
        rows -= 1  # the row of the head is read again


async def _check_chain(db: Database, tenant_id: UUID, heads: Sequence[AuditHead]) -> Finding:
    kept: list[Position] = [head.position for head in heads if head.tenant_id == tenant_id]
    async with db.vendor() as conn:
        found = await verify_chain(conn, tenant_id, kept)
    chain = chain_name(tenant_id)
    if found.bad is not None:
        return Finding(chain, False, found.bad.message)
    return Finding(chain, True, _good(found.rows, found.end.seq, found.unsealed))


def _good(rows: int, seq: int, unsealed: int) -> str:
    return f"{rows} rows hold, the last is row {seq}; {unsealed} wait for their place"


def _line(event: pb.AuditEvent) -> str:
    details = " ".join(f"{name}={event.details[name]}" for name in sorted(event.details))
    moment = event.recorded_at.ToJsonString()
    actor = f"{event.actor_kind}:{event.actor_id}"
    return (
        f"{moment} {event.seq or '-'} {event.action} {event.resource} by {actor} {details}".strip()
    )


def _chain(name: str) -> UUID:
    tenant_id = parse_chain(name)
    if tenant_id is None:
        raise ConfigError(f"--tenant: {name!r} is neither cust_…, a UUID nor {VENDOR}")
    return tenant_id


def _read_heads(kept: Sequence[Path], jwks: Path | None) -> list[AuditHead]:
    if not kept:
        return []
    if jwks is None:
        raise ConfigError(
            "--head needs --jwks: the keys that signed it, as the cloud publishes them"
        )
    try:
        keys = KeySet.from_jwks(json.loads(read_file(jwks)))
    except (KeyRefused, ValueError, AttributeError) as error:
        raise ConfigError(f"{jwks}: no JWK set: {error}") from None
    return [_read_head(path, keys) for path in kept]


def _read_head(path: Path, keys: KeySet) -> AuditHead:
    try:
        return read_head(read_file(path).strip(), keys)
    except TokenInvalid as error:
        raise ConfigError(f"{path}: {error.text}") from None
