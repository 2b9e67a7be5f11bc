"""KeyService on the wire."""

from typing import Any

from brinkbyte.license.v1 import key_service_pb2 as pb
from brinkbyte.license.v1 import key_service_pb2_grpc as rpc

from billing.keys.ring import KeyRing
from billing.keys.service import KeysService, page_of_keys, read_ledger
from billing.keys.store import KeyRow
from billing.paging import PageRequest
from billing.unit import Units
from billing.wire import stamp, trust

_STATES = {
    "next": pb.SIGNING_KEY_STATE_NEXT,
    "signing": pb.SIGNING_KEY_STATE_SIGNING,
    "verifying": pb.SIGNING_KEY_STATE_VERIFYING,
    "retired": pb.SIGNING_KEY_STATE_RETIRED,
}


class KeyServicer(rpc.KeyServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, keys: KeysService, ring: KeyRing) -> None:
        """Transactions, rules, and the keys of this replica."""
        self._units = units
        self._keys = keys
        self._ring = ring

    async def ListSigningKeys(
        self, request: pb.ListSigningKeysRequest, _: Any
    ) -> pb.ListSigningKeysResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token)
        async with self._units.vendor() as unit:
            ledger = await read_ledger(unit.conn)
        page = page_of_keys(ledger, wanted)
        return pb.ListSigningKeysResponse(
            keys=[self._key(row) for row in page.rows],
            trust=trust(ledger.trust),
            next_page_token=page.next_token,
        )

    async def RotateSigningKey(
        self, request: pb.RotateSigningKeyRequest, _: Any
    ) -> pb.RotateSigningKeyResponse:
        """See the contract."""
        await self._ring.refresh()
        async with self._units.vendor() as unit:
            rotated = await self._keys.rotate(
                unit, request.kid, self._ring.held, at_once=request.at_once
            )
        await self._ring.refresh()
        former = self._key(rotated.former) if rotated.former is not None else None
        return pb.RotateSigningKeyResponse(signing=self._key(rotated.signing), former=former)

    async def RetireSigningKey(
        self, request: pb.RetireSigningKeyRequest, _: Any
    ) -> pb.RetireSigningKeyResponse:
        """See the contract."""
        await self._ring.refresh()
        async with self._units.vendor() as unit:
            ledger = await self._keys.retire(unit, request.kid)
        await self._ring.refresh()
        signing = self._key(ledger.signing) if ledger.signing is not None else None
        return pb.RetireSigningKeyResponse(
            retired=self._key(ledger.find(request.kid)),
            signing=signing,
            trust=trust(ledger.trust),
        )

    def _key(self, row: KeyRow) -> pb.SigningKey:
        return pb.SigningKey(
            kid=row.kid,
            state=_STATES[row.state],
            public_key_pem=row.public_key_pem,
            published_at=stamp(row.published_at),
            signing_from=stamp(row.signing_from),
            signing_until=stamp(row.signing_until),
            retired_at=stamp(row.retired_at),
            retired_in_epoch=row.retired_in_epoch or 0,
            held=row.kid in self._ring.held,
        )
