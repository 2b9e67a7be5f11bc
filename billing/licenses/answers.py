"""From the rules that were looked at to what one camera is told. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.licenses.book import Book, status_of
from rights.claims import Epoch
from rights.licenses import LicenseMode, LicenseStatus
from rights.steps import Refusal, Rule, Step

CACHE_FOR = timedelta(hours=1)
CACHE_REFUSAL_FOR = timedelta(minutes=1)
_OF_THE_LICENCE = {Rule.STATUS, Rule.DATES}

_ADVICE = {
    Refusal.CAMERA_UNLICENSED: "Buy a licence for more cameras.",
    Refusal.CAMERA_LIMIT_REACHED: "Add slots to the licence.",
    Refusal.CAMERA_HELD_ELSEWHERE: "Move it, or retire that device.",
    Refusal.CAMERA_MISMATCH: "Give it an id of its own, or reset the fingerprint after a repair.",
    Refusal.LICENSE_SUSPENDED: "Settle the account with the vendor.",
    Refusal.LICENSE_EXPIRED: "Renew it.",
    Refusal.LICENSE_REVOKED: "Ask the vendor for a new one.",
    Refusal.FEATURE_NOT_LICENSED: "Add it.",
    Refusal.FEATURE_WITHDRAWN: "Ask the vendor.",
    Refusal.QUOTA_EXHAUSTED: "Upgrade the plan, or wait for the next period.",
}


@dataclass(frozen=True, slots=True)
class CameraAnswer:
    """Whether a camera may run now. `packs` are those beyond base, sorted; `reason` is the name
    of an ErrorReason without its prefix, None when it may run; moments are aware, UTC."""

    camera_id: str
    is_valid: bool
    mode: LicenseMode
    status: LicenseStatus
    packs: tuple[str, ...]
    valid_until: datetime | None
    cameras_allowed: int
    cameras_used: int
    reason: str | None
    message: str
    cached_until: datetime
    epoch: Epoch


def answer(book: Book, camera_id: str, steps: tuple[Step, ...], now: datetime) -> CameraAnswer:
    """What the camera is told, `steps` being those of the book."""
    last = steps[-1]
    held = book.license(camera_id, now)
    licensed = held if last.passed or last.rule in _OF_THE_LICENCE else None
    until = licensed.valid_until if licensed is not None else None
    packs = sorted(licensed.growth_packs) if licensed is not None and last.passed else ()
    cached_until = min(now + CACHE_FOR, until) if last.passed and until else now + CACHE_REFUSAL_FOR
    return CameraAnswer(
        camera_id,
        last.passed,
        licensed.mode if licensed is not None else LicenseMode.UNLICENSED,
        status_of(book.row.license, now),
        tuple(packs),
        until,
        book.row.license.cameras_allowed,
        book.row.cameras_used,
        last.refusal.value if last.refusal is not None else None,
        message_of(book, last),
        cached_until,
        book.row.epoch,
    )


def message_of(book: Book, step: Step) -> str:
    """A refusal in words, with what to do; empty when the step passed."""
    if step.refusal is None:
        return ""
    advice = _ADVICE.get(step.refusal, "")
    free = book.row.cameras_used < book.row.license.cameras_allowed
    if step.refusal is Refusal.CAMERA_UNLICENSED and free:
        advice = "Validate it to take a free one."
    return f"{step.text[0].upper()}{step.text[1:]}. {advice}".rstrip()
