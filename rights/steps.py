"""A decision is a walk along rules: each says what it found, the first that refuses ends it."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple


class Refusal(StrEnum):
    """Names of brinkbyte.common.v1.ErrorReason without their prefix."""

    NEVER_VALIDATED = "NEVER_VALIDATED"
    CAMERA_UNLICENSED = "CAMERA_UNLICENSED"
    CAMERA_LIMIT_REACHED = "CAMERA_LIMIT_REACHED"
    CAMERA_HELD_ELSEWHERE = "CAMERA_HELD_ELSEWHERE"
    CAMERA_MISMATCH = "CAMERA_MISMATCH"
    LICENSE_SUSPENDED = "LICENSE_SUSPENDED"
    LICENSE_EXPIRED = "LICENSE_EXPIRED"
    LICENSE_REVOKED = "LICENSE_REVOKED"
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105 - a word, not a secret
    FEATURE_UNKNOWN = "FEATURE_UNKNOWN"
    FEATURE_NOT_LICENSED = "FEATURE_NOT_LICENSED"
    FEATURE_WITHDRAWN = "FEATURE_WITHDRAWN"
    QUOTA_EXHAUSTED = "QUOTA_EXHAUSTED"


class Rule(StrEnum):
    """Names of brinkbyte.common.v1.DecisionRule without their prefix."""

    EPOCH = "EPOCH"
    PLAN = "PLAN"
    STATUS = "STATUS"
    DATES = "DATES"
    GRACE = "GRACE"
    BUNDLE = "BUNDLE"
    CLOCK = "CLOCK"
    SLOT = "SLOT"
    DEVICE = "DEVICE"
    FINGERPRINT = "FINGERPRINT"
    FEATURE = "FEATURE"
    PACK = "PACK"
    OVERRIDE = "OVERRIDE"
    QUOTA = "QUOTA"


class Step(NamedTuple):
    """What one rule said; ``refusal`` is None when it lets pass. ``text`` is for a person."""

    rule: Rule
    refusal: Refusal | None
    text: str

    @property
    def passed(self) -> bool:
        """Whether the walk goes on."""
        return self.refusal is None


def walk(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps up to the first that refuses."""
    for step in steps:
        yield step
        if not step.passed:
            return
