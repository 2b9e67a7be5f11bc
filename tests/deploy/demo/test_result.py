from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from deploy.demo.report import print_result
from deploy.demo.result import Refusal, Result
from deploy.demo.sums import Journal
from deploy.detector.evaluate import Score

SUMS = {"inference_frame": Decimal(600), "api_call": Decimal(7)}
REFUSALS = tuple(
    Refusal("cam", reason, reason, "in words")
    for reason in ("camera_unlicensed", "feature_not_licensed")
)
GOOD = Result(
    seconds=40.0,
    detections=1000,
    score=Score(),
    refusals=REFUSALS,
    journal=Journal(events=9, acked=9, duplicates=1),
    triton=Decimal(600),
    edge=SUMS,
    cloud={},
    ledger=SUMS,
    aggregates=SUMS,
    preview=SUMS,
    subtotal="1.00 USD",
)


def printed(result):
    said = StringIO()
    status = print_result(result, Console(width=200, file=said))
    return status, said.getvalue()


def test_equal_sums_are_a_success():
    status, text = printed(GOOD)
    assert status == 0
    assert "Every sum is equal" in text


def test_calls_that_the_cloud_counted_are_part_of_every_sum():
    calls = {"api_call": Decimal(2)}
    more = SUMS | {"api_call": Decimal(9)}
    status, text = printed(replace(GOOD, cloud=calls, ledger=more, aggregates=more, preview=more))
    assert status == 0, text
    status, text = printed(replace(GOOD, cloud=calls))
    assert status == 1
    assert "api_call: the node counted 7, the cloud 2, the ledger has 7" in text


@pytest.mark.parametrize("place", ["ledger", "aggregates", "preview"])
@pytest.mark.parametrize(
    "sums",
    [
        SUMS | {"inference_frame": Decimal(599)},
        SUMS | {"api_call": Decimal("7.00001")},
        SUMS | {"sms": Decimal(1)},
        {"inference_frame": Decimal(600)},
        {},
    ],
)
def test_any_difference_is_a_failure(place, sums):
    status, text = printed(replace(GOOD, **{place: sums}))
    assert status == 1
    assert f"the {place} has" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"triton": Decimal(601)}, "Triton inferred 601 frames"),
        ({"journal": Journal(9, 8, 1)}, "1 events were never acked"),
        ({"journal": Journal(9, 9, 0)}, "void: no event was sent twice"),
        ({"refusals": (REFUSALS[0],) * 3}, "void: fewer than 2 distinct refusals"),
    ],
)
def test_what_else_makes_it_fail(change, said):
    status, text = printed(replace(GOOD, **change))
    assert status == 1
    assert said in text


def test_too_few_frames_are_void_even_when_equal():
    few = {"inference_frame": Decimal(499)}
    same = dict.fromkeys(("edge", "ledger", "aggregates", "preview"), few)
    status, text = printed(replace(GOOD, triton=Decimal(499), **same))
    assert status == 1
    assert "void: only 499 frames" in text
