"""Rules of features: which one a camera or the tenant may use now, and what granted it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.entitlements.answers import (
    Asker,
    Entitlement,
    alike,
    decided_features,
    until_of,
    with_quota,
)
from billing.entitlements.cache import FeatureAnswers
from billing.licenses.book import Asked
from billing.licenses.reader import BookReader
from billing.subscriptions.terms import QuotaStandings, TermsReader
from billing.unit import Unit, Units
from mesh.errors import InvalidArgument, Violation
from rights.claims import Epoch
from rights.terms import QuotaStanding, Terms


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers and the epoch that they belong to; `cached_until` (aware, UTC) is not for amounts."""

    entitlements: tuple[Entitlement, ...]
    cached_until: datetime
    epoch: Epoch


@dataclass(frozen=True, slots=True)
class Group:
    """Cameras for which all answers are the same; none is the tenant itself."""

    camera_ids: tuple[str, ...]
    entitlements: tuple[Entitlement, ...]


@dataclass(frozen=True, slots=True)
class CheckedGroups:
    """As Checked, for many cameras."""

    groups: tuple[Group, ...]
    cached_until: datetime
    epoch: Epoch


class EntitlementsService:
    """Decides features from the licence, packs, overrides and what is left of quotas."""

    def __init__(
        self,
        units: Units,
        answers: FeatureAnswers,
        books: BookReader,
        terms: TermsReader,
        quotas: QuotaStandings,
    ) -> None:
        """`answers` knows features but for quotas, of which `quotas` tells."""
        self._units = units
        self._answers = answers
        self._books = books
        self._terms = terms
        self._quotas = quotas

    async def check(self, tenant_id: UUID, asker: Asker, feature: str) -> Checked:
        """One feature. Raises InvalidArgument naming `feature` when it is unknown."""
        found = await self._answers.answers(tenant_id, asker)
        known = found.features.get(feature)
        if known is None:
            raise _unknown("feature", feature)
        return Checked(await self._counted(tenant_id, (known,)), found.until, found.epoch)

    async def check_all(self, tenant_id: UUID, asker: Asker) -> Checked:
        """Every feature of the tenant's catalogue, by name."""
        found = await self._answers.answers(tenant_id, asker)
        told = await self._counted(tenant_id, tuple(found.features.values()))
        return Checked(told, found.until, found.epoch)

    async def check_many(
        self, unit: Unit, camera_ids: Sequence[str], features: Sequence[str], device_id: UUID | None
    ) -> CheckedGroups:
        """Every feature named (none: all, by name) for every camera (none: the tenant itself).

        Raises InvalidArgument naming `features[n]` or `camera_ids[n]`.
        """
        _check_distinct(camera_ids)
        terms = await self._terms.read(unit)
        names = _known(terms, features)
        book = await self._books.read(unit, [Asked(each) for each in camera_ids])
        grouped: dict[tuple[Entitlement, ...], list[str]] = {}
        for cameras in alike(book, terms, camera_ids, device_id):
            asker = Asker(cameras[0] if cameras else None, device_id)
            told = decided_features(book, terms, asker, unit.now)
            grouped.setdefault(tuple(told[name] for name in names), []).extend(cameras)
        standings = await self._standings(unit, terms, [each for told in grouped for each in told])
        groups = tuple(
            Group(tuple(cameras), tuple(with_quota(e, standings.get(e.metric)) for e in told))
            for told, cameras in grouped.items()
        )
        return CheckedGroups(groups, until_of(book, terms, unit.now), book.row.epoch)

    async def _counted(
        self, tenant_id: UUID, told: tuple[Entitlement, ...]
    ) -> tuple[Entitlement, ...]:
        """The answers as their metrics stand now; amounts are never cached."""
        if not any(each.metric for each in told):
            return told
        async with self._units.within(tenant_id) as unit:
            standings = await self._standings(unit, await self._terms.read(unit), told)
        return tuple(with_quota(each, standings.get(each.metric)) for each in told)

    async def _standings(
        self, unit: Unit, terms: Terms, told: Sequence[Entitlement]
    ) -> Mapping[str, QuotaStanding]:
        metrics = {each.metric for each in told if each.metric}
        if not metrics:
            return {}
        return await self._quotas.standings(unit, terms, metrics)


def _known(terms: Terms, features: Sequence[str]) -> Sequence[str]:
    known = terms.catalog.features
    wrong = [
        Violation(f"features[{index}]", f"the catalogue has no feature {name!r}")
        for index, name in enumerate(features)
        if name not in known
    ]
    if wrong:
        raise InvalidArgument(wrong)
    return features or sorted(known)


def _check_distinct(camera_ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for index, camera_id in enumerate(camera_ids):
        if camera_id in seen:
            raise InvalidArgument.field(f"camera_ids[{index}]", "named twice")
        seen.add(camera_id)


def _unknown(field: str, feature: str) -> InvalidArgument:
    return InvalidArgument.field(field, f"the catalogue has no feature {feature!r}")
