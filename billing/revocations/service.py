"""Rules of the revocation list: what voids a tenant's tokens, and the signed list of it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from billing.devices.service import DevicesService
from billing.keys.ring import KeyRing
from billing.licenses.service import LicensesService
from billing.revocations import store
from billing.unit import Unit, Units
from mesh.errors import MeshError
from rights.claims import Epoch
from rights.errors import TokenInvalid
from rights.ids import render_tenant
from rights.revocations import MAX_RETIRED_DEVICES, RevocationList, sign_list

LONGEST_TOKEN = timedelta(days=366)
MAX_PUSHED = 16 * 1024
"""Characters of a list that goes to every stream of its tenant."""


@dataclass(frozen=True, slots=True)
class SignedList:
    """The list as a token, and the epoch that it belongs to."""

    token: str
    epoch: Epoch


class RevocationsService:
    """Signs lists with the key that signs tokens."""

    def __init__(
        self,
        units: Units,
        ring: KeyRing,
        licenses: LicensesService,
        devices: DevicesService,
        issuer: str,
    ) -> None:
        """`issuer` is the `iss` of every list, as of every token."""
        self._units = units
        self._ring = ring
        self._licenses = licenses
        self._devices = devices
        self._issuer = issuer

    async def pushed(self, tenant_id: UUID) -> str:
        """The list for the streams of a tenant; empty when it is too long for them or cannot be
        signed now: a device fetches it with its next refresh all the same."""
        try:
            async with self._units.reading(tenant_id) as unit:
                signed = await self.signed_list(unit)
        except (MeshError, TokenInvalid):
            return ""
        return signed.token if len(signed.token) <= MAX_PUSHED else ""

    async def signed_list(self, unit: Unit) -> SignedList:
        """The list as it stands now. Raises NotFound, Unavailable when no key may sign."""
        epoch = await self._licenses.epoch(unit)
        retired = await self._devices.retired_since(
            unit, unit.now - LONGEST_TOKEN, MAX_RETIRED_DEVICES
        )
        revocations = RevocationList(
            issuer=self._issuer,
            customer_id=render_tenant(unit.tenant_id),
            list_id=str(uuid4()),
            issued_at=unit.now.replace(microsecond=0),
            epoch=epoch,
            trust=self._ring.trust,
            void_before=await store.void_before(unit.conn, unit.tenant_id),
            retired_devices=frozenset(str(each) for each in retired),
        )
        return SignedList(sign_list(revocations, self._ring.signing), epoch)
