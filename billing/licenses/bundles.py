"""Offline bundles: what one device may run, signed as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from billing.audit.actions import Action
from billing.devices.service import DevicesService
from billing.keys.ring import KeyRing
from billing.licenses.answers import CameraAnswer
from billing.licenses.book import Asked
from billing.licenses.cameras import store
from billing.licenses.tokens import TokenIssuer
from billing.licenses.validation import Rights, ValidationService
from billing.revocations.service import RevocationsService
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.errors import FailedPrecondition, InvalidArgument
from rights.bundles import OfflineBundle, seal_bundle
from rights.errors import TokenInvalid
from rights.ids import render_tenant


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """The file's text, what each camera was told, and when (aware) all of it ends."""

    text: str
    answers: Sequence[CameraAnswer]
    expires_at: datetime


class BundleIssuer:
    """Signs bundles."""

    def __init__(
        self,
        validation: ValidationService,
        devices: DevicesService,
        terms: TermsReader,
        tokens: TokenIssuer,
        revocations: RevocationsService,
        *,
        ring: KeyRing,
        issuer: str,
    ) -> None:
        """`tokens` signs the licence token within, by the tenant's `terms`; `issuer` is the
        `iss` of both."""
        self._validation = validation
        self._devices = devices
        self._terms = terms
        self._tokens = tokens
        self._revocations = revocations
        self._ring = ring
        self._issuer = issuer

    async def export(self, unit: Unit, device_id: UUID, camera_ids: Sequence[str]) -> SignedBundle:
        """A bundle over these cameras, or over those that are bound to the device.

        Raises NotFound, InvalidArgument naming `camera_ids`, FailedPrecondition.
        """
        device = await self._devices.require(unit, device_id)
        if device.retired_at is not None:
            raise FailedPrecondition("STATE_CONFLICT", f"device/{device_id}", "it was retired")
        wanted = camera_ids or await store.bound_to(unit.conn, unit.tenant_id, device_id)
        if not wanted:
            raise InvalidArgument.field("camera_ids", "the device has no cameras yet; name them")
        asked = [Asked(camera_id) for camera_id in wanted]
        answers, rights = await self._validation.validate(unit, asked, device_id)
        signed = self._tokens.for_device(
            unit.tenant_id,
            rights,
            await self._terms.read(unit),
            unit.now,
            device_id=device_id,
            thumbprint=device.key_thumbprint,
        )
        if signed is None:
            raise _over(rights)
        unit.audit(Action.TOKEN_ISSUED, f"device/{device_id}", offline=True)
        bundle = OfflineBundle(
            issuer=self._issuer,
            bundle_id=str(uuid4()),
            customer_id=render_tenant(unit.tenant_id),
            device_id=str(device_id),
            key_thumbprint=device.key_thumbprint,
            issued_at=unit.now.replace(microsecond=0),
            device_token=signed.token,
            keys=self._ring.keys,
            epoch=rights.row.epoch,
            revocation_list=(await self._revocations.signed_list(unit)).token,
        )
        return SignedBundle(self._seal(bundle), answers, signed.expires_at)

    def _seal(self, bundle: OfflineBundle) -> str:
        try:
            return seal_bundle(bundle, self._ring.signing)
        except TokenInvalid as error:
            raise InvalidArgument.field(
                "camera_ids", f"too many for one bundle: {error.text}"
            ) from None


def _over(rights: Rights) -> FailedPrecondition:
    if rights.row.license.status == "revoked":
        return FailedPrecondition(
            "LICENSE_REVOKED", "license", "the licence was revoked; ask for a new one"
        )
    return FailedPrecondition(
        "LICENSE_EXPIRED", "license", "the licence and its grace are over; renew it"
    )
