"""What a caller may send wrong, and what it is told."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.backend import GOOD, Backend, running_world

USAGE = "/api/v1/usage/batch"
VALIDATE = "/api/v1/licenses/validate"
JSON = GOOD | {"content-type": "application/json"}


def event(**fields: Any) -> dict[str, Any]:
    return {"event_id": "e", "event_type": "api_call", "resource_id": "r"} | fields


async def refused(
    http: httpx.AsyncClient, path: str, content: str | bytes, verb: str = "POST"
) -> dict[str, Any]:
    response = await http.request(verb, path, content=content, headers=JSON)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["reason"] == "invalid_field"
    return problem


def fields(problem: dict[str, Any]) -> list[str]:
    return [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '"text"',
        "nul",
        '{"camera_id": NaN}',
        '{"camera_id": "cam"} x',
        "[" * 100_000,
        '{"a": 1e99999999999999999999}',
        b"\xff\xfe",
        '{"camera_id": "\\ud800"}',
        '{"\\udfff": 1}',
        "\ufeff{}",
        "{'camera_id': 'cam'}",
    ],
)
async def test_malformed_json(
    http: httpx.AsyncClient, backend: Backend, content: str | bytes
) -> None:
    assert fields(await refused(http, VALIDATE, content)) == ["body"]
    assert not backend.seen


async def test_a_mistyped_field_is_named_with_what_is_known(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    problem = await refused(http, VALIDATE, '{"camera": "cam-1", "camera_id": "cam-1"}')
    assert fields(problem) == ["camera"]
    assert "camera_id, tenant_id, device_id" in problem["errors"][0]["description"]
    assert not backend.seen


async def test_a_key_that_stands_twice(http: httpx.AsyncClient, backend: Backend) -> None:
    assert fields(await refused(http, VALIDATE, '{"camera_id": "a", "camera_id": "b"}')) == [
        "camera_id"
    ]


async def test_every_wrong_field_is_named_by_its_path(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    wrong = [
        event(event_time="yesterday"),
        event(quantity=True),
        event(dimensions={"model": 7}),
        event(event_time="2026-01-31T10:00:00"),
        event(resource_id=5),
        "event",
    ]
    problem = await refused(http, USAGE, json.dumps({"tenant_id": 1, "events": wrong}))
    assert fields(problem) == [
        "tenant_id",
        "events[0].event_time",
        "events[1].quantity",
        "events[2].dimensions.model",
        "events[3].event_time",
        "events[4].resource_id",
        "events[5]",
    ]
    assert not backend.seen


async def test_a_flood_of_wrong_fields_is_answered_in_bounds(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    problem = await refused(http, VALIDATE, json.dumps({f"x{n}": n for n in range(10_000)}))
    assert len(problem["errors"]) == 20
    assert fields(await refused(http, USAGE, json.dumps({"events": [{}] * 10_001}))) == ["events"]


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("0.1", "0.1"),
        ("3", "3"),
        ("1e3", "1000"),
        ("12345678901234.56789", "12345678901234.56789"),
        ('"0.10000"', "0.10000"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("1e300", "1E+300"),
        ("null", ""),
    ],
)
async def test_a_quantity_arrives_digit_by_digit(
    http: httpx.AsyncClient, backend: Backend, sent: str, seen: str
) -> None:
    body = '{"events": [{"event_id": "e", "quantity": ' + sent + "}]}"
    assert (await http.post(USAGE, content=body, headers=JSON)).status_code == 200
    request: Any = backend.seen[0].request
    assert request.events[0].quantity == seen


@pytest.mark.parametrize(
    ("sent", "seconds", "nanos"),
    [
        ("2026-01-31T10:15:30Z", 1769854530, 0),
        ("2026-01-31t15:45:30.123456789+05:30", 1769854530, 123456789),
        ("1969-12-31T23:59:59.25Z", -1, 250000000),
    ],
)
async def test_times_of_any_offset(
    http: httpx.AsyncClient, backend: Backend, sent: str, seconds: int, nanos: int
) -> None:
    await http.post(USAGE, json={"events": [event(event_time=sent)]}, headers=GOOD)
    request: Any = backend.seen[0].request
    assert (request.events[0].event_time.seconds, request.events[0].event_time.nanos) == (
        seconds,
        nanos,
    )


@pytest.mark.parametrize(
    "sent",
    [
        "2026-01-31",
        "2026-01-31 10:15:30Z",
        "20260131T101530Z",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "2026-W05-6T10:15:30Z",
        1769854530,
    ],
)
async def test_no_time(http: httpx.AsyncClient, backend: Backend, sent: object) -> None:
    await refused(http, USAGE, json.dumps({"events": [event(event_time=sent)]}))


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("9007199254740993", 200),
        ('"9007199254740993"', 200),
        ("41.0", 200),
        ("41.5", 400),
        ("9223372036854775808", 400),
        ('"41x"', 400),
        ('"\\u0664"', 400),
        ("true", 400),
        ("1e999999", 400),
    ],
)
async def test_64_bit_integers(
    http: httpx.AsyncClient, backend: Backend, value: str, status: int
) -> None:
    path = "/api/v1/devices/7d444840-9dc0-11d1-b245-5ffdce74fad2/commands"
    body = '{"command_id": "c", "kind": "resync_usage", "resync_from_seq": ' + value + "}"
    response = await http.post(path, content=body, headers=JSON)
    assert response.status_code == status, response.text


async def test_a_smaller_integer_is_a_number(http: httpx.AsyncClient, backend: Backend) -> None:
    path = "/api/v1/devices/enrollment-tokens"
    assert fields(await refused(http, path, '{"ttl_seconds": "60"}')) == ["ttl_seconds"]
    assert fields(await refused(http, path, '{"ttl_seconds": 2147483648}')) == ["ttl_seconds"]


async def test_an_unknown_word_is_answered_with_the_known_ones(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    problem = await refused(http, "/api/v1/tenants/t/api-keys", '{"role": "TENANT_READ"}')
    assert "tenant_admin, tenant_read" in problem["errors"][0]["description"]


async def test_field_rules_of_the_contract_reach_the_caller(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    assert fields(await refused(http, VALIDATE, "{}")) == ["camera_id"]
    assert fields(await refused(http, "/api/v1/tenants?page_size=1001", "", "GET")) == ["page_size"]
    assert not backend.seen


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=ten", "page_size"),
        ("page_size=1&page_size=2", "page_size"),
        ("page=1", "page"),
        ("page_token=%ff", "query"),
        ("page_size=", "page_size"),
        ("&".join(f"a{n}=1" for n in range(200)), "query"),
    ],
)
async def test_wrong_queries(
    http: httpx.AsyncClient, backend: Backend, query: str, field: str
) -> None:
    assert fields(await refused(http, f"/api/v1/tenants?{query}", "", "GET")) == [field]


async def test_a_field_has_one_place(http: httpx.AsyncClient, backend: Backend) -> None:
    keys = "/api/v1/tenants/t/api-keys"
    both = '{"tenant_id": "other", "role": "tenant_read"}'
    assert fields(await refused(http, keys, both)) == ["tenant_id"]
    assert fields(await refused(http, f"{keys}?role=tenant_read", "{}")) == ["role"]
    assert not backend.seen


async def test_a_path_variable_is_decoded_once(http: httpx.AsyncClient, backend: Backend) -> None:
    for path, tenant in [("a%2Fb", "a/b"), ("a%252Fb", "a%2Fb"), ("a%3Fb%20c+d", "a?b c+d")]:
        backend.seen.clear()
        assert (await http.get(f"/api/v1/tenants/{path}", headers=GOOD)).status_code == 200
        request: Any = backend.seen[0].request
        assert request.tenant_id == tenant
    await refused(http, "/api/v1/tenants/%ff", "", "GET")


async def test_an_oversized_body_is_refused_before_it_is_read(
    certificates: dict[str, Path],
) -> None:
    body = json.dumps({"camera_id": "cam-1", "tenant_id": " " * 2000})

    async def chunks() -> Any:
        yield body.encode()

    async with running_world(certificates, gateway_max_body_bytes=1024) as world:
        for content in (body, chunks()):
            response = await world.http.post(VALIDATE, content=content, headers=JSON)
            assert response.status_code == 413
            assert response.json()["detail"] == "the body is larger than 1024 bytes"
        assert not world.backend.seen


async def test_a_body_of_another_kind(http: httpx.AsyncClient, backend: Backend) -> None:
    response = await http.post(VALIDATE, data={"camera_id": "cam-1"}, headers=GOOD)
    assert (response.status_code, response.json()["title"]) == (415, "Unsupported Media Type")
    packed = gzip.compress(b'{"camera_id": "cam-1"}')
    headers = JSON | {"content-encoding": "gzip"}
    response = await http.post(VALIDATE, content=packed, headers=headers)
    assert response.status_code == 415
    assert "content-encoding" in response.json()["detail"]
    assert not backend.seen


async def test_unknown_path_and_wrong_verb(http: httpx.AsyncClient, backend: Backend) -> None:
    for path in ("/api/v2/licenses", "/api/v1/tenants/", "/api/v1//tenants"):
        response = await http.get(path, headers=GOOD)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["instance"] == path
    response = await http.delete("/api/v1/tenants", headers=GOOD)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")
    assert response.headers["content-type"] == "application/problem+json"


async def test_fixed_words_win_over_variables(http: httpx.AsyncClient, backend: Backend) -> None:
    response = await http.get("/api/v1/devices/enroll", headers=GOOD)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    await http.get("/api/licenses/public-key")
    assert [each.rpc.rpartition(".")[2] for each in backend.seen] == ["GetPublicKeys"]


async def test_head_answers_as_get_without_a_body(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    response = await http.head("/api/v1/catalog", headers=GOOD)
    assert (response.status_code, response.content) == (200, b"")
