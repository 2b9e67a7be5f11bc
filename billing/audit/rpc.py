"""AuditService on the wire."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from brinkbyte.audit.v1 import audit_service_pb2 as pb
from brinkbyte.audit.v1 import audit_service_pb2_grpc as rpc

from billing.audit.entry import AuditEvent, EventFilter
from billing.audit.service import AuditService, SignedHead
from billing.paging import PageRequest
from billing.unit import Unit, Units, VendorUnit
from billing.wire import moment, stamp
from mesh.call import current_call
from mesh.principal import PrincipalKind


class AuditServicer(rpc.AuditServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, audit: AuditService) -> None:
        """Transactions and rules."""
        self._units = units
        self._audit = audit

    async def ListAuditEvents(
        self, request: pb.ListAuditEventsRequest, _: Any
    ) -> pb.ListAuditEventsResponse:
        """See the contract."""
        wanted = EventFilter(
            request.action,
            _moment("since", request),
            _moment("until", request),
        )
        page_request = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._chain(request.tenant_id) as unit:
            page = await self._audit.page(unit, wanted, page_request)
        return pb.ListAuditEventsResponse(
            events=[_event(each) for each in page.rows], next_page_token=page.next_token
        )

    async def GetAuditHead(
        self, request: pb.GetAuditHeadRequest, _: Any
    ) -> pb.GetAuditHeadResponse:
        """See the contract."""
        async with self._chain(request.tenant_id) as unit:
            signed = await self._audit.head(unit)
        return pb.GetAuditHeadResponse(head=_head(signed))

    async def VerifyAuditChain(
        self, request: pb.VerifyAuditChainRequest, _: Any
    ) -> pb.VerifyAuditChainResponse:
        """See the contract."""
        async with self._chain(request.tenant_id) as unit:
            found, signed = await self._audit.verify(unit, request.kept_heads, request.after_head)
        bad = found.bad
        return pb.VerifyAuditChainResponse(
            valid=bad is None,
            rows=found.rows,
            fault=f"CHAIN_FAULT_{bad.fault.name if bad else 'UNSPECIFIED'}",
            bad_seq=bad.seq if bad else 0,
            bad_entry_id=str(bad.entry_id) if bad and bad.entry_id else "",
            message=bad.message if bad else "",
            complete=found.complete,
            unsealed=found.unsealed,
            head=_head(signed),
        )

    def _chain(self, tenant_id: str) -> AbstractAsyncContextManager[Unit | VendorUnit]:
        """The vendor that names no tenant reads its own chain."""
        if not tenant_id and current_call().principal.kind is PrincipalKind.VENDOR:
            return self._units.vendor()
        return self._units.tenant(tenant_id)


def _moment(
    field: Literal["since", "until"], request: pb.ListAuditEventsRequest
) -> datetime | None:
    return moment(field, getattr(request, field)) if request.HasField(field) else None


def _event(event: AuditEvent) -> pb.AuditEvent:
    row, seal = event.row, event.seal
    return pb.AuditEvent(
        entry_id=str(row.entry_id),
        recorded_at=stamp(row.recorded_at),
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        request_id=row.request_id,
        action=row.action,
        resource=row.resource,
        details=row.details,
        seq=seal.seq if seal else 0,
        sealed_at=stamp(seal.sealed_at) if seal else None,
        prev_hash=seal.prev_hash.hex() if seal else "",
        hash=seal.hash.hex() if seal else "",
    )


def _head(signed: SignedHead) -> pb.AuditHead:
    return pb.AuditHead(
        seq=signed.head.position.seq,
        hash=signed.head.position.hash.hex(),
        signed_at=stamp(signed.head.signed_at),
        token=signed.token,
    )
