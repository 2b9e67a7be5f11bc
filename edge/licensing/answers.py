"""What the cloud answers about cameras, and who asks it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rights.claims import Epoch
from rights.licenses import LicenseMode, LicenseStatus
from rights.trust import PublishedKeys


@dataclass(frozen=True, slots=True)
class CameraAnswer:
    """The cloud's answer about one camera.

    `reason` is a name of ErrorReason without its prefix, empty when valid. `cached_until`
    (aware) is how long the answer may be kept without asking again.
    """

    camera_id: str
    is_valid: bool
    mode: LicenseMode
    status: LicenseStatus
    reason: str
    message: str
    cached_until: datetime | None


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers in the order asked, and the signed token over the cameras that may run."""

    cameras: Sequence[CameraAnswer]
    device_token: str
    epoch: Epoch


class LicenseSource(Protocol):
    """The cloud, as licensing sees it."""

    async def validate(self, camera_ids: Sequence[str]) -> Answers:
        """Answers for up to 100 cameras. Raises MeshError; Unavailable when it is away."""
        ...

    async def public_keys(self) -> PublishedKeys:
        """The keys that verify tokens now. Raises MeshError."""
        ...

    async def revocation_list(self) -> str:
        """The tenant's revocation list, signed now. Raises MeshError."""
        ...
