"""Every decision says how it was reached, and is the decision that validation makes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from brinkbyte.common.v1 import decision_pb2
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.entitlement.v1 import entitlement_service_pb2, entitlement_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2 as pb

from tests.billing.cloud_harness import Cloud, Device, Tenant, refused
from tests.billing.licenses.calls import Vendor, batch, licenses, list_all, validate

DAY = timedelta(days=1)
ALL = ["EPOCH", "PLAN", "STATUS", "DATES", "DEVICE", "FINGERPRINT", "SLOT"]


async def explain(
    channel: grpc.aio.Channel, camera_id: str, at: datetime | None = None, **fields: Any
) -> pb.ExplainDecisionResponse:
    request = pb.ExplainDecisionRequest(camera_id=camera_id, **fields)
    if at is not None:
        request.at.FromDatetime(at)
    return await licenses(channel).ExplainDecision(request)


def rules(found: pb.ExplainDecisionResponse) -> list[str]:
    return [
        decision_pb2.DecisionRule.Name(step.rule).removeprefix("DECISION_RULE_")
        for step in found.steps
    ]


def reason(found: Any) -> str:
    return reasons.ErrorReason.Name(found.reason).removeprefix("ERROR_REASON_")


async def test_a_camera_that_may_run_names_every_rule_that_let_it_pass(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, cameras=3)
    device = await billing.device(tenant)
    await batch(device.channel, "cam", cam="serial")
    found = await explain(device.channel, "cam", fingerprint="serial")
    assert found.allowed
    assert found.message == ""
    assert rules(found) == ALL
    assert all(step.passed and step.reason == 0 for step in found.steps)
    texts = [step.text for step in found.steps]
    assert texts[0].startswith(f"epoch {found.epoch.number} of")
    assert texts[1:3] == ["vision plan base", "the base licence is active"]
    assert texts[4:] == [
        f"the camera is bound to device {device.device_id}, which asks",
        "the fingerprint is the one on record",
        "the camera holds a slot; 1 of 3 are taken",
    ]


@dataclass
class Scene:
    billing: Cloud
    tenant: Tenant
    device: Device
    vendor: Vendor


async def suspended(scene: Scene) -> dict[str, Any]:
    await scene.vendor.suspend()
    return {}


async def revoked(scene: Scene) -> dict[str, Any]:
    await scene.vendor.revoke()
    return {}


async def ended(scene: Scene) -> dict[str, Any]:
    scene.billing.clock.advance(31 * DAY)
    return {}


async def held_elsewhere(scene: Scene) -> dict[str, Any]:
    other = await scene.billing.device(scene.tenant)
    return {"device_id": other.device_id}


async def another_camera(scene: Scene) -> dict[str, Any]:
    return {"fingerprint": "another"}


async def too_small(scene: Scene) -> dict[str, Any]:
    await scene.vendor.upgrade(cameras_allowed=0)
    return {}


async def trial_full(scene: Scene) -> dict[str, Any]:
    trial = await scene.billing.tenant()
    await batch(trial.admin, "one", "two")
    scene.tenant = trial
    return {}


@pytest.mark.parametrize(
    ("happens", "rule", "expected"),
    [
        (suspended, "STATUS", "LICENSE_SUSPENDED"),
        (revoked, "STATUS", "LICENSE_REVOKED"),
        (ended, "DATES", "LICENSE_EXPIRED"),
        (held_elsewhere, "DEVICE", "CAMERA_HELD_ELSEWHERE"),
        (another_camera, "FINGERPRINT", "CAMERA_MISMATCH"),
        (too_small, "SLOT", "CAMERA_LIMIT_REACHED"),
        (trial_full, "SLOT", "CAMERA_UNLICENSED"),
    ],
)
async def test_the_rule_that_refuses_is_the_last_and_validation_agrees(
    fresh_billing: Cloud,
    happens: Callable[[Scene], Awaitable[dict[str, Any]]],
    rule: str,
    expected: str,
) -> None:
    tenant = await fresh_billing.tenant()
    await fresh_billing.issue_license(tenant)
    device = await fresh_billing.device(tenant)
    await batch(device.channel, "cam", cam="serial")
    scene = Scene(fresh_billing, tenant, device, Vendor(fresh_billing, tenant))
    asked = await happens(scene)
    found = await explain(scene.tenant.admin, "cam", **asked)
    assert not found.allowed
    assert rules(found) == ALL[: ALL.index(rule) + 1]
    assert [step.passed for step in found.steps] == [True] * (len(found.steps) - 1) + [False]
    assert reason(found) == reason(found.steps[-1]) == expected
    answer = await validate(scene.tenant.admin, "cam", **asked)
    assert reason(answer) == expected
    assert answer.message == found.message != ""


async def test_a_feature_is_explained_by_its_camera_and_its_pack(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, packs=("integration",))
    await batch(tenant.admin, "cam")
    entitlements = entitlement_service_pb2_grpc.EntitlementServiceStub(tenant.admin)
    for feature, pack, why in (
        ("person", "base", "UNSPECIFIED"),
        ("webhook", "integration", "UNSPECIFIED"),
        ("number_plate", "industry", "FEATURE_NOT_LICENSED"),
    ):
        found = await explain(tenant.read, "cam", feature=feature)
        assert rules(found) == ["FEATURE", *ALL, "PACK"]
        assert found.allowed == (why == "UNSPECIFIED")
        assert reason(found) == why
        assert pack in found.steps[0].text
        assert f"pack {pack}" in found.steps[-1].text
        checked = await entitlements.CheckEntitlement(
            entitlement_service_pb2.CheckEntitlementRequest(camera_id="cam", feature=feature)
        )
        assert (checked.allowed, reason(checked)) == (found.allowed, why)
    unknown = await explain(tenant.read, "cam", feature="teleport")
    assert rules(unknown) == ["FEATURE"]
    assert reason(unknown) == "FEATURE_UNKNOWN"
    await Vendor(billing, tenant).suspend()
    camera = await explain(tenant.read, "cam", feature="webhook")
    assert rules(camera) == ["FEATURE", "EPOCH", "PLAN", "STATUS"]


async def test_another_moment_is_decided_by_the_dates_of_now(billing: Cloud) -> None:
    tenant = await billing.tenant()
    await billing.issue_license(tenant, valid_for=30 * DAY)
    await batch(tenant.admin, "cam")
    now = billing.clock.now()
    tomorrow = await explain(tenant.read, "cam", at=now + DAY)
    assert tomorrow.allowed
    assert tomorrow.at.ToDatetime(UTC) == now + DAY
    late = await explain(tenant.read, "cam", at=now + 30 * DAY)
    assert reason(late) == "LICENSE_EXPIRED"
    assert (await explain(tenant.read, "cam")).at.ToDatetime(UTC) == now


async def test_an_explanation_takes_no_slot_and_binds_nothing(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    found = await explain(device.channel, "cam", fingerprint="serial")
    assert reason(found) == "CAMERA_UNLICENSED"
    assert found.steps[3].text == "trial licence that begins with its first camera"
    assert "2 cameras for 90 days" in found.steps[1].text
    assert "Validate it" in found.message
    assert await list_all(tenant) == {}
    await batch(tenant.admin, "cam")
    await explain(device.channel, "cam", fingerprint="serial")
    held = (await list_all(tenant))["cam"]
    assert (held.device_id, held.fingerprint) == ("", "")


async def test_a_device_explains_only_for_itself(billing: Cloud) -> None:
    tenant = await billing.tenant()
    device, other = await billing.device(tenant), await billing.device(tenant)
    async with refused(grpc.StatusCode.NOT_FOUND):
        await explain(device.channel, "cam", device_id=other.device_id)
