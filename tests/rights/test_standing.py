"""The cloud's rules, one by one: what each says, and that the first refusal ends the walk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rights.catalog.model import Catalog
from rights.claims import Epoch
from rights.licenses import LicenseMode, LicenseStatus
from rights.standing import CameraStanding, Question, TenantStanding, standing_steps
from rights.steps import Refusal, Rule, Step, walk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
CAMERA = CameraStanding(within_cap=True, device_id="d1", fingerprint="f1")


@pytest.fixture
def paid(catalog: Catalog) -> TenantStanding:
    return TenantStanding(
        epoch=Epoch("history", 7),
        plan=catalog.plan("vision", "base"),
        mode=LicenseMode.BASE,
        status=LicenseStatus.ACTIVE,
        revoked=False,
        valid_until=LATER,
        cameras_allowed=2,
        cameras_used=1,
    )


def last(
    tenant: TenantStanding, camera: CameraStanding | None, question: Question | None = None
) -> Step:
    return tuple(walk(standing_steps(tenant, camera, question or Question(), NOW)))[-1]


def test_nothing_refuses_a_paid_camera(paid: TenantStanding) -> None:
    steps = tuple(walk(standing_steps(paid, CAMERA, Question("d1", "f1"), NOW)))
    assert all(step.passed for step in steps)
    assert [step.rule for step in steps] == [
        Rule.EPOCH,
        Rule.PLAN,
        Rule.STATUS,
        Rule.DATES,
        Rule.DEVICE,
        Rule.FINGERPRINT,
        Rule.SLOT,
    ]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"status": LicenseStatus.SUSPENDED}, Refusal.LICENSE_SUSPENDED),
        ({"revoked": True}, Refusal.LICENSE_REVOKED),
        ({"revoked": True, "status": LicenseStatus.SUSPENDED}, Refusal.LICENSE_REVOKED),
        ({"valid_until": NOW}, Refusal.LICENSE_EXPIRED),
    ],
)
def test_a_licence_not_in_force_refuses_every_camera(
    paid: TenantStanding, change: dict[str, object], refusal: Refusal
) -> None:
    tenant = replace(paid, **change)  # type: ignore[arg-type]
    for camera in (None, CAMERA):
        assert last(tenant, camera).refusal is refusal


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        (Question("d2"), Refusal.CAMERA_HELD_ELSEWHERE),
        (Question("d2", "f2"), Refusal.CAMERA_HELD_ELSEWHERE),
        (Question("d1", "f2"), Refusal.CAMERA_MISMATCH),
        (Question(None, "f2"), Refusal.CAMERA_MISMATCH),
        (Question("d1", "f2", namesake="other"), Refusal.CAMERA_MISMATCH),
    ],
)
def test_who_asks_for_the_camera_has_to_be_who_holds_it(
    paid: TenantStanding, question: Question, refusal: Refusal
) -> None:
    assert last(paid, CAMERA, question).refusal is refusal


def test_a_camera_known_under_another_id_is_refused_before_it_could_take_a_slot(
    paid: TenantStanding,
) -> None:
    step = last(paid, None, Question("d1", "f2", namesake="other"))
    assert (step.rule, step.refusal) == (Rule.FINGERPRINT, Refusal.CAMERA_MISMATCH)


def test_slots(paid: TenantStanding) -> None:
    assert last(paid, None).refusal is Refusal.CAMERA_UNLICENSED
    full = replace(paid, cameras_used=2)
    assert last(full, None).refusal is Refusal.CAMERA_LIMIT_REACHED
    shrunk = replace(paid, cameras_used=3)
    beyond = replace(CAMERA, within_cap=False)
    assert last(shrunk, beyond).refusal is Refusal.CAMERA_LIMIT_REACHED
    assert last(shrunk, CAMERA).passed
    trial = replace(full, mode=LicenseMode.TRIAL)
    assert last(trial, None).refusal is Refusal.CAMERA_UNLICENSED


def test_a_trial_that_has_not_begun_says_so(paid: TenantStanding, catalog: Catalog) -> None:
    trial = catalog.plan("vision", "trial")
    tenant = replace(paid, mode=LicenseMode.TRIAL, plan=trial, valid_until=None)
    texts = [step.text for step in standing_steps(tenant, None, Question(), NOW)]
    assert texts[1] == "vision plan trial: 2 cameras for 90 days"
    assert texts[3] == "trial licence that begins with its first camera"
