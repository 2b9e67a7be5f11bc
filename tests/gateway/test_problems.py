"""What the server refuses, as a caller of REST sees it."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from google.protobuf.message import Message

from gateway.problems import STATUS, problem
from mesh import errors
from mesh.errors import MeshError
from tests.gateway.backend import GOOD, Backend, running_backend, running_world

STATS = "/api/v1/stats"


def every_error() -> list[type[MeshError]]:
    found, queue = [], [MeshError]
    while queue:
        kind = queue.pop()
        queue += kind.__subclasses__()
        found += [kind]
    return [kind for kind in found if kind.__module__ == errors.__name__]


def test_every_error_of_a_call_has_a_status() -> None:
    of_a_start = {errors.ConfigError, errors.StartError, MeshError}
    assert set(every_error()) - of_a_start == set(STATUS)


async def answered(http: httpx.AsyncClient, backend: Backend, error: MeshError) -> httpx.Response:
    backend.answers["GetStats"] = error
    response = await http.get(STATS, headers=GOOD)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    assert response.json()["instance"] == STATS
    return response


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (errors.InvalidArgument.field("a.b", "is wrong"), 400, "invalid_field"),
        (
            errors.FailedPrecondition("CAMERA_LIMIT_REACHED", "camera/1", "full"),
            400,
            "camera_limit_reached",
        ),
        (errors.Unauthenticated("CREDENTIAL_REVOKED", "revoked"), 401, "credential_revoked"),
        (errors.PermissionDenied(["stats:read"]), 403, "scope_missing"),
        (errors.NotFound("tenant", "cust_other"), 404, "not_found"),
        (errors.AlreadyExists("tenant", "email"), 409, "already_exists"),
        (errors.Aborted("journal/7", "taken over"), 409, "state_conflict"),
        (errors.TooLarge("too large"), 413, "message_too_large"),
        (errors.RateLimited(timedelta(seconds=2.5)), 429, "rate_limited"),
        (errors.QuotaExhausted("sms", "0 of 0 left", None), 429, "quota_exhausted"),
        (errors.Internal(), 500, "internal"),
        (errors.DeadlineExceeded(), 504, "deadline_exceeded"),
        (errors.StorageFull(), 507, "storage_full"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, MeshError) else str(value),
)
async def test_the_table(
    http: httpx.AsyncClient, backend: Backend, error: MeshError, status: int, reason: str
) -> None:
    response = await answered(http, backend, error)
    body = response.json()
    assert (response.status_code, body["reason"]) == (status, reason)
    assert body["type"] == f"urn:brinkbyte:error:{reason}"
    assert body["detail"] == error.message


async def test_fields_are_named(http: httpx.AsyncClient, backend: Backend) -> None:
    error = errors.InvalidArgument([errors.Violation("a[0].b", "x"), errors.Violation("c", "y")])
    body = (await answered(http, backend, error)).json()
    assert body["errors"] == [
        {"field": "a[0].b", "description": "x"},
        {"field": "c", "description": "y"},
    ]


async def test_when_to_come_back(http: httpx.AsyncClient, backend: Backend) -> None:
    response = await answered(http, backend, errors.RateLimited(timedelta(seconds=2.5)))
    assert (response.headers["retry-after"], response.json()["retry_after"]) == ("3", 3)


async def test_an_exhausted_quota_says_which_how_much_and_until_when(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    reset = datetime.now(timezone(timedelta(hours=2))).replace(microsecond=0) + timedelta(days=2)
    error = errors.QuotaExhausted(
        "api_call",
        "999.5 of 1000 used",
        reset,
        metadata={"limit": "1000", "used": "999.5", "remaining": "0.5", "unit": "call"},
    )
    response = await answered(http, backend, error)
    body = response.json()
    assert body["detail"] == "999.5 of 1000 used"
    assert body["quota"] == {
        "metric": "api_call",
        "limit": "1000",
        "used": "999.5",
        "remaining": "0.5",
        "reset": reset.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    seconds = int(response.headers["retry-after"])
    assert 0 < 2 * 86_400 - seconds < 60 or seconds == 2 * 86_400
    assert body["retry_after"] == seconds
    assert response.headers["ratelimit"] == f'"api_call";r=0;t={seconds}'
    assert response.headers["ratelimit-policy"] == '"api_call";q=1000;brinkbyte-unit="call"'


def test_a_header_never_carries_what_it_must_not() -> None:
    now = datetime(2026, 2, 1, tzinfo=UTC)
    bad = errors.QuotaExhausted("a\r\nset-cookie: b", "used up", None, metadata={"limit": "é"})
    assert not [name for name in problem(bad, "/", "", now).headers if "ratelimit" in name]
    odd = errors.QuotaExhausted(
        'a"b\\c', "used up", now, metadata={"limit": "1e99", "remaining": "-3", "unit": "é"}
    )
    headers = problem(odd, "/", "", now + timedelta(seconds=5)).headers
    assert headers["ratelimit"] == '"a\\"b\\\\c";r=0;t=0'
    assert headers["ratelimit-policy"] == '"a\\"b\\\\c";q=999999999999999'
    assert headers["retry-after"] == "1"


async def test_an_answer_about_one_quota_says_how_it_stands(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    sms = pb.QuotaStatus(metric="sms", unit="message", limit="100", remaining="7.9")
    sms.resets_at.FromDatetime(datetime.now(UTC) + timedelta(seconds=3600))
    backend.answers["ReserveQuota"] = pb.ReserveQuotaResponse(quota=sms)
    reserve = {"reservation": {"operation_id": "op", "metric": "sms"}}
    response = await http.post("/api/v1/quotas/reserve", json=reserve, headers=GOOD)
    name, left, until = response.headers["ratelimit"].split(";")
    assert (name, left) == ('"sms"', "r=7")
    assert 3000 < int(until.removeprefix("t=")) <= 3600
    assert response.headers["ratelimit-policy"] == '"sms";q=100;brinkbyte-unit="message"'
    unlimited = pb.QuotaStatus(metric="llm_token")
    for quotas in ([], [sms, sms], [unlimited]):
        backend.answers["GetQuotaStatus"] = pb.GetQuotaStatusResponse(quotas=quotas)
        response = await http.get("/api/v1/quotas", headers=GOOD)
        assert response.status_code == 200
        assert "ratelimit" not in response.headers


async def test_another_tenants_thing_looks_like_none(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    backend.answers["GetTenant"] = errors.NotFound("tenant", "cust_other")
    response = await http.get("/api/v1/tenants/cust_other", headers=GOOD)
    assert response.status_code == 404
    assert "cust_other" not in response.text.replace(response.json()["instance"], "")


async def test_a_defect_behind_the_gateway_keeps_its_text(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    async def broken(_: Message) -> Any:
        raise RuntimeError("password=hunter2")

    backend.answers["GetStats"] = broken
    response = await http.get(STATS, headers=GOOD | {"x-request-id": "find-me"})
    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert response.json()["metadata"]["request_id"] == "find-me"


async def test_a_defect_of_the_gateway_keeps_its_text(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    from brinkbyte.license.v1.license_service_pb2 import VerifyTokenResponse

    backend.answers["VerifyToken"] = VerifyTokenResponse(valid=True, claims="not json")
    response = await http.post("/api/licenses/verify", json={"license": "x"}, headers=GOOD)
    assert (response.status_code, response.json()["detail"]) == (500, "internal error")
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_no_server_behind_the_gateway(certificates: dict[str, Path]) -> None:
    async with running_world(certificates) as world:
        await world.server.drain(0)
        response = await world.http.get(STATS, headers=GOOD)
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) >= 1
        body = response.json()
        assert (body["reason"], body["detail"]) == (
            "dependency_unavailable",
            "billing is unavailable",
        )
        assert "127.0.0.1" not in response.text
        health = await world.http.get("/health")
        assert (health.status_code, health.json()) == (
            503,
            {"status": "degraded", "dependencies": {"billing": "unavailable"}},
        )


async def test_the_gateway_heals_when_the_server_is_back(certificates: dict[str, Path]) -> None:
    async with running_world(certificates) as world:
        assert (await world.http.get("/health")).status_code == 200
        port = world.backend_port
        await world.server.drain(0)
        assert (await world.http.get("/health")).status_code == 503
        async with running_backend(certificates, f"127.0.0.1:{port}"), asyncio.timeout(60):
            while (await world.http.get(STATS, headers=GOOD)).status_code != 200:
                await asyncio.sleep(0.05)


async def test_an_answer_that_takes_too_long(certificates: dict[str, Path]) -> None:
    async def slow(_: Message) -> Any:
        await asyncio.Event().wait()

    async with running_world(certificates, gateway_deadline_seconds=0.2) as world:
        world.backend.answers["GetStats"] = slow
        response = await world.http.get(STATS, headers=GOOD)
        assert response.status_code == 504
        assert response.json()["reason"] == "deadline_exceeded"
