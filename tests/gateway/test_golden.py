"""Every path of REST, to the last field."""

import httpx
import pytest

from gateway.legacy import legacy
from gateway.operations import annotated
from gateway.services import cloud_services
from tests.gateway.backend import GOOD, Backend
from tests.gateway.golden_files import Golden, goldens

GOLDENS = goldens()


def test_every_path_has_a_golden_file() -> None:
    services = cloud_services()
    offered = {(each.verb, each.path) for each in [*annotated(services), *legacy(services)]}
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
    assert response.json() == golden.response
    assert response.headers["content-type"] == "application/json"
