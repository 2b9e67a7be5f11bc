"""A chain of audit rows: whoever changes one is found at the first row that does not hold."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.audit_chain import (
    GENESIS,
    START,
    AuditRow,
    BadRow,
    ChainFault,
    ChainVerifier,
    Position,
    Seal,
    row_hash,
    seal_rows,
)

TENANT = UUID("0190a000-0000-7000-8000-000000000001")
NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)
Chain = list[tuple[AuditRow, Seal]]


def row(number: int) -> AuditRow:
    return AuditRow(
        TENANT,
        UUID(int=number),
        NOON + timedelta(seconds=number),
        "vendor",
        "key-1",
        f"request-{number}",
        "license.issued",
        f"license/{number}",
        {"cameras_allowed": str(number)},
    )


def chain(length: int) -> Chain:
    rows = [row(number) for number in range(1, length + 1)]
    return list(zip(rows, seal_rows(rows, START, NOON), strict=True))


def verify(given_rows: Chain, *expected: Position, first: int = 1) -> BadRow | None:
    verifier = ChainVerifier(expected, first)
    for each, seal in given_rows:
        bad = verifier.take(each, seal)
        if bad is not None:
            return bad
    return verifier.finish()


def end(of: Chain) -> Position:
    return Position(of[-1][1].seq, of[-1][1].hash)


def test_an_untouched_chain_holds() -> None:
    whole = chain(9)
    assert verify(whole, end(whole), end(whole[:4])) is None
    assert [seal.seq for _, seal in whole] == list(range(1, 10))
    assert whole[0][1].prev_hash == GENESIS


def test_it_goes_on_where_it_ended() -> None:
    first = chain(4)
    later = [row(number) for number in range(5, 8)]
    seals = seal_rows(later, end(first), NOON)
    assert verify(first + list(zip(later, seals, strict=True))) is None


def test_the_hash_is_the_documented_one() -> None:
    """Written out by hand, as an auditor in another language would."""
    text = (
        '{"action":"license.issued","actor_id":"key-1","actor_kind":"vendor",'
        '"details":{"cameras_allowed":"1"},"entry_id":"00000000-0000-0000-0000-000000000001",'
        f'"prev_hash":"{"00" * 32}","recorded_at":"2025-01-15T12:00:01.000000Z",'
        '"request_id":"request-1","resource":"license/1",'
        '"sealed_at":"2025-01-15T12:00:00.000000Z","seq":1,'
        '"tenant_id":"0190a000-0000-7000-8000-000000000001"}'
    )
    assert row_hash(row(1), 1, NOON, GENESIS) == hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"tenant_id": UUID(int=5)},
        {"entry_id": UUID(int=77)},
        {"recorded_at": NOON},
        {"actor_kind": "tenant"},
        {"actor_id": "key-2"},
        {"request_id": ""},
        {"action": "license.revoked"},
        {"resource": "license/other"},
        {"details": {}},
        {"details": {"cameras_allowed": "3", "more": ""}},
    ],
)
def test_every_field_counts(change: dict[str, object]) -> None:
    altered = chain(5)
    altered[2] = (replace(altered[2][0], **change), altered[2][1])  # type: ignore[arg-type]
    bad = verify(altered)
    assert bad is not None
    assert (bad.fault, bad.seq) == (ChainFault.ALTERED, 3)
    assert str(altered[2][0].entry_id) in bad.message


@pytest.mark.parametrize(
    "change",
    [{"sealed_at": NOON + timedelta(1)}, {"prev_hash": bytes(32)}, {"hash": bytes(32)}],
)
def test_the_seal_counts_too(change: dict[str, object]) -> None:
    altered = chain(5)
    altered[2] = (altered[2][0], replace(altered[2][1], **change))  # type: ignore[arg-type]
    bad = verify(altered)
    assert bad is not None
    assert (bad.fault, bad.seq) == (ChainFault.ALTERED, 3)


def test_a_removed_row_is_named() -> None:
    bad = verify([*chain(5)[:2], *chain(5)[3:]])
    assert bad is not None
    assert (bad.fault, bad.seq, bad.entry_id) == (ChainFault.REMOVED, 3, None)


def test_a_second_row_at_one_place_is_named() -> None:
    whole = chain(3)
    forged = row(9)
    seal = seal_rows([forged], end(whole[:1]), NOON)[0]
    bad = verify([*whole[:2], (forged, seal), whole[2]])
    assert bad is not None
    assert (bad.fault, bad.seq, bad.entry_id) == (ChainFault.INSERTED, 2, forged.entry_id)


def test_a_row_that_replaced_another_is_named_by_its_successor() -> None:
    """The forger sealed it well, but not the row that follows."""
    whole = chain(4)
    forged = row(9)
    whole[1] = (forged, seal_rows([forged], end(whole[:1]), NOON)[0])
    bad = verify(whole)
    assert bad is not None
    assert (bad.fault, bad.seq) == (ChainFault.REORDERED, 3)


def test_swapped_rows_are_named() -> None:
    whole = chain(4)
    whole[1], whole[2] = (whole[2][0], whole[1][1]), (whole[1][0], whole[2][1])
    bad = verify(whole)
    assert bad is not None
    assert (bad.fault, bad.seq) == (ChainFault.ALTERED, 2)


def rewritten(length: int) -> Chain:
    """What somebody with all of the database can do: another past, sealed throughout."""
    rows = [row(1), row(99), *(row(number) for number in range(3, length + 1))]
    return list(zip(rows, seal_rows(rows, START, NOON), strict=True))


def test_a_rewritten_chain_holds_by_itself_but_not_against_a_kept_head() -> None:
    kept = end(chain(4))
    assert verify(rewritten(6)) is None
    bad = verify(rewritten(6), kept)
    assert bad is not None
    assert (bad.fault, bad.seq) == (ChainFault.REWRITTEN, 4)


def test_a_kept_head_counts_beside_another_of_the_same_place() -> None:
    """The database's own end was rewritten with the chain."""
    kept, own = end(chain(6)), end(rewritten(6))
    for expected in ((kept, own), (own, kept)):
        bad = verify(rewritten(6), *expected)
        assert bad is not None
        assert (bad.fault, bad.seq) == (ChainFault.REWRITTEN, 6)


def test_a_cut_tail_is_found_by_a_kept_head() -> None:
    whole = chain(6)
    assert verify(whole[:4]) is None
    bad = verify(whole[:4], end(whole))
    assert bad is not None
    assert (bad.fault, bad.seq) == (ChainFault.TRUNCATED, 5)


def test_reading_may_begin_at_a_row_that_is_known() -> None:
    whole = chain(6)
    known = end(whole[:4])
    assert verify(whole[3:], known, first=4) is None
    bad = verify(rewritten(6)[3:], known, first=4)
    assert bad is not None
    assert (bad.fault, bad.seq) == (ChainFault.REWRITTEN, 4)
    assert verify(whole[4:], known, first=4) is not None


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text(max_size=20)))
def test_the_hashed_text_is_json_that_reads_back(details: dict[str, str]) -> None:
    """Whatever a caller named, the hash is stable through a store of JSON."""
    told = replace(row(1), details=details)
    kept = replace(told, details=json.loads(json.dumps(details)))
    assert row_hash(told, 1, NOON, GENESIS) == row_hash(kept, 1, NOON, GENESIS)
