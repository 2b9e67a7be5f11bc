"""Reads what nodes serialised: their status, and the events of their journals."""

from uuid import UUID

from brinkbyte.heartbeat.v1.heartbeat_service_pb2 import DeviceStatus
from brinkbyte.usage.v1.usage_service_pb2 import JournalEvent
from google.protobuf.message import DecodeError

from billing.reconcile.findings import NodeCount


class NodeWire:
    """Implements billing.reconcile.service.Wire."""

    def node_count(self, status: bytes) -> NodeCount | None:
        """What the status says that the device counted."""
        said = DeviceStatus.FromString(status)
        if not said.HasField("usage"):
            return None
        usage, frames = said.usage, said.usage.inferences
        told = usage.HasField("inferences")
        return NodeCount(
            UUID(usage.journal_id),
            usage.last_seq,
            usage.acked_seq,
            {each.event_type: each.journalled_e5 for each in usage.metrics},
            frames.inferred if told else None,
            frames.counted if told else None,
            frames.restarts,
        )

    def event_quantity(self, payload: bytes) -> tuple[str, int] | None:
        """Metric and quantity of an event."""
        try:
            event = JournalEvent.FromString(payload)
        except DecodeError:
            return None
        return event.event_type, event.quantity_e5
