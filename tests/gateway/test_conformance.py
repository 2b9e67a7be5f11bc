"""Requests made from the OpenAPI document: what it promises holds, and nothing breaks."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from gateway.openapi import build_openapi
from gateway.webhooks import WEBHOOK_PATH
from tests.gateway.backend import GOOD, Backend, World
from tests.gateway.golden_files import goldens

MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
EXAMPLES = 12


def operations() -> list[Any]:
    """Without `security`: a generator that leaves the key out tests nothing else. Without what only
    Stripe can sign."""
    document = build_openapi()
    for item in document["paths"].values():
        for operation in item.values():
            operation["security"] = []
    schema = schemathesis.openapi.from_dict(document)
    every = [each.ok() for each in schema.get_all_operations()]
    return [each for each in every if each.path != WEBHOOK_PATH]


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
async def test_the_document_holds(world: World, backend: Backend, operation: Any) -> None:
    backend.answers |= {golden.method: golden.rpc_response for golden in goldens()}

    def run(mode: Any) -> None:
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def hold(case: Any) -> None:
            response = case.call_and_validate(base_url=world.url.rstrip("/"), headers=GOOD)
            assert response.status_code != 500

        hold()

    has_input = operation.body or any(operation.iter_parameters())
    for mode in MODES if has_input else MODES[:1]:
        await asyncio.to_thread(run, mode)
