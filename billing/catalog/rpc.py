"""CatalogService on the wire."""

from typing import Any

from brinkbyte.catalog.v1 import catalog_service_pb2 as pb
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc as rpc

from billing.catalog.offer import offer
from billing.catalog.packing import pack_changes, pack_tasks, pack_version, pack_view
from billing.catalog.service import CatalogService
from billing.paging import PageRequest, numbered
from billing.unit import Units


class CatalogServicer(rpc.CatalogServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, catalog: CatalogService) -> None:
        """Transactions and rules."""
        self._units = units
        self._catalog = catalog

    async def GetCatalog(self, _: pb.GetCatalogRequest, __: Any) -> pb.GetCatalogResponse:
        """See the contract."""
        number, catalog = self._catalog.live
        return pack_view(number, offer(catalog))

    async def ValidateCatalog(
        self, request: pb.ValidateCatalogRequest, _: Any
    ) -> pb.ValidateCatalogResponse:
        """See the contract."""
        async with self._units.vendor():
            problems = self._catalog.problems(request.document)
        return pb.ValidateCatalogResponse(
            problems=[
                pb.CatalogProblem(line=each.line, path=each.path, text=each.text)
                for each in problems
            ]
        )

    async def DiffCatalog(self, request: pb.DiffCatalogRequest, _: Any) -> pb.DiffCatalogResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            seen = await self._catalog.outlook(unit, request.document)
        return pb.DiffCatalogResponse(
            live_number=seen.live_number,
            changes=pack_changes(seen.changes),
            held=seen.held,
            tenants=seen.tenants,
            stripe=pack_tasks(seen.tasks),
        )

    async def ApplyCatalog(
        self, request: pb.ApplyCatalogRequest, _: Any
    ) -> pb.ApplyCatalogResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            done = await self._catalog.apply(unit, request.document, request.expected_number)
        self._catalog.applied(done)
        return pb.ApplyCatalogResponse(
            live=pack_version(done.row), changes=pack_changes(done.changes), tenants=done.tenants
        )

    async def ListCatalogVersions(
        self, request: pb.ListCatalogVersionsRequest, _: Any
    ) -> pb.ListCatalogVersionsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, numbered)
        async with self._units.vendor() as unit:
            page = await self._catalog.page(unit, wanted)
        return pb.ListCatalogVersionsResponse(
            versions=[pack_version(row) for row in page.rows], next_page_token=page.next_token
        )

    async def GetCatalogDocument(
        self, request: pb.GetCatalogDocumentRequest, _: Any
    ) -> pb.GetCatalogDocumentResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            row = await self._catalog.version(unit, request.number)
        return pb.GetCatalogDocumentResponse(version=pack_version(row), document=row.document)
