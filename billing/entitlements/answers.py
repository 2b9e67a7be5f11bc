"""What is told of features, decided from a tenant's book and terms. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from billing.licenses.answers import message_of
from billing.licenses.book import Asked, Book
from rights.claims import Epoch
from rights.decision import quota_step
from rights.licenses import LicenseMode
from rights.rulings import Holder, Ruling, rulings
from rights.steps import Step
from rights.terms import QuotaStanding, Terms

CACHE_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asker:
    """About whom features are asked: a camera, or (None) the tenant itself; and the device that
    asks, if one does."""

    camera_id: str | None = None
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The answer for one feature. `reason` is the name of an ErrorReason without its prefix,
    None when allowed; `origin` is `base`, `trial`, `camera`, `tenant` or `override`, empty when
    refused. `metric` is what a use takes from, empty when nothing, and `quota` how that stands."""

    feature: str
    growth_pack: str
    allowed: bool
    reason: str | None
    message: str
    origin: str
    metric: str
    warning: str = ""
    quota: QuotaStanding | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Every feature's answer, quotas aside, by name, and the epoch that they belong to.

    `until` (aware, UTC) is when they may change by themselves, at the latest in five minutes.
    `lasting` says that until then nothing changes them but a new epoch.
    """

    features: Mapping[str, Entitlement]
    epoch: Epoch
    until: datetime
    lasting: bool


def answers(book: Book, terms: Terms, asker: Asker, now: datetime) -> Answers:
    """Decides every feature for the one who asks."""
    decided = decided_features(book, terms, asker, now)
    return Answers(decided, book.row.epoch, until_of(book, terms, now), _lasting(book, asker))


def alike(
    book: Book, terms: Terms, camera_ids: Sequence[str], device_id: UUID | None
) -> list[list[str]]:
    """The cameras in groups whose rules all see the same, in the order of their first; one empty
    group without cameras, for the tenant itself."""
    if not camera_ids:
        return [[]]
    own = {camera for _, camera in terms.overrides.features}
    groups: dict[object, list[str]] = {}
    for camera_id in camera_ids:
        held = book.cameras.get(camera_id)
        kind: object = None
        if held is not None:
            bound = held.holder if device_id is not None else None
            kind = (bound, held.growth_packs, camera_id in book.beyond)
        groups.setdefault((kind, camera_id if camera_id in own else None), []).append(camera_id)
    return list(groups.values())


def _walked(book: Book, asker: Asker, now: datetime) -> tuple[Step, ...]:
    """The rules about the camera or the tenant, up to the first that refuses."""
    if asker.camera_id is None:
        return book.own_steps(now)
    return book.steps(Asked(asker.camera_id), asker.device_id, now)


def _holder(book: Book, camera_id: str | None, now: datetime) -> Holder:
    """Whose packs and overrides count."""
    tenant_packs = frozenset(book.row.license.growth_packs)
    held = book.license(camera_id, now) if camera_id is not None else None
    packs = held.growth_packs - tenant_packs if held is not None else frozenset[str]()
    return Holder(LicenseMode(book.row.license.license_mode), tenant_packs, camera_id, packs)


def decided_features(
    book: Book, terms: Terms, asker: Asker, now: datetime
) -> dict[str, Entitlement]:
    """The answers by feature, quotas aside."""
    holder = _holder(book, asker.camera_id, now)
    ruled = rulings(terms, holder, _walked(book, asker, now), now)
    return {name: _entitlement(book, each) for name, each in ruled.items()}


def until_of(book: Book, terms: Terms, now: datetime) -> datetime:
    """How long the answers hold at most."""
    ends = (book.row.license.valid_until, terms.next_change(now))
    return min((now + CACHE_FOR, *(each for each in ends if each is not None and each > now)))


def with_quota(answer: Entitlement, quota: QuotaStanding | None) -> Entitlement:
    """The answer as the metric stands."""
    if quota is None or not answer.metric:
        return answer
    if not answer.allowed or not quota.exhausted:
        return replace(answer, quota=quota, warning=quota.warning if answer.allowed else "")
    step = quota_step(quota)
    assert step.refusal is not None  # it is used up
    return replace(
        answer,
        allowed=False,
        reason=step.refusal.value,
        message=f"{step.text}. Upgrade the plan, or wait for the next period.",
        origin="",
        quota=quota,
    )


def _entitlement(book: Book, ruling: Ruling) -> Entitlement:
    feature, decision = ruling.feature, ruling.decision
    return Entitlement(
        feature.name,
        feature.pack,
        decision.allowed,
        decision.reason.value if decision.reason is not None else None,
        message_of(book, ruling.step),
        ruling.origin,
        feature.metric or "",
    )


def _lasting(book: Book, asker: Asker) -> bool:
    """Retiring a device, or binding a camera that has a slot to one, raises no epoch."""
    camera = book.cameras.get(asker.camera_id) if asker.camera_id is not None else None
    return camera is None or asker.device_id is None or camera.holder == asker.device_id
