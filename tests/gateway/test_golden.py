"""Every path of REST, to the last field."""

import httpx
import pytest

from gateway.legacy import legacy
from gateway.operations import annotated
from gateway.services import cloud_services
from gateway.well_known import JWKS_PATH, well_known
from mesh.errors import Unavailable
from tests.gateway.backend import GOOD, Backend
from tests.gateway.golden_files import Golden, goldens

GOLDENS = goldens()


def test_every_path_has_a_golden_file() -> None:
    services = cloud_services()
    operations = [*annotated(services), *well_known(services), *legacy(services)]
    offered = {(each.verb, each.path) for each in operations}
    assert offered == {(golden.verb, golden.template) for golden in GOLDENS}
    assert len(offered) >= 30


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
async def test_request_and_answer(
    http: httpx.AsyncClient, backend: Backend, golden: Golden
) -> None:
    backend.answers[golden.method] = golden.rpc_response
    content = {} if golden.body is None else {"json": golden.body}
    response = await http.request(golden.verb, golden.path, headers=GOOD, **content)
    assert response.status_code == 200, response.text
    assert [(each.rpc, each.request) for each in backend.seen] == [(golden.rpc, golden.rpc_request)]
    kind = response.headers["content-type"]
    if golden.template.endswith("/pdf"):
        assert (response.text, kind) == (golden.response, "application/pdf")
    else:
        assert (response.json(), kind) == (golden.response, "application/json")


@pytest.mark.parametrize("path", [JWKS_PATH, "/api/licenses/public-key"])
async def test_public_keys_need_no_credential_and_may_be_cached(
    http: httpx.AsyncClient, backend: Backend, path: str
) -> None:
    (golden,) = (each for each in GOLDENS if each.template == path)
    backend.answers[golden.method] = golden.rpc_response
    response = await http.get(path)
    assert (response.status_code, response.json()) == (200, golden.response)
    assert response.headers["cache-control"] == "public, max-age=300"


async def test_a_refusal_to_name_keys_is_not_cached(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    backend.answers["GetPublicKeys"] = Unavailable("postgres")
    response = await http.get(JWKS_PATH)
    assert response.status_code == 503
    assert response.headers["cache-control"] == "no-store"
