"""What is held, and the history of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rights.rating.card import Piece
from rights.rating.proration import Days


@dataclass(frozen=True, slots=True)
class Held:
    """So much of a plan or an item is held now, and until a moment (aware, UTC) at most; None when
    it doesn't end by itself. `year` is from when on a plan is paid by the year, None by the month.
    """

    quantity: int
    until: datetime | None
    year: datetime | None = None


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """A UTC day on which what is held of a piece changed, at last at `changed_at`.

    `peak` is the most of it at any moment of the day, `closing` what it was at its end; that holds
    on the days after, and not beyond `held_until`. `year` is that of what was held last.
    """

    piece: Piece
    day: date
    peak: int
    closing: int
    held_until: datetime | None
    changed_at: datetime
    year: datetime | None = None

    def at(self, moment: datetime) -> int:
        """What is left of it at a later moment (aware)."""
        return self.closing if self.held_until is None or self.held_until > moment else 0


@dataclass(frozen=True, slots=True)
class Span:
    """The same quantity on `days` UTC days from `first` on."""

    first: date
    days: int
    quantity: int

    @property
    def all_days(self) -> Days:
        """Its days."""
        return Days(self.first, self.first + timedelta(days=self.days))


@dataclass(frozen=True, slots=True)
class HeldDays:
    """What was held of a piece within a period, in spans by time, without days of nothing. Of a
    plan that is paid by the year its years are counted from `year` (aware, UTC)."""

    piece: Piece
    spans: tuple[Span, ...]
    year: datetime | None = None

    @property
    def piece_days(self) -> int:
        """The quantities of all days added up."""
        return sum(span.days * span.quantity for span in self.spans)
