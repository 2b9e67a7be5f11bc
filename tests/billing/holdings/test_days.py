"""What is charged on each day, against an oracle that looks at every moment of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.holdings.days import changed, spread
from billing.holdings.holding import Held, HoldingRow, Span
from rights.rating.card import Piece, PieceKind
from rights.rating.proration import Days

START = datetime(2025, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAMERA: Piece = (PieceKind.ITEM, "vision", "base_camera")
DEVICE: Piece = (PieceKind.ITEM, "vision", "edge_device_basic")
STARTER: Piece = (PieceKind.PLAN, "platform", "starter")
PROFESSIONAL: Piece = (PieceKind.PLAN, "platform", "professional")
JANUARY = Days(date(2025, 1, 1), date(2025, 2, 1))


@dataclass
class History:
    """Rows as the database would keep them."""

    rows: dict[tuple[Piece, date], HoldingRow]

    @classmethod
    def of(cls, *notes: tuple[datetime, dict[Piece, Held]]) -> "History":
        made = cls({})
        for moment, held in notes:
            last: dict[Piece, HoldingRow] = {}
            for row in sorted(made.rows.values(), key=lambda row: row.day):
                last[row.piece] = row
            for row in changed(last, held, moment):
                made.rows[row.piece, row.day] = row
        return made

    def on(self, days: Days) -> dict[Piece, dict[date, int]]:
        before: dict[Piece, HoldingRow] = {}
        for row in sorted(self.rows.values(), key=lambda row: row.day):
            if row.day < days.first:
                before[row.piece] = row
        within = [row for row in self.rows.values() if row.day in days]
        return {
            each.piece: {
                span.first + number * DAY: span.quantity
                for span in each.spans
                for number in range(span.days)
            }
            for each in spread([*before.values(), *within], days)
        }


def held(**quantities: int) -> dict[Piece, Held]:
    pieces = {"camera": CAMERA, "starter": STARTER, "professional": PROFESSIONAL}
    return {pieces[name]: Held(quantity, None) for name, quantity in quantities.items()}


def at(day: int, hour: int = 12) -> datetime:
    return START + (day - 1) * DAY + hour * HOUR


notes = st.lists(
    st.tuples(
        st.integers(0, 24 * 40),
        st.integers(0, 3),
        st.one_of(st.none(), st.integers(1, 24 * 20)),
        st.sampled_from(["", "starter", "professional"]),
    ),
    max_size=12,
    unique_by=lambda note: note[0],
).map(lambda found: sorted(found, key=lambda note: note[0]))


@settings(max_examples=200)
@given(notes, st.integers(0, 30), st.integers(1, 31))
def test_days_are_what_every_hour_says(
    found: list[tuple[int, int, int | None, str]], first: int, length: int
) -> None:
    """Changes lie on full hours, so that an hour is all of one state."""
    states: list[tuple[datetime, dict[Piece, Held]]] = []
    for hour, cameras, lasts, plan in found:
        moment = START + hour * HOUR
        until = None if lasts is None else moment + lasts * HOUR
        state = {CAMERA: Held(cameras, until)} if cameras else {}
        if plan:
            state[PieceKind.PLAN, "platform", plan] = Held(1, until)
        states.append((moment, state))
    days = Days(START.date() + first * DAY, START.date() + (first + length) * DAY)
    expected: dict[Piece, dict[date, int]] = {}
    for day in days:
        quantity, plan_held = oracle(states, datetime(day.year, day.month, day.day, tzinfo=UTC))
        if quantity:
            expected.setdefault(CAMERA, {})[day] = quantity
        if plan_held is not None:
            expected.setdefault(plan_held, {})[day] = 1
    assert History.of(*states).on(days) == expected


Run = tuple[datetime, datetime, Piece, Held]


def runs_of(states: list[tuple[datetime, dict[Piece, Held]]]) -> list[Run]:
    """From when to when each was held unchanged, by its beginning."""
    open_: dict[Piece, tuple[datetime, Held]] = {}
    found: list[Run] = []
    for moment, state in [*states, (START + 999 * DAY, {})]:
        for piece, (begins, each) in list(open_.items()):
            if state.get(piece) != each:
                found.append((begins, moment, piece, each))
                del open_[piece]
        for piece, each in state.items():
            open_.setdefault(piece, (moment, each))
    return sorted(found, key=lambda run: run[0])


def oracle(
    states: list[tuple[datetime, dict[Piece, Held]]], midnight: datetime
) -> tuple[int, Piece | None]:
    """The most cameras of a day, and the plan that was held last in it; without what had begun
    before the day and ended in it by itself."""
    most, plan, tomorrow = 0, None, midnight + DAY
    for begins, ends, piece, each in runs_of(states):
        until = each.until if each.until is not None else ends
        over = begins < midnight and until < tomorrow and until <= ends and each.until is not None
        if begins >= tomorrow or ends <= midnight or over:
            continue
        if piece == CAMERA:
            most = max(most, each.quantity)
        else:
            plan = piece
    return most, plan


def test_a_day_counts_with_the_most_of_it() -> None:
    history = History.of(
        (at(3), held(camera=2)), (at(5, 1), held(camera=9)), (at(5, 2), held(camera=4))
    )
    assert history.on(Days(date(2025, 1, 2), date(2025, 1, 8))) == {
        CAMERA: {date(2025, 1, day): {3: 2, 4: 2, 5: 9, 6: 4, 7: 4}[day] for day in range(3, 8)}
    }
    (cameras,) = spread(history.rows.values(), JANUARY)
    assert cameras.spans[-1] == Span(date(2025, 1, 6), 26, 4)
    assert cameras.piece_days == 2 + 2 + 9 + 26 * 4


def test_the_day_of_an_upgrade_is_the_new_plan_s_alone() -> None:
    history = History.of((at(1), held(starter=1)), (at(11), held(professional=1)), (at(20), {}))
    plans = history.on(JANUARY)
    assert sorted(plans[STARTER]) == [date(2025, 1, day) for day in range(1, 11)]
    assert sorted(plans[PROFESSIONAL]) == [date(2025, 1, day) for day in range(11, 21)]


def test_of_two_plans_that_both_ended_the_day_is_the_last_one_s() -> None:
    for end in (((at(5, 12), {}),), ()):
        last: dict[Piece, Held] = {PROFESSIONAL: Held(1, None if end else at(5, 12))}
        history = History.of((at(5, 1), held(starter=1)), (at(5, 2), last), *end)
        assert history.on(JANUARY) == {PROFESSIONAL: {date(2025, 1, 5): 1}}


def test_the_day_of_an_end_that_was_set_is_not_charged() -> None:
    for until, last in ((at(9, 0), 8), (at(9, 1), 8), (at(10, 0), 9)):
        held_until: dict[Piece, Held] = {CAMERA: Held(1, until), DEVICE: Held(3, until)}
        history = History.of((at(2), held_until))
        assert max(history.on(JANUARY)[CAMERA]) == date(2025, 1, last)
        history = History.of((at(2), held_until), (at(30), {CAMERA: Held(1, None)}))
        days = sorted(history.on(JANUARY)[CAMERA])
        assert days[-3:] == [date(2025, 1, last), date(2025, 1, 30), date(2025, 1, 31)]


def test_the_same_again_writes_nothing_and_a_clock_that_went_back_no_older_day() -> None:
    history = History.of((at(5), held(camera=2)))
    (row,) = history.rows.values()
    assert changed({CAMERA: row}, held(camera=2), at(6)) == []
    (back,) = changed({CAMERA: row}, held(camera=1), at(4))
    assert (back.day, back.peak, back.closing) == (date(2025, 1, 5), 2, 1)
    assert changed({}, {}, at(4)) == []
