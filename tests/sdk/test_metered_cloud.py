"""A service's handlers against the real cloud: refused at the cap, counted exactly, resumed."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from brinkbyte.entitlement.v1 import (
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
    override_service_pb2,
    override_service_pb2_grpc,
)
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc

from mesh.errors import QuotaExhausted
from sdk.client import Mesh
from tests.billing.cloud_harness import Cloud, Tenant
from tests.sdk.instance import Site

METRIC = "llm_token"
CAP = 10_000


async def status(tenant: Tenant) -> entitlement_service_pb2.QuotaStatus:
    stub = entitlement_service_pb2_grpc.EntitlementServiceStub(tenant.read)
    answer = await stub.GetQuotaStatus(entitlement_service_pb2.GetQuotaStatusRequest(metric=METRIC))
    return answer.quotas[0]


async def counted(tenant: Tenant) -> tuple[str, int]:
    """What the ledger sums up, and from how many events."""
    stub = usage_service_pb2_grpc.UsageServiceStub(tenant.read)
    answer = await stub.QueryUsage(usage_service_pb2.QueryUsageRequest(event_type=METRIC))
    total = sum((Decimal(each.quantity) for each in answer.points), Decimal(0))
    return f"{total:f}", sum(each.events for each in answer.points)


async def until(tenant: Tenant, used: str) -> entitlement_service_pb2.QuotaStatus:
    async with asyncio.timeout(60):
        while (found := await status(tenant)).used != used or found.reserved != "0":
            await asyncio.sleep(0.02)
    return found


class Model:
    """A language model as services know them: a prompt in, tokens counted."""

    def __init__(self, mesh: Mesh) -> None:
        self.answered = 0
        self.complete = mesh.metered(
            METRIC,
            estimate=lambda prompt: 4 * len(prompt.split()),
            actual=lambda answer: answer["tokens"],
            resource="example-model",
        )(self._complete)

    async def _complete(self, prompt: str) -> dict[str, Any]:
        if "fail" in prompt:
            raise RuntimeError("out of memory")
        self.answered += 1
        return {"text": prompt.upper(), "tokens": 3 * len(prompt.split())}


async def test_a_model_behind_its_quota(billing: Cloud, site: Site) -> None:
    tenant = site.tenant
    async with site.mesh() as mesh:
        model = Model(mesh)
        answers = await asyncio.gather(*(model.complete("what does it see") for _ in range(50)))
        assert sum(each["tokens"] for each in answers) == 600
        await mesh.meter.settled()
        await until(tenant, "600")
        assert await counted(tenant) == ("600", 50)

        with pytest.raises(RuntimeError):
            await model.complete("please fail " * 100)
        await until(tenant, "600")

        with pytest.raises(QuotaExhausted) as refused:
            await model.complete("word " * 2_400)
        assert (refused.value.limit, refused.value.used, refused.value.remaining) == (
            CAP,
            600,
            CAP - 600,
        )
        assert refused.value.reset is not None
        assert model.answered == 50, "what is refused does not run"

        await override_service_pb2_grpc.OverrideServiceStub(billing.vendor).SetOverride(
            override_service_pb2.SetOverrideRequest(
                tenant_id=tenant.tenant_id,
                quota=override_service_pb2.QuotaOverride(metric=METRIC, included="20000"),
                reason="a trial of the larger model",
            )
        )
        answer = await model.complete("word " * 2_400)
        await mesh.meter.settled()
        found = await until(tenant, str(600 + answer["tokens"]))
        assert Decimal(found.remaining) == 20_000 - 600 - 7_200
    assert await counted(tenant) == ("7800", 51)
