"""A camera's licence."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LicenseMode(StrEnum):
    """What a camera runs on. ``trial`` and ``base`` both imply the base pack."""

    TRIAL = "trial"
    BASE = "base"
    UNLICENSED = "unlicensed"


class LicenseStatus(StrEnum):
    """Whether the licence is in force."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CameraLicense:
    """The right of one camera to run.

    ``growth_packs`` are the packs beside base. ``valid_until`` (aware, UTC) ends
    the trial or the time paid for, offline grace not included.
    """

    camera_id: str
    mode: LicenseMode
    status: LicenseStatus
    growth_packs: frozenset[str]
    valid_until: datetime
