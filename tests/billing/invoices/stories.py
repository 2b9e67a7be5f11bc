"""What the tests of invoices do to a cloud, in few words."""

import re
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from brinkbyte.catalog.v1 import catalog_service_pb2 as catalog_pb
from brinkbyte.catalog.v1 import catalog_service_pb2_grpc as catalog_rpc
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc as rpc
from brinkbyte.invoice.v1 import profile_service_pb2 as profile_pb
from brinkbyte.invoice.v1 import profile_service_pb2_grpc as profile_rpc

from billing.catalog.live import shipped_document
from billing.invoices.closer import InvoiceCloser
from mesh.faults import Faults
from tests.billing.cloud_harness import Cloud, Tenant

DRAFT = timedelta(hours=72)
NEW_YEAR = datetime(2026, 1, 1, 10, 20, tzinfo=UTC)


def closer(cloud: Cloud, faults: Faults | None = None) -> InvoiceCloser:
    """The server's own, told to fail where the faults say."""
    found = cloud.server.background_of(InvoiceCloser)
    if faults is not None:
        found._faults = found._closing._faults = faults
    return found


async def close(cloud: Cloud, at: datetime) -> list[str]:
    """Turns the clock to a moment and closes what is due then; the numbers."""
    cloud.clock.turn_to(at)
    return [each.number for each in (await closer(cloud).run_once()).invoices]


def after(preview: Any) -> datetime:
    """When the draft of a running period is due."""
    return preview.period_end.ToDatetime(UTC) + DRAFT


def vendor(cloud: Cloud) -> rpc.InvoiceServiceStub:
    return rpc.InvoiceServiceStub(cloud.vendor)


async def listed(cloud: Cloud, tenant: Tenant, **more: Any) -> list[pb.Invoice]:
    """As the vendor sees them: a tenant's own calls would be metered."""
    request = pb.ListInvoicesRequest(tenant_id=tenant.tenant_id, **more)
    return list((await vendor(cloud).ListInvoices(request)).invoices)


async def whole(cloud: Cloud, tenant: Tenant, invoice_id: str) -> pb.Invoice:
    request = pb.GetInvoiceRequest(tenant_id=tenant.tenant_id, invoice_id=invoice_id)
    return (await vendor(cloud).GetInvoice(request)).invoice


async def set_profile(tenant: Tenant, **fields: Any) -> None:
    await profile_rpc.BillingProfileServiceStub(tenant.admin).UpdateBillingProfile(
        profile_pb.UpdateBillingProfileRequest(profile=profile_pb.BillingProfile(**fields))
    )


async def sell_in(cloud: Cloud, currencies: Sequence[str]) -> None:
    """Applies the shipped catalogue with the same prices in more currencies."""
    every = ["USD", *currencies]
    document = re.sub(
        r"\{USD: ([^}]+)\}",
        lambda found: "{" + ", ".join(f"{each}: {found[1]}" for each in every) + "}",
        shipped_document(),
    ).replace("currencies: [USD]", f"currencies: [{', '.join(every)}]")
    await apply(cloud, document)


async def apply(cloud: Cloud, document: str) -> None:
    """Makes this catalogue the live one."""
    stub = catalog_rpc.CatalogServiceStub(cloud.vendor)
    live = (await stub.GetCatalog(catalog_pb.GetCatalogRequest())).number
    await stub.ApplyCatalog(catalog_pb.ApplyCatalogRequest(document=document, expected_number=live))


@asynccontextmanager
async def superuser(cloud: Cloud) -> Any:
    connection = await asyncpg.connect(cloud.superuser_dsn)
    try:
        yield connection
    finally:
        await connection.close()
