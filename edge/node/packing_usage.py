"""Usage on the wire."""

from brinkbyte.edge.v1 import edge_service_pb2 as pb

from edge.node.packing import reason, stamp
from edge.node.service import UsageState
from edge.node.tracking import AskedUse, Tracked
from mesh.errors import InvalidArgument
from rights.quantity import format_quantity


def usage_state(state: UsageState) -> pb.GetUsageStateResponse:
    """What was used and how far the cloud has it."""
    position = state.position
    return pb.GetUsageStateResponse(
        journal_id=str(position.journal_id),
        last_seq=position.last_seq,
        acked_seq=position.acked_seq,
        metrics=_metrics(state),
        duplicates=position.duplicates,
        last_acked_at=stamp(position.last_acked_at),
        pending_events=position.pending,
        waiting_since=stamp(position.waiting_since),
        lag_seconds=state.lag.total_seconds(),
        behind=state.behind,
        last_error=position.last_error or "",
        held_bytes=position.held_bytes,
        max_bytes=state.max_bytes,
        refused=state.refused,
    )


def asked_use(event: pb.TrackedEvent) -> AskedUse:
    """A use as it was sent."""
    time = event.event_time
    micros = time.seconds * 1_000_000 + time.nanos // 1000
    return AskedUse(
        event.event_id,
        event.event_type,
        event.resource_id,
        event.quantity,
        micros if event.HasField("event_time") else None,
        event.request_id,
        dict(event.dimensions),
    )


def tracked(answer: Tracked) -> pb.TrackResult:
    """What became of a use."""
    if answer.taken is not None:
        return pb.TrackResult(event_id=answer.event_id, status=f"TRACK_STATUS_{answer.taken.name}")
    error = answer.error
    assert error is not None, "a use that was not taken has a reason"
    status = "REJECTED" if isinstance(error, InvalidArgument) else "REFUSED"
    return pb.TrackResult(
        event_id=answer.event_id,
        status=f"TRACK_STATUS_{status}",
        reason=reason(error.reason),
        message=error.message,
    )


def _metrics(state: UsageState) -> list[pb.MetricUsage]:
    """Usage by metric."""
    journalled, still_open = state.position.journalled, state.open_quantities
    return [
        pb.MetricUsage(
            event_type=metric,
            quantity=format_quantity(journalled.get(metric, 0) + still_open.get(metric, 0)),
            journalled_quantity=format_quantity(journalled.get(metric, 0)),
        )
        for metric in sorted(journalled.keys() | still_open.keys())
    ]
