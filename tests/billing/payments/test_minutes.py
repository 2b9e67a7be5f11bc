"""Which minutes submissions own, and which at Stripe are nobody's."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from billing.payments.meters.maker import safe_minutes
from billing.payments.meters.strangers import KnownMinute, strangers
from tests.billing.payments.metering import END, HOUR, START


class Summed:
    """What Stripe has by minute, and how often it is asked."""

    def __init__(self, minutes: dict[datetime, int]) -> None:
        self.minutes = minutes
        self.asked = 0

    async def between(self, start: datetime, end: datetime) -> Decimal:
        self.asked += 1
        return Decimal(sum(v for at, v in self.minutes.items() if start <= at < end))

    async def by_hour(self, start: datetime, end: datetime) -> dict[datetime, Decimal]:
        found: dict[datetime, Decimal] = {}
        for at, value in self.minutes.items():
            if start <= at < end:
                hour = at.replace(minute=0)
                found[hour] = found.get(hour, Decimal(0)) + value
        return found


@pytest.mark.parametrize("seed", range(20))
async def test_every_forgotten_minute_is_found(seed: int) -> None:
    random = Random(seed)
    every = [START + HOUR + timedelta(minutes=each) for each in range(5 * 60)]
    ours = {at: random.randint(1, 9) for at in random.sample(every, 40)}
    lost = {at: random.randint(1, 9) for at in random.sample(sorted({*every} - {*ours}), 8)}
    unsure = random.sample(sorted(ours), 3)
    stripe = Summed({**ours, **lost})
    for at in unsure:
        stripe.minutes[at] = random.choice((0, ours[at]))
    known = [KnownMinute(at, value, at not in unsure) for at, value in ours.items()]
    assert dict(await strangers(stripe, every[0], every[-1], known)) == lost
    quiet = Summed(ours)
    sure = [KnownMinute(at, value, True) for at, value in ours.items()]
    assert await strangers(quiet, every[0], every[-1], sure) == []
    assert quiet.asked == 0, "hours of which everything is known are asked for together"


def test_a_minute_lies_in_both_periods() -> None:
    now = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert safe_minutes(START, END, now) == (START + HOUR, now.replace(minute=4, second=0))
    first, last = safe_minutes(START, END, START + timedelta(minutes=30))
    assert last < first
    assert safe_minutes(START, END, END + HOUR)[1] == END - timedelta(minutes=1)
    assert safe_minutes(START, START + HOUR, END)[0] == START + timedelta(minutes=59)
