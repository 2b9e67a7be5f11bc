"""VendorKeyService on the wire."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from brinkbyte.vendor.v1 import vendor_key_service_pb2 as pb
from brinkbyte.vendor.v1 import vendor_key_service_pb2_grpc as rpc

from billing.paging import PageRequest
from billing.unit import Units
from billing.vendor_keys.service import VendorKeysService
from billing.vendor_keys.store import VendorKeyRow
from billing.wire import stamp


class VendorKeyServicer(rpc.VendorKeyServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, keys: VendorKeysService) -> None:
        """Transactions and rules."""
        self._units = units
        self._keys = keys

    async def CreateVendorKey(
        self, request: pb.CreateVendorKeyRequest, _: Any
    ) -> pb.CreateVendorKeyResponse:
        """See the contract."""
        expires_in = timedelta(seconds=request.expires_in_seconds) or None
        async with self._units.vendor() as unit:
            key = await self._keys.create(unit, request.display_name, expires_in)
        return pb.CreateVendorKeyResponse(key_id=str(key.key_id), api_key=key.api_key)

    async def ListVendorKeys(
        self, request: pb.ListVendorKeysRequest, _: Any
    ) -> pb.ListVendorKeysResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.vendor() as unit:
            page = await self._keys.page(unit, wanted)
        return pb.ListVendorKeysResponse(
            keys=[_pack(row) for row in page.rows], next_page_token=page.next_token
        )

    async def RotateVendorKey(
        self, request: pb.RotateVendorKeyRequest, _: Any
    ) -> pb.RotateVendorKeyResponse:
        """See the contract."""
        overlap = timedelta(seconds=request.overlap_seconds)
        async with self._units.vendor() as unit:
            key, ends_at = await self._keys.rotate(unit, UUID(request.key_id), overlap)
        return pb.RotateVendorKeyResponse(
            key_id=str(key.key_id), api_key=key.api_key, old_key_expires_at=stamp(ends_at)
        )

    async def RevokeVendorKey(
        self, request: pb.RevokeVendorKeyRequest, _: Any
    ) -> pb.RevokeVendorKeyResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            revoked_at = await self._keys.revoke(unit, UUID(request.key_id))
        return pb.RevokeVendorKeyResponse(revoked_at=stamp(revoked_at))


def _pack(row: VendorKeyRow) -> pb.VendorKey:
    return pb.VendorKey(
        key_id=str(row.key_id),
        prefix=row.key_prefix,
        display_name=row.display_name,
        created_at=stamp(row.created_at),
        last_used_at=stamp(row.last_used_at),
        expires_at=stamp(row.expires_at),
        revoked_at=stamp(row.revoked_at),
        replaced_by=str(row.replaced_by) if row.replaced_by else "",
    )
