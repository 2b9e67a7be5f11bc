"""REST over the whole mesh: gateway, billing, stores."""

import uuid

import httpx
import pytest


@pytest.fixture
async def rest(mesh):
    headers = {"authorization": f"Bearer {mesh.env['BRINKBYTE_TENANT_API_KEY']}"}
    async with httpx.AsyncClient(
        base_url=mesh.env["BRINKBYTE_GATEWAY_URL"], headers=headers
    ) as client:
        yield client


async def test_health_and_stats(mesh, rest) -> None:
    health = await rest.get("/health", headers={"authorization": ""})
    assert (health.status_code, health.json()["dependencies"]) == (200, {"billing": "ok"})
    stats = await rest.get("/stats")
    assert stats.json()["camera_licenses"] == 3


async def test_validate_tells_why_not(mesh, rest) -> None:
    body = {"camera_id": "cam-west", "tenant_id": mesh.env["BRINKBYTE_TENANT_ID"]}
    answer = (await rest.post("/api/v1/licenses/validate", json=body)).json()
    assert answer["is_valid"] is False
    assert answer["license_mode"] == "unlicensed"
    assert answer["message"]


async def test_a_pack_decides_a_feature(rest) -> None:
    async def allowed(camera: str) -> bool:
        body = {"camera_id": camera, "feature": "object_size"}
        return (await rest.post("/api/v1/entitlements/check", json=body)).json()["allowed"]

    assert await allowed("cam-east")
    assert not await allowed("cam-south")


async def test_usage_shows_on_the_preview_at_once(rest) -> None:
    event_id = str(uuid.uuid4())
    event = {
        "event_id": event_id,
        "event_type": "sms",
        "resource_id": "alerts",
        "quantity": 2.5,
        "unit": "messages",
        "event_time": "2026-01-31T12:00:00+01:00",
    }

    async def sms() -> str:
        lines = (await rest.get("/api/v1/invoices/preview")).json()["lines"]
        return next((line["quantity"] for line in lines if line["name"] == "sms"), "0")

    before = float(await sms())
    event["event_time"] = (await rest.get("/stats")).json()["counted_at"]
    bad = event | {"event_id": "bad", "quantity": "-1"}
    for expected in ("accepted", "duplicate"):
        answer = await rest.post("/api/v1/usage/batch", json={"events": [event, bad]})
        assert [one["status"] for one in answer.json()["results"]] == [expected, "rejected"]
    assert "quantity" in answer.json()["results"][1]["reason"]
    assert float(await sms()) == before + 2.5
    conflict = await rest.post("/api/v1/usage/batch", json={"events": [event | {"quantity": 3}]})
    assert conflict.json()["results"][0]["status"] == "conflict"


async def test_a_unary_heartbeat(mesh, rest) -> None:
    devices = (await rest.get("/api/v1/devices")).json()["devices"]
    client = next(each for each in devices if each["hardware_id"] == "demo-client")
    body = {"device_id": client["device_id"], "status": {"software_version": "9.9"}}
    answer = await rest.post("/api/v1/heartbeat", json=body)
    assert answer.status_code == 200
    assert answer.json()["epoch"]["number"] > 0


async def test_errors_are_problems(rest) -> None:
    cases = {
        ("post", "/api/v1/licenses/validate", '{"camera_id": 1}'): (400, "camera_id"),
        ("post", "/api/v1/licenses/validate", '{"camera": "x"}'): (400, "camera"),
        ("post", "/api/v1/licenses/validate", "{"): (400, "body"),
        ("post", "/api/v1/entitlements/check", '{"camera_id": "c", "feature": "x"}'): (
            400,
            "feature",
        ),
        ("get", "/api/v1/devices/not-a-uuid", None): (400, "device_id"),
    }
    for (method, path, body), (status, field) in cases.items():
        answer = await rest.request(
            method, path, content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert field in [each["field"] for each in answer.json()["errors"]]


FOREIGN = "cust_00000000000000000000000000000000"
CAMERA = {"camera_id": "cam-north"}


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/api/v1/licenses/validate", CAMERA | {"tenant_id": FOREIGN}, 404, "not_found"),
        ("/api/v1/usage/batch", {"tenant_id": FOREIGN, "events": [{}]}, 404, "not_found"),
        ("/api/v1/licenses", {}, 403, "scope_missing"),
        (
            "/api/v1/licenses/validate",
            CAMERA | {"device_id": "x" * 5_000_000},
            413,
            "message_too_large",
        ),
        ("/api/v1/usage/batch", {"events": [{}] * 1001}, 400, "invalid_field"),
    ],
    ids=["wrong tenant", "its usage", "out of scope", "oversized", "too many"],
)
async def test_a_post_that_may_not_be(rest, path, body, status, reason) -> None:
    answer = await rest.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reason"] == reason


async def test_one_bad_event_does_not_hurt_the_others(rest) -> None:
    good = {"event_id": str(uuid.uuid4()), "event_type": "sms", "resource_id": "alerts"}
    good["event_time"] = (await rest.get("/stats")).json()["counted_at"]
    wrong = {
        "event_type": good | {"event_type": "sheep"},
        "unit": good | {"unit": "pigeons"},
        "quantity": good | {"quantity": "NaN"},
        "event_time": {key: good[key] for key in good if key != "event_time"},
        "event_id": good | {"event_id": "é" * 65},
    }
    answer = await rest.post("/api/v1/usage/batch", json={"events": [*wrong.values(), good]})
    *refused, taken = answer.json()["results"]
    assert [each["reason"].partition(":")[0] for each in refused] == list(wrong)
    assert {each["status"] for each in refused} == {"rejected"}
    assert taken["status"] == "accepted"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/tenants/cust_00000000000000000000000000000000", {}, 404),
        ("/api/v1/devices", {"authorization": ""}, 401),
        ("/api/v1/nothing", {}, 404),
    ],
)
async def test_refusals(rest, path: str, headers: dict[str, str], status: int) -> None:
    answer = await rest.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.json()["status"] == status
