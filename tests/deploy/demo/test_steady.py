from dataclasses import replace

import pytest

from deploy.demo.steady import read_steady
from deploy.demo.sums import Journal
from deploy.local.errors import StartError
from tests.deploy.demo.test_result import GOOD


class Node:
    """Makes an event during the first `busy` reads."""

    def __init__(self, busy):
        self.events, self.busy, self.reads = 9, busy, 0

    async def at_rest(self):
        return Journal(self.events, self.events, 1)

    async def read(self):
        self.reads += 1
        if self.reads <= self.busy:
            self.events += 1
        return replace(GOOD, journal=Journal(self.events, self.events, 1))


@pytest.mark.parametrize("busy", [0, 1, 2])
async def test_sums_between_which_an_event_was_made_are_read_again(busy):
    node = Node(busy)
    result = await read_steady(node.at_rest, node.read)
    assert node.reads == busy + 1
    assert result.journal == await node.at_rest()


async def test_a_journal_that_never_rests_is_a_failure():
    node = Node(100)
    with pytest.raises(StartError, match="never stood still"):
        await read_steady(node.at_rest, node.read)
