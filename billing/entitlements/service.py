"""Rules of features: which one a camera may use now, and what granted it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.catalog.live import Catalogs
from billing.licenses.answers import message_of
from billing.licenses.book import Asked, Book
from billing.licenses.reader import BookReader
from billing.unit import Unit
from mesh.errors import InvalidArgument
from rights.catalog.model import BASE_PACK, Catalog, Feature
from rights.claims import Epoch
from rights.decision import feature_steps
from rights.licenses import CameraLicense, LicenseMode
from rights.steps import Step, walk

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

    def __init__(self, catalogs: Catalogs, books: BookReader) -> None:
        """`catalogs` know the features, `books` what the camera holds."""
        self._catalogs = catalogs
        self._books = books

    async def check(self, unit: Unit, camera_id: str, feature: str) -> Checked:
        """One feature. Raises InvalidArgument naming `feature` when it is unknown."""
        catalog = await self._catalogs.knowing(unit.conn, lambda each: feature in each.features)
        known = catalog.features.get(feature)
        if known is None:
            raise InvalidArgument.field("feature", f"the catalogue has no feature {feature!r}")
        return await self._decide(unit, camera_id, catalog, (known,))

    async def check_all(self, unit: Unit, camera_id: str) -> Checked:
        """Every feature of the catalogue, by name."""
        catalog = self._catalogs.live
        features = tuple(catalog.features[name] for name in sorted(catalog.features))
        return await self._decide(unit, camera_id, catalog, features)

    async def _decide(
        self, unit: Unit, camera_id: str, catalog: Catalog, features: tuple[Feature, ...]
    ) -> Checked:
        asked = Asked(camera_id)
        book = await self._books.read(unit, [asked])
        steps = book.steps(asked, unit.principal.device_id, unit.now)
        held = book.license(camera_id, unit.now)
        until = unit.now + CACHE_FOR
        if held is not None and unit.now < held.valid_until < until:
            until = held.valid_until
        answers = tuple(_entitlement(catalog, book, held, each, steps) for each in features)
        return Checked(answers, until, book.row.epoch)


def _entitlement(
    catalog: Catalog,
    book: Book,
    held: CameraLicense | None,
    feature: Feature,
    camera: tuple[Step, ...],
) -> Entitlement:
    packs = held.growth_packs if held is not None else frozenset[str]()
    *_, last = walk(feature_steps(catalog, feature.name, camera, packs))
    name, pack = feature.name, feature.pack
    if last.passed and held is not None:
        return Entitlement(name, pack, True, None, "", _origin(book, held, pack))
    return Entitlement(name, pack, False, last.refusal, message_of(book, last), "")


def _origin(book: Book, held: CameraLicense, pack: str) -> str:
    if pack == BASE_PACK:
        return "trial" if held.mode is LicenseMode.TRIAL else "base"
    return "tenant" if pack in book.row.license.growth_packs else "camera"
