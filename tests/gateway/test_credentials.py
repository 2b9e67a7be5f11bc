"""The caller's credential goes on as it came; the gateway has none to lend."""

import httpx
import pytest

from mesh.principal import PrincipalKind
from tests.gateway.backend import GOOD, Backend

STATS = "/api/v1/stats"


async def test_no_key(http: httpx.AsyncClient, backend: Backend) -> None:
    response = await http.get(STATS)
    assert (response.status_code, response.json()["reason"]) == (401, "credential_invalid")
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert not backend.seen


@pytest.mark.parametrize(
    "authorization",
    ["Bearer unknown", "Bearer", "Basic Z29vZDpnb29k", "good", "Bearer é", "Bearer " + "x" * 9000],
)
async def test_a_key_that_is_none(
    http: httpx.AsyncClient, backend: Backend, authorization: str
) -> None:
    headers = {"authorization": authorization.encode("latin-1")}
    response = await http.get(STATS, headers=headers)
    assert response.status_code == 401, response.text
    assert not backend.seen


async def test_two_keys(http: httpx.AsyncClient, backend: Backend) -> None:
    headers = [("authorization", "Bearer good"), ("authorization", "Bearer good")]
    assert (await http.get(STATS, headers=headers)).status_code == 401


async def test_a_key_without_the_scope(http: httpx.AsyncClient, backend: Backend) -> None:
    response = await http.get(STATS, headers={"authorization": "Bearer weak"})
    assert (response.status_code, response.json()["reason"]) == (403, "scope_missing")
    assert response.json()["metadata"] == {"required": "stats:read"}


async def test_public_calls_need_no_key_and_lend_no_identity(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    for path in ("/api/v1/licenses/public-keys", "/api/licenses/public-key"):
        assert (await http.get(path)).status_code == 200
    assert {each.call.principal.kind for each in backend.seen} == {PrincipalKind.SERVICE}
    assert not any(each.call.principal.scopes for each in backend.seen)


async def test_key_request_id_and_address_go_on_and_nothing_else(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    headers = GOOD | {
        "x-request-id": "req-7",
        "x-tenant-id": "cust_other",
        "x-forwarded-for": "10.0.0.1",
        "grpc-timeout": "1n",
        "cookie": "session=1",
    }
    response = await http.get(STATS, headers=headers)
    assert (response.status_code, response.headers["x-request-id"]) == (200, "req-7")
    seen = backend.seen[0]
    assert seen.call.request_id == "req-7"
    assert {"authorization", "x-request-id"} <= set(seen.metadata)
    known = {"authorization", "x-request-id", "user-agent", "x-client-address"}
    assert set(seen.metadata) <= known
    assert (seen.metadata["x-client-address"], seen.call.peer) == ("127.0.0.1", "127.0.0.1")
    assert 20 < seen.seconds_left < 31


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é"])
async def test_an_unusable_request_id_is_replaced(
    http: httpx.AsyncClient, backend: Backend, given: str
) -> None:
    headers = {"authorization": b"Bearer good", "x-request-id": given.encode("latin-1")}
    response = await http.get(STATS, headers=headers)
    assert response.status_code == 200
    assert response.headers["x-request-id"] == backend.seen[0].call.request_id != given
