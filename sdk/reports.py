"""Where usage goes: UsageService of the cloud."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from gen.betterproto.brinkbyte.usage import v1
from mesh.channel import MeshChannel
from mesh.errors import Internal
from sdk.calls import call
from sdk.event import EventStatus, UsageResult

_METHOD = "/brinkbyte.usage.v1.UsageService/ReportUsage"
_CALL_S = 30.0
_STATUSES = {
    v1.EventStatus.ACCEPTED: EventStatus.ACCEPTED,
    v1.EventStatus.DUPLICATE: EventStatus.DUPLICATE,
    v1.EventStatus.CONFLICT: EventStatus.CONFLICT,
    v1.EventStatus.REJECTED: EventStatus.REJECTED,
}


class UsageSink(Protocol):
    """What the reporter sends to."""

    async def report(self, events: Sequence[bytes]) -> list[UsageResult]:
        """Sends 1 to 1,000 packed events; one result each, in their order. Raises MeshError."""
        ...


class CloudUsage:
    """Sends to the cloud within thirty seconds."""

    def __init__(self, channel: MeshChannel, customer_id: str, instance_id: str) -> None:
        """`channel` carries the customer's API key; `instance_id` is for people."""
        self._channel = channel
        self._head = bytes(v1.ReportUsageRequest(tenant_id=customer_id, device_id=instance_id))

    async def report(self, events: Sequence[bytes]) -> list[UsageResult]:
        """As UsageSink.report."""
        answer = await call(
            self._channel, _METHOD, self._head + b"".join(events), timeout_s=_CALL_S
        )
        return await asyncio.to_thread(_results, answer)


def _results(answer: bytes) -> list[UsageResult]:
    """Off the event loop, which decoding a thousand results would stall."""
    response = v1.ReportUsageResponse.parse(answer)
    try:
        return [
            UsageResult(each.event_id, _STATUSES[each.status], each.reason)
            for each in response.results
        ]
    except KeyError:
        raise Internal("the cloud answered with an unknown status") from None
