"""What a pipeline asks before it runs: the one question, answered from memory."""

from collections.abc import Callable, Collection
from typing import Protocol

from rights.decision import Decision


class LicenseGate(Protocol):
    """Whether cameras and their features may run now."""

    def camera(self, camera_id: str) -> Decision:
        """Whether the camera may run now: from memory, about a microsecond, never waits.

        A camera that `ensure` was never called for is refused.
        """
        ...

    def feature(self, camera_id: str, feature: str) -> Decision:
        """Whether the camera may use the feature now; memory only, as `camera`."""
        ...

    async def ensure(self, camera_ids: Collection[str]) -> None:
        """Gets these cameras' licences (memory, PostgreSQL, cloud) and keeps them fresh.

        Returns when each has an answer, be it a refusal; a cloud that is away is no error.
        """
        ...

    def watch(self, changed: Callable[[str], None]) -> None:
        """Calls `changed` with a camera's id, in the event loop, whenever its rights changed."""
        ...
