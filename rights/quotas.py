"""How much of a metric there is: periods, limits, carry-over, thresholds. Pure.

Amounts are exact. Periods begin and end on full hours, because use is summed by the hour.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from rights.catalog.model import Cap, PeriodKind
from rights.periods import Period, calendar_month, period_at
from rights.terms import QuotaStanding, QuotaTerms

ROLLING_KEY = datetime(1970, 1, 1, tzinfo=UTC)
"""The one account of a quota over rolling hours begins here."""

ALERT_PERCENTS = (80, 100, 120)
"""Where a quota alerts whose plan says nothing else."""

NOTHING = Decimal(0)
_HOUR = timedelta(hours=1)
_MOMENT = timedelta(microseconds=1)


def period_of(terms: QuotaTerms | None, now: datetime) -> Period:
    """The period that runs at ``now`` (aware); without terms the calendar month, UTC.

    A rolling one ends with the running hour.
    """
    if terms is None or terms.period is PeriodKind.CALENDAR:
        return calendar_month(now)
    if terms.period is PeriodKind.BILLING:
        return period_at(_hour(terms.anchor), now)
    end = _hour(now) + _HOUR
    return Period(end - timedelta(days=terms.rolling_days), end)


def account_key(terms: QuotaTerms | None, period: Period) -> datetime:
    """By which start the period's account is known."""
    rolling = terms is not None and terms.period is PeriodKind.ROLLING
    return ROLLING_KEY if rolling else period.start


def period_before(terms: QuotaTerms, period: Period) -> Period | None:
    """The one whose rest may be carried over; None where nothing is, as of a period that began
    before the subscription did."""
    if not terms.carry_over_percent or terms.period is PeriodKind.ROLLING:
        return None
    before = period_of(terms, period.start - _MOMENT)
    return before if before.start >= _hour(terms.anchor) else None


def begun_in(terms: QuotaTerms, span: Period) -> Period | None:
    """The last one that begins in a span; None where none does, as a rolling one never does, nor
    a billing period before the subscription."""
    if terms.period is PeriodKind.ROLLING:
        return None
    last = period_of(terms, span.end - _MOMENT)
    since = _hour(terms.anchor) if terms.period is PeriodKind.BILLING else span.start
    return last if last.start >= max(since, span.start) else None


def carried_over(terms: QuotaTerms, used: Decimal, aside: Decimal | None = None) -> Decimal:
    """What the period before leaves to this one: neither ``used`` nor still set ``aside``.

    What that one took over itself is not part of it: it is carried once.
    """
    most = terms.included * terms.carry_over_percent / 100
    return min(max(terms.included - used - (aside or NOTHING), NOTHING), most)


@dataclass(frozen=True, slots=True)
class Balance:
    """How a metric stands in one period.

    ``terms`` is None for a metric that is only counted. ``leased`` is lent out and not settled.
    ``over_cap`` came beyond the cap. ``full_since`` (aware) is when all that is included was used.
    """

    metric: str
    unit: str
    terms: QuotaTerms | None
    period: Period
    carried: Decimal
    used: Decimal
    reserved: Decimal
    leased: Decimal
    over_cap: Decimal
    full_since: datetime | None

    def moved(
        self, *, used: Decimal = NOTHING, reserved: Decimal = NOTHING, over_cap: Decimal = NOTHING
    ) -> "Balance":
        """The balance with so much more, or with negative numbers less, of each."""
        return Balance(
            self.metric,
            self.unit,
            self.terms,
            self.period,
            self.carried,
            self.used + used,
            self.reserved + reserved,
            self.leased,
            self.over_cap + over_cap,
            self.full_since,
        )

    @property
    def included(self) -> Decimal:
        """What the plan includes, with what was carried over."""
        return self.terms.included + self.carried if self.terms is not None else NOTHING

    @property
    def full(self) -> bool:
        """Whether all that is included was used."""
        return self.terms is not None and self.used >= self.included and self.used > 0

    @property
    def resets_at(self) -> datetime:
        """When the period ends; for a rolling one when the oldest hour leaves it."""
        return self.period.end

    def grace_until(self) -> datetime | None:
        """When the grace beyond a soft quota ends (aware); None while none runs."""
        terms = self.terms
        if terms is None or terms.soft_cap is None or self.full_since is None:
            return None
        return self.full_since + timedelta(days=terms.soft_cap.grace_days)

    def limit(self, now: datetime) -> Decimal | None:
        """Where it stops at ``now``; None when it does not."""
        terms = self.terms
        if terms is None:
            return None
        if terms.cap is Cap.HARD:
            return self.included
        until = self.grace_until()
        return terms.final_stop if until is not None and now >= until else None

    def remaining(self, now: datetime) -> Decimal | None:
        """What may still be taken, never below 0; None when it does not stop."""
        limit = self.limit(now)
        if limit is None:
            return None
        return max(limit - self.used - self.reserved - self.leased, NOTHING)

    @property
    def used_percent(self) -> int:
        """Used share of what is included, in whole percent; 0 when nothing is included."""
        return int(self.used * 100 / self.included) if self.included > 0 else 0

    def crossed(self) -> tuple[int, ...]:
        """The thresholds reached, in percent of what is included, ascending.

        Where nothing is included the first use reaches that of 100 %.
        """
        terms = self.terms
        if terms is None or self.used <= 0:
            return ()
        percents = terms.soft_cap.alert_percents if terms.soft_cap is not None else ALERT_PERCENTS
        if self.included <= 0:
            return tuple(each for each in percents if each <= 100)
        return tuple(each for each in percents if self.used * 100 >= self.included * each)

    def warning(self, now: datetime) -> str:
        """For a person, empty when nothing needs attention."""
        reached = self.crossed()
        if not reached:
            return ""
        text = f"{reached[-1]} % of the {self.included:f} {self.metric} included are used"
        until = self.grace_until()
        if until is None or until <= now:
            return text
        return f"{text}; the grace ends at {until.isoformat()}"

    def standing(self, now: datetime) -> QuotaStanding:
        """As decisions want it."""
        return QuotaStanding(
            metric=self.metric,
            limit=self.limit(now),
            used=self.used,
            reserved=self.reserved,
            leased=self.leased,
            remaining=self.remaining(now),
            resets_at=self.resets_at,
            warning=self.warning(now),
        )


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
