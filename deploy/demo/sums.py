"""What was used, as each part of the system tells it by its own means."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import asyncpg
import grpc
from brinkbyte.invoice.v1 import invoice_service_pb2, invoice_service_pb2_grpc
from tritonclient.grpc.aio import InferenceServerClient

E5 = Decimal(100_000)
FRAMES = "inference_frame"
Sums = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Journal:
    """The node's own account of its journal."""

    events: int
    acked: int
    duplicates: int


async def triton_inferences(address: str, model: str) -> Decimal:
    """Inferences that succeeded since Triton started, by Triton's own statistics."""
    async with InferenceServerClient(address) as client:
        answer = await client.get_inference_statistics(model)
    return Decimal(sum(int(one.inference_stats.success.count) for one in answer.model_stats))


async def edge_sums(dsn: str) -> Sums:
    """Sums of the journal's events in the node's database, by metric."""
    rows = await _fetch(
        dsn,
        "select event_type, sum(quantity_e5) as total from usage_events "
        "where seq is not null group by event_type",
    )
    return {row["event_type"]: Decimal(row["total"]) / E5 for row in rows}


async def edge_open_frames(dsn: str) -> Decimal:
    """Frames in minutes that are not journalled yet."""
    rows = await _fetch(
        dsn,
        "select coalesce(sum(quantity_e5), 0) as total from usage_events "
        "where seq is null and event_type = $1",
        FRAMES,
    )
    return Decimal(rows[0]["total"]) / E5


async def edge_journal(dsn: str) -> Journal:
    """The node's account of what it made and what the cloud has."""
    rows = await _fetch(dsn, "select last_seq, acked_seq, duplicates from billing_sync_status")
    return Journal(rows[0]["last_seq"], rows[0]["acked_seq"], rows[0]["duplicates"])


async def ledger_sums(dsn: str, tenant_id: UUID) -> Sums:
    """Sums of the cloud's usage events, by metric."""
    return await _sums(dsn, "usage_events", tenant_id)


async def cloud_sums(dsn: str, tenant_id: UUID) -> Sums:
    """What the cloud counted itself: the tenant's calls at its own API and the gateway."""
    rows = await _fetch(
        dsn,
        "select event_type, sum(quantity) as total from usage_events "
        "where tenant_id = $1 and reporter = 'cloud' group by event_type",
        tenant_id,
    )
    return {row["event_type"]: Decimal(row["total"]) for row in rows}


async def aggregate_sums(dsn: str, tenant_id: UUID) -> Sums:
    """Sums of the cloud's hourly aggregates, by metric."""
    return await _sums(dsn, "usage_aggregates", tenant_id)


async def unfolded(dsn: str, tenant_id: UUID) -> int:
    """Deltas that no worker has folded into the aggregates yet."""
    rows = await _fetch(
        dsn, "select count(*) as rows from usage_deltas where tenant_id = $1", tenant_id
    )
    return int(rows[0]["rows"])


async def preview(cloud: grpc.aio.Channel) -> invoice_service_pb2.PreviewInvoiceResponse:
    """The tenant's invoice as it would be now; the channel carries the tenant's key."""
    stub = invoice_service_pb2_grpc.InvoiceServiceStub(cloud)
    return await stub.PreviewInvoice(invoice_service_pb2.PreviewInvoiceRequest())


def preview_sums(invoice: invoice_service_pb2.PreviewInvoiceResponse) -> Sums:
    """Quantities on the preview's usage lines, by metric."""
    return {
        line.name: Decimal(line.quantity)
        for line in invoice.lines
        if line.kind == invoice_service_pb2.LINE_KIND_USAGE
    }


async def _sums(dsn: str, table: str, tenant_id: UUID) -> Sums:
    rows = await _fetch(
        dsn,
        f"select event_type, sum(quantity) as total from {table} "  # noqa: S608 - a constant
        "where tenant_id = $1 group by event_type",
        tenant_id,
    )
    return {row["event_type"]: Decimal(row["total"]) for row in rows}


async def _fetch(dsn: str, query: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()
