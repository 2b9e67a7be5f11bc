"""The error that every guard raises."""

from mesh.errors import FailedPrecondition


class NotLicensed(FailedPrecondition):
    """The licence does not permit it, or there is no licence that holds.

    Attributes: `guard` (what was asked, such as "max_users"; "license" or "clock" when nothing
    is permitted at all), `reason` (a name of ErrorReason), `limit` and `current` for counts.
    Metadata: `limit` names the guard, `allowed` and `current` are its numbers.
    """

    def __init__(
        self,
        reason: str,
        guard: str,
        description: str,
        *,
        limit: int | None = None,
        current: int | None = None,
    ) -> None:
        """`description` says what to do."""
        numbers = {"allowed": limit, "current": current}
        known = {name: str(number) for name, number in numbers.items() if number is not None}
        super().__init__(
            reason, f"license/{guard}", description, metadata={"limit": guard, **known}
        )
        self.guard = guard
        self.limit = limit
        self.current = current
