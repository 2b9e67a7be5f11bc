"""What one server has set aside of one tenant's calls. Pure."""

from dataclasses import dataclass, field

from mesh.errors import QuotaExhausted

SHARE = 100
LEAST = 10
MOST = 1_000


@dataclass(slots=True)
class Purse:
    """`left` calls may be let in without asking; `out` are being served, and `counted` are in the
    database and no usage event yet: what is reserved under `operations` is the sum of the three.

    `limited` is None before anything was asked. `until` and `refused_until` are on the monotonic
    clock.
    """

    limited: bool | None = None
    left: int = 0
    out: int = 0
    counted: int = 0
    operations: list[str] = field(default_factory=list)
    until: float = 0.0
    refused: QuotaExhausted | None = None
    refused_until: float = 0.0

    @property
    def idle(self) -> bool:
        """Whether nothing of it is in use."""
        return self.out == 0 and self.counted == 0

    def take(self, now: float) -> bool:
        """Lets one call in, if that needs no question."""
        if self.limited is None or (self.limited and self.left < 1) or now >= self.until:
            return False
        if self.limited:
            self.left -= 1
        self.out += 1
        return True

    def put_back(self) -> None:
        """A call was let in and not answered."""
        self.out -= 1
        if self.limited:
            self.left += 1

    def answered(self) -> None:
        """A call was let in and counted."""
        self.out -= 1
        self.counted += 1


def portion(remaining: int) -> int:
    """How many calls to set aside at once, of so many that are left: few enough that other servers
    find some."""
    return min(remaining, max(LEAST, min(MOST, remaining // SHARE)))
