"""What a call takes from its caller before it is served, and counts before it is answered."""

from typing import Protocol

from mesh.call import Call


class Ticket(Protocol):
    """One call that was let in."""

    async def answered(self) -> None:
        """Returns once the call's answer may leave: it is counted, or about to be."""
        ...

    def given_up(self) -> None:
        """The call was not answered and counts for nothing. After `answered` it does nothing."""
        ...


class Tolls(Protocol):
    """Who lets calls in."""

    async def enter(self, call: Call) -> Ticket | None:
        """The call's ticket, None for one that costs nothing.

        Raises QuotaExhausted, and Unavailable (DECISION_UNAVAILABLE) when nobody can say.
        """
        ...
