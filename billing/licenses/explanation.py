"""Why a camera may run, or use a feature: the very rules of validation, each with what it said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.catalog.live import Catalogs
from billing.licenses.answers import message_of
from billing.licenses.book import Asked
from billing.licenses.reader import BookReader
from billing.licenses.validation import ValidationService
from billing.unit import Unit
from rights.claims import Epoch
from rights.decision import feature_steps
from rights.steps import Step, walk


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps in their order; the last one decides. `at` is aware, UTC; `message` says what to
    do, and is empty when allowed."""

    steps: tuple[Step, ...]
    message: str
    at: datetime
    epoch: Epoch


class ExplanationService:
    """Explains decisions; changes nothing."""

    def __init__(
        self, catalogs: Catalogs, books: BookReader, validation: ValidationService
    ) -> None:
        """`validation` says which device may be named."""
        self._catalogs = catalogs
        self._books = books
        self._validation = validation

    async def explain(
        self,
        unit: Unit,
        asked: Asked,
        device_id: UUID | None,
        *,
        feature: str = "",
        at: datetime | None = None,
    ) -> Explanation:
        """What the rules say of the camera, or with a name of the feature, at a moment (aware;
        None is now). Raises what a validation raises."""
        await self._validation.check_device(unit, device_id)
        book = await self._books.read(unit, [asked])
        moment = at or unit.now
        steps = book.steps(asked, device_id, moment)
        if feature:
            held = book.license(asked.camera_id, moment)
            packs = held.growth_packs if held is not None else frozenset[str]()
            catalog = await self._catalogs.knowing(unit.conn, lambda each: feature in each.features)
            steps = tuple(walk(feature_steps(catalog, feature, steps, packs)))
        return Explanation(steps, message_of(book, steps[-1]), moment, book.row.epoch)
