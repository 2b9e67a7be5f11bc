"""Who collects for a tenant's plans."""

from collections.abc import Collection
from typing import Protocol

from billing.unit import Unit


class Collecting(Protocol):
    """What of a tenant the payment provider collects for."""

    async def hold(self, unit: Unit) -> None:
        """Holds the tenant against every other question to the provider about it; it comes before
        every other lock."""
        ...

    async def families(self, unit: Unit) -> Collection[str]:
        """The families whose plan follows the provider."""
        ...


class NobodyElse:
    """This server makes every invoice."""

    async def hold(self, _: Unit) -> None:
        """There is nobody to ask."""

    async def families(self, _: Unit) -> Collection[str]:
        """None."""
        return ()
