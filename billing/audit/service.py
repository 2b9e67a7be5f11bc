"""Rules of the audit log: who reads which chain, and its signed head."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.audit import store
from billing.audit.entry import AuditEvent, EventFilter
from billing.audit.verification import Verification, verify_chain
from billing.keys.ring import KeyRing
from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit, VendorUnit
from mesh.errors import InvalidArgument
from rights.audit_chain import VENDOR_CHAIN
from rights.audit_chain import Position as ChainPosition
from rights.audit_head import AuditHead, read_head, sign_head
from rights.errors import TokenInvalid

MAX_ROWS = 100_000
"""Rows that one call verifies."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and its token."""

    head: AuditHead
    token: str


class AuditService:
    """A tenant's unit reads the tenant's chain, a vendor's unit the vendor's own."""

    def __init__(self, ring: KeyRing, issuer: str) -> None:
        """The key that signs licences signs heads, in the name of `issuer`."""
        self._ring = ring
        self._issuer = issuer

    async def page(
        self, unit: Unit | VendorUnit, wanted: EventFilter, request: PageRequest
    ) -> Page[AuditEvent]:
        """Rows, newest first, sealed or not."""
        rows = await store.page(unit.conn, _chain(unit), wanted, request)
        return page_of(
            request, rows, lambda event: Position(event.row.recorded_at, str(event.row.entry_id))
        )

    async def head(self, unit: Unit | VendorUnit) -> SignedHead:
        """Where the chain ends now, signed, to be kept elsewhere."""
        return self._sign(unit, await store.head(unit.conn, _chain(unit)))

    async def verify(
        self, unit: Unit | VendorUnit, kept_heads: Sequence[str], after_head: str
    ) -> tuple[Verification, SignedHead]:
        """What of the chain holds, and a signed head of its last row that does.

        Reading begins at the row of `after_head`, if there is one. Raises InvalidArgument naming
        `kept_heads` or `after_head`.
        """
        kept = [
            self._read(unit, f"kept_heads[{index}]", token)
            for index, token in enumerate(kept_heads)
        ]
        first = 1
        if after_head:
            kept.append(self._read(unit, "after_head", after_head))
            first = max(kept[-1].seq, 1)
        found = await verify_chain(unit.conn, _chain(unit), kept, first=first, limit=MAX_ROWS)
        return found, self._sign(unit, found.end)

    def _read(self, unit: Unit | VendorUnit, field: str, token: str) -> ChainPosition:
        try:
            head = read_head(token.strip(), self._ring.keys)
        except TokenInvalid as error:
            raise InvalidArgument.field(field, error.text) from None
        if (head.issuer, head.tenant_id) != (self._issuer, _chain(unit)):
            raise InvalidArgument.field(field, "the head is of another chain")
        return head.position

    def _sign(self, unit: Unit | VendorUnit, position: ChainPosition) -> SignedHead:
        signed_at: datetime = unit.now.replace(microsecond=0)
        head = AuditHead(self._issuer, _chain(unit), position, signed_at)
        return SignedHead(head, sign_head(head, self._ring.signing))


def _chain(unit: Unit | VendorUnit) -> UUID:
    return unit.tenant_id if isinstance(unit, Unit) else VENDOR_CHAIN
