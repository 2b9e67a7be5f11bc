"""Rules of features: which one a camera may use now, and what granted it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.licenses.answers import answer
from billing.licenses.service import LicensesService, Rights
from billing.unit import Unit
from mesh.errors import InvalidArgument
from rights.catalog.model import BASE_PACK, Catalog, Feature
from rights.claims import Epoch
from rights.decision import Refusal, decide_feature
from rights.licenses import CameraLicense, LicenseMode

CACHE_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The answer for one feature. `reason` is the name of an ErrorReason without its prefix,
    None when allowed; `origin` is `base`, `trial`, `camera` or `tenant`, empty when refused."""

    feature: str
    growth_pack: str
    allowed: bool
    reason: str | None
    message: str
    origin: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers and the epoch that they belong to; `cached_until` is aware, UTC."""

    entitlements: tuple[Entitlement, ...]
    cached_until: datetime
    epoch: Epoch


class EntitlementsService:
    """Decides features from the camera's licence and the tenant's packs."""

    def __init__(self, catalog: Catalog, licenses: LicensesService) -> None:
        """`catalog` knows the features, `licenses` what the camera holds."""
        self._catalog = catalog
        self._licenses = licenses

    async def check(self, unit: Unit, camera_id: str, feature: str) -> Checked:
        """One feature. Raises InvalidArgument naming `feature` when it is unknown."""
        known = self._catalog.features.get(feature)
        if known is None:
            raise InvalidArgument.field("feature", f"the catalogue has no feature {feature!r}")
        return await self._decide(unit, camera_id, (known,))

    async def check_all(self, unit: Unit, camera_id: str) -> Checked:
        """Every feature of the catalogue, by name."""
        features = tuple(self._catalog.features[name] for name in sorted(self._catalog.features))
        return await self._decide(unit, camera_id, features)

    async def _decide(self, unit: Unit, camera_id: str, features: tuple[Feature, ...]) -> Checked:
        rights = await self._licenses.rights(unit, [camera_id])
        held = rights.cameras.get(camera_id)
        until = unit.now + CACHE_FOR
        if held is not None and unit.now < held.valid_until < until:
            until = held.valid_until
        answers = tuple(
            self._entitlement(rights, camera_id, held, each, unit.now) for each in features
        )
        return Checked(answers, until, rights.row.epoch)

    def _entitlement(
        self,
        rights: Rights,
        camera_id: str,
        held: CameraLicense | None,
        feature: Feature,
        now: datetime,
    ) -> Entitlement:
        decision = decide_feature(self._catalog, held, feature.name, now)
        if decision.allowed and held is not None:
            origin = _origin(rights, held, feature.pack)
            return Entitlement(feature.name, feature.pack, True, None, "", origin)
        if decision.reason is Refusal.FEATURE_NOT_LICENSED:
            message = f"The pack {feature.pack} is not enabled for camera {camera_id}. Add it."
            return Entitlement(feature.name, feature.pack, False, decision.reason, message, "")
        camera = answer(rights.row, camera_id, held, now)
        return Entitlement(feature.name, feature.pack, False, camera.reason, camera.message, "")


def _origin(rights: Rights, held: CameraLicense, pack: str) -> str:
    if pack == BASE_PACK:
        return "trial" if held.mode is LicenseMode.TRIAL else "base"
    return "tenant" if pack in rights.row.license.growth_packs else "camera"
