"""Work that a server does beside serving."""

from typing import Protocol


class Background(Protocol):
    """One kind of work. Any number of replicas may do it at the same time."""

    async def run(self) -> None:
        """Works until cancelled; failures are logged and tried again."""
        ...
