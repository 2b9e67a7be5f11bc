"""Offline bundles at the node: a file takes the place of the cloud's answer."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from edge.licensing.clock import ForwardClock
from edge.licensing.held import HeldRights, SignedLicense
from edge.licensing.records import LONGEST_CACHE, store_bundled
from edge.licensing.store import StoredLicense
from edge.licensing.trust import Trust
from mesh.errors import FailedPrecondition
from rights.bundles import OfflineBundle
from rights.claims import Epoch, LicenseClaims
from rights.errors import ListOlder, TokenInvalid
from rights.feature_rules import FeatureRules


@dataclass(frozen=True, slots=True)
class Imported:
    """What a bundle brought. Moments are aware: when it was signed, and until when at the latest
    something of it runs. `rules` are None in a bundle of an older cloud."""

    issued_at: datetime
    expires_at: datetime
    epoch: Epoch
    held: dict[str, HeldRights]
    rows: tuple[StoredLicense, ...]
    rules: FeatureRules | None


class BundleReader:
    """Verifies bundles against the trusted keys and the device's own key."""

    def __init__(self, trust: Trust, clock: ForwardClock) -> None:
        """`clock` learns the time at which a bundle was signed."""
        self._trust = trust
        self._clock = clock

    async def take(self, text: str) -> Imported:
        """What the bundle allows; its keys are trusted from now on.

        Raises FailedPrecondition: TOKEN_INVALID for a bundle that is not genuine or not for this
        device, LICENSE_EXPIRED, STATE_CONFLICT for one that is older than what is held.
        """
        try:
            bundle = self._trust.open_bundle(text)
            self._check_age(bundle)
            self._clock.read(bundle.issued_at)
            await self._take_list(bundle)
            claims = self._trust.believe(bundle.device_token)
        except TokenInvalid as error:
            raise FailedPrecondition(error.error_reason, "offline bundle", error.text) from error
        await self._trust.adopt(bundle.keys)
        return self._imported(bundle, claims)

    async def _take_list(self, bundle: OfflineBundle) -> None:
        """What the bundle says is revoked; a newer list that is held stays."""
        if bundle.revocation_list:
            with suppress(ListOlder):
                await self._trust.take_list(bundle.revocation_list)

    def _check_age(self, bundle: OfflineBundle) -> None:
        held = self._clock.state.signed
        if held is not None and bundle.issued_at < held:
            raise FailedPrecondition(
                "STATE_CONFLICT",
                "offline bundle",
                f"the bundle was signed at {bundle.issued_at.isoformat()}, and what the node holds "
                f"at {held.isoformat()}; export a new one",
            )

    def _imported(self, bundle: OfflineBundle, claims: LicenseClaims) -> Imported:
        now = self._clock.now()
        cameras = claims.bundle.cameras if claims.bundle is not None else ()
        held = {}
        for camera in cameras:
            signed = SignedLicense.of(claims, camera)
            held[camera.camera_id] = HeldRights(signed, None, now + LONGEST_CACHE, "bundle")
        rows = tuple(store_bundled(each, bundle.device_token, now) for each in held.values())
        return Imported(
            bundle.issued_at, claims.expires_at, bundle.epoch, held, rows, claims.feature_rules
        )
