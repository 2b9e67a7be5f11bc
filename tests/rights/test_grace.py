"""Past its paid time a camera without a network does less and less, until its grace is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.claim_members import from_claims, to_claims
from rights.claims import LicenseClaims
from rights.decision import Decision, Refusal, decide_camera, decide_feature
from rights.errors import CatalogError
from rights.grace import Grace, GraceStep
from rights.licenses import CameraLicense, LicenseMode, LicenseStatus

ENDED = datetime(2026, 3, 1, tzinfo=UTC)
HEARD = ENDED - timedelta(days=2)
MOMENT = timedelta(microseconds=1)
CAMERA = CameraLicense(
    "cam-1", LicenseMode.BASE, LicenseStatus.ACTIVE, frozenset({"industry"}), ENDED
)


@pytest.fixture(scope="module")
def grace(catalog: Catalog) -> Grace:
    """What the catalogue grants a paid licence: 30 days."""
    plan = catalog.plan("vision", "base")
    return Grace(timedelta(days=plan.offline_grace_days), plan.grace_ladder)


@pytest.fixture(scope="module")
def rights(catalog: Catalog, grace: Grace) -> tuple[Catalog, Grace]:
    """What is sold, and the grace."""
    return catalog, grace


@pytest.mark.parametrize(
    ("since", "steps", "stride", "pack"),
    [
        (timedelta(0), (None, GraceStep.WARN), 1, True),
        (timedelta(days=15), (GraceStep.WARN, GraceStep.FEWER_FRAMES), 2, True),
        (timedelta(days=24), (GraceStep.FEWER_FRAMES, GraceStep.DROP_PACKS), 2, False),
    ],
)
def test_each_rung_begins_at_its_moment(
    rights: tuple[Catalog, Grace],
    since: timedelta,
    steps: tuple[GraceStep | None, GraceStep],
    stride: int,
    pack: bool,
) -> None:
    (catalog, grace), at, (before, step) = rights, ENDED + since, steps
    assert decide_camera(CAMERA, at - MOMENT, HEARD, grace).step is before
    camera = decide_camera(CAMERA, at, HEARD, grace)
    assert (camera.allowed, camera.step, camera.frame_stride) == (True, step, stride)

    def feature(name: str) -> Decision:
        return decide_feature(catalog, CAMERA, name, at, offline_since=HEARD, grace=grace)

    assert feature("person").allowed
    assert feature("number_plate").allowed is pack
    if not pack:
        assert feature("number_plate").reason is Refusal.LICENSE_EXPIRED
        assert "reach the cloud" in feature("number_plate").origin


def test_the_graces_end_stops_the_camera(grace: Grace) -> None:
    end = ENDED + timedelta(days=30)
    assert decide_camera(CAMERA, end - MOMENT, HEARD, grace).allowed
    over = decide_camera(CAMERA, end, HEARD, grace)
    assert (over.allowed, over.reason, over.step) == (
        False,
        Refusal.LICENSE_EXPIRED,
        GraceStep.STOP,
    )


def test_there_is_no_ladder_while_the_time_is_paid_or_the_cloud_is_there(grace: Grace) -> None:
    paid = decide_camera(CAMERA, ENDED - MOMENT, HEARD, grace)
    assert (paid.step, paid.frame_stride) == (None, 1)
    reachable = decide_camera(CAMERA, ENDED, None, grace)
    assert (reachable.allowed, reachable.step) == (False, None)


def test_the_ladder_travels_in_the_token(tenant_claims: LicenseClaims, grace: Grace) -> None:
    claims = replace(tenant_claims, grace_ladder=grace.ladder)
    members = to_claims(claims)
    assert from_claims(members) == claims
    members["graceLadder"].append({"step": "sing", "afterPercent": 99})
    assert from_claims(members) == claims, "an older node leaves a newer step aside"
    del members["graceLadder"]
    assert from_claims(members).grace_ladder == ()


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("[{step: stop, after_percent: 90}]", "is none of"),
        ("[{step: warn, after_percent: 100}]", "below 100"),
        ("[{step: fewer_frames, after_percent: 9}]", "needs a frame_stride"),
        ("[{step: warn, after_percent: 9, frame_stride: 2}]", "needs a frame_stride"),
        ("[{step: fewer_frames, after_percent: 9, frame_stride: 1}]", "2 to 1000"),
        ("[{step: drop_packs, after_percent: 9}, {step: warn, after_percent: 10}]", "the order"),
        ("[{step: warn, after_percent: 9}, {step: drop_packs, after_percent: 8}]", "before the"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(
    catalog_text: str, written: str, problem: str
) -> None:
    wrong = catalog_text.replace(
        "        limits: {cameras: 2}",
        f"        grace_ladder: {written}\n        limits: {{cameras: 2}}",
    ).replace(
        "        grace_ladder:\n          - {step: warn, after_percent: 0}\n"
        "          - {step: fewer_frames, after_percent: 50, frame_stride: 2}\n        grace",
        "        grace",
    )
    with pytest.raises(CatalogError, match=problem):
        load_catalog(wrong)
