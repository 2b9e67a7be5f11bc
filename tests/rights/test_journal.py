"""Equal links prove equal histories."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.journal import GENESIS, chain, head, link

payloads = st.lists(st.binary(max_size=64), max_size=20)


def test_the_first_link_is_the_hash_of_zeros_and_the_payload() -> None:
    assert link(GENESIS, b"frame") == sha256(b"\0" * 32 + b"frame").digest()


@given(payloads, payloads)
def test_a_chain_goes_on_where_it_stopped(first: list[bytes], second: list[bytes]) -> None:
    whole = chain(GENESIS, first + second)
    assert whole == chain(GENESIS, first) + chain(head(GENESIS, first), second)
    assert len(whole) == len(first) + len(second)
    assert head(GENESIS, first + second) == (whole[-1] if whole else GENESIS)


@given(payloads.filter(bool), st.data())
def test_one_changed_event_changes_every_later_link(
    events: list[bytes], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(events) - 1))
    forged = events.copy()
    forged[place] += b"!"
    true, false = chain(GENESIS, events), chain(GENESIS, forged)
    assert true[:place] == false[:place]
    assert not set(true[place:]) & set(false[place:])


@pytest.mark.parametrize("previous", [b"", b"\0" * 31, b"\0" * 33])
def test_a_link_of_another_length_is_no_link(previous: bytes) -> None:
    for use in (link, chain, head):
        with pytest.raises(ValueError, match="32 bytes"):
            use(previous, b"")  # type: ignore[operator]
