"""What is for sale, as everyone sees it."""

import hashlib
from importlib.resources import files

from brinkbyte.catalog.v1 import catalog_service_pb2 as pb
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc as rpc

from tests.billing.cloud_harness import Cloud


async def test_packs_features_metrics_and_prices(billing: Cloud) -> None:
    tenant = await billing.tenant()
    catalog = await rpc.CatalogServiceStub(tenant.read).GetCatalog(pb.GetCatalogRequest())
    packs = {pack.name: pack for pack in catalog.growth_packs}
    assert {name: (pack.unit_price, pack.sold_per) for name, pack in packs.items()} == {
        "base": ("60", pb.SOLD_PER_CAMERA),
        "advanced_analytics": ("20", pb.SOLD_PER_CAMERA),
        "active_transport": ("20", pb.SOLD_PER_CAMERA),
        "intelligence": ("400", pb.SOLD_PER_TENANT),
        "industry": ("30", pb.SOLD_PER_CAMERA),
        "integration": ("100", pb.SOLD_PER_TENANT),
    }
    assert sum(len(pack.features) for pack in catalog.growth_packs) == 33
    kinds = {feature.name: feature.kind for feature in packs["base"].features}
    assert kinds["person"] == pb.FEATURE_KIND_MODEL
    assert kinds["counting"] == pb.FEATURE_KIND_ANALYTIC
    assert kinds["snapshot"] == pb.FEATURE_KIND_OUTPUT
    metrics = {metric.name: (metric.unit_price, metric.unit) for metric in catalog.metrics}
    assert metrics["llm_token"] == ("0.00001", "tokens")
    assert metrics["inference_frame"] == ("0", "frames")
    text = (files("rights.catalog") / "catalog.yaml").read_bytes()
    assert catalog.version == hashlib.sha256(text).hexdigest()
