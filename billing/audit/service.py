"""Rules of the audit log: who reads which chain, and its signed head."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.audit import store
from billing.audit.entry import AuditEvent, EventFilter
from billing.audit.verification import Verification, verify_chain
from billing.licenses.keys import LicenseKeys
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

    def __init__(self, keys: LicenseKeys, issuer: str) -> None:
        """`keys` sign heads in the name of `issuer`."""
        self._keys = keys
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
        self, unit: Unit | VendorUnit, kept_head: str, only_after: bool
    ) -> tuple[Verification, SignedHead]:
        """What of the chain holds, and a signed head of its last row that does.

        `kept_head` may be empty; with `only_after` reading begins at its row. Raises
        InvalidArgument naming `kept_head`.
        """
        kept = [self._read(unit, kept_head)] if kept_head else []
        if only_after and not kept:
            raise InvalidArgument.field("kept_head", "needed to begin after it")
        first = max(kept[0].seq, 1) if only_after else 1
        found = await verify_chain(unit.conn, _chain(unit), kept, first=first, limit=MAX_ROWS)
        return found, self._sign(unit, found.end)

    def _read(self, unit: Unit | VendorUnit, token: str) -> ChainPosition:
        try:
            keys = self._keys.key_set
            return read_head(token, keys, issuer=self._issuer, tenant_id=_chain(unit)).position
        except TokenInvalid as error:
            raise InvalidArgument.field("kept_head", error.text) from None

    def _sign(self, unit: Unit | VendorUnit, position: ChainPosition) -> SignedHead:
        signed_at: datetime = unit.now.replace(microsecond=0)
        head = AuditHead(self._issuer, _chain(unit), position, signed_at)
        return SignedHead(head, sign_head(head, self._keys.signing))


def _chain(unit: Unit | VendorUnit) -> UUID:
    return unit.tenant_id if isinstance(unit, Unit) else VENDOR_CHAIN
