"""Who wants to know of calls that known callers may not make."""

from typing import Protocol

from mesh.principal import Principal


class Denials(Protocol):
    """Told before the caller is answered."""

    async def denied(self, principal: Principal, method: str, reason: str, request_id: str) -> None:
        """`method` is /package.Service/Method, `reason` an ErrorReason without its prefix.

        Must not raise.
        """
        ...
