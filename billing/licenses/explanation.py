"""Why a camera may run, or use a feature: the very rules of validation, each with what it said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.licenses.answers import message_of
from billing.licenses.book import Asked
from billing.licenses.reader import BookReader
from billing.licenses.validation import ValidationService
from billing.subscriptions.terms import QuotaStandings, TermsReader
from billing.unit import Unit
from rights.claims import Epoch
from rights.decision import feature_steps
from rights.steps import Step, walk
from rights.terms import QuotaStanding


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps in their order; the last one decides. `at` is aware, UTC; `message` says what to
    do, and is empty when allowed."""

    steps: tuple[Step, ...]
    message: str
    at: datetime
    epoch: Epoch


@dataclass(frozen=True, slots=True)
class FeatureQuestion:
    """A feature for a camera with these packs beside base, at a moment: aware, UTC."""

    camera_id: str
    feature: str
    packs: frozenset[str]
    at: datetime


class ExplanationService:
    """Explains decisions; changes nothing."""

    def __init__(
        self,
        books: BookReader,
        terms: TermsReader,
        validation: ValidationService,
        quotas: QuotaStandings,
    ) -> None:
        """`terms` knows features and overrides, `validation` which device may be named, `quotas`
        what is left."""
        self._terms = terms
        self._quotas = quotas
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
            question = FeatureQuestion(asked.camera_id, feature, packs, moment)
            steps = await self._feature(unit, question, steps)
        return Explanation(steps, message_of(book, steps[-1]), moment, book.row.epoch)

    async def _feature(
        self,
        unit: Unit,
        asked: FeatureQuestion,
        camera: tuple[Step, ...],
    ) -> tuple[Step, ...]:
        """The rules of the feature; amounts are those of now, whatever the moment."""
        terms = await self._terms.read(unit)
        known = terms.catalog.features.get(asked.feature)
        standings: Mapping[str, QuotaStanding] = {}
        if self._quotas is not None and known is not None and known.metric is not None:
            standings = await self._quotas.standings(unit, terms, [known.metric])
        steps = feature_steps(
            terms.catalog,
            asked.feature,
            camera,
            asked.packs,
            override=terms.feature(asked.feature, asked.camera_id, asked.at),
            quota=next(iter(standings.values()), None),
        )
        return tuple(walk(steps))
