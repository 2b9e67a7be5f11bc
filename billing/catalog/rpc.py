"""CatalogService on the wire."""

from typing import Any

from brinkbyte.catalog.v1 import catalog_service_pb2 as pb
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc as rpc

from billing.catalog.service import CatalogService, PackOffer
from rights.catalog.model import FeatureKind, Per

_KINDS = {
    FeatureKind.MODEL: pb.FEATURE_KIND_MODEL,
    FeatureKind.ANALYTIC: pb.FEATURE_KIND_ANALYTIC,
    FeatureKind.OUTPUT: pb.FEATURE_KIND_OUTPUT,
}
_SOLD_PER = {Per.CAMERA: pb.SOLD_PER_CAMERA, Per.TENANT: pb.SOLD_PER_TENANT}


class CatalogServicer(rpc.CatalogServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, catalog: CatalogService) -> None:
        """The rules; there is no transaction."""
        self._catalog = catalog

    async def GetCatalog(self, _: pb.GetCatalogRequest, __: Any) -> pb.GetCatalogResponse:
        """See the contract."""
        view = self._catalog.view()
        return pb.GetCatalogResponse(
            version=view.version,
            growth_packs=[_pack(pack) for pack in view.packs],
            metrics=[
                pb.Metric(
                    name=metric.name,
                    unit=metric.unit,
                    unit_price=metric.unit_price,
                    currency=metric.currency,
                )
                for metric in view.metrics
            ],
        )


def _pack(pack: PackOffer) -> pb.GrowthPack:
    return pb.GrowthPack(
        name=pack.name,
        sold_per=_SOLD_PER[pack.per],
        unit_price=pack.unit_price,
        currency=pack.currency,
        features=[pb.Feature(name=each.name, kind=_KINDS[each.kind]) for each in pack.features],
    )
