"""StatsService on the wire."""

from typing import Any

from brinkbyte.stats.v1 import stats_service_pb2 as pb
from brinkbyte.stats.v1 import stats_service_pb2_grpc as rpc

from billing.stats.service import StatsService
from billing.unit import Units
from billing.wire import stamp
from mesh.call import current_call
from mesh.principal import PrincipalKind


class StatsServicer(rpc.StatsServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, stats: StatsService) -> None:
        """Transactions and rules."""
        self._units = units
        self._stats = stats

    async def GetStats(self, _: pb.GetStatsRequest, __: Any) -> pb.GetStatsResponse:
        """See the contract."""
        vendor = current_call().principal.kind is PrincipalKind.VENDOR
        opened = self._units.vendor() if vendor else self._units.tenant("")
        async with opened as unit:
            found = await self._stats.stats(unit)
        return pb.GetStatsResponse(
            tenants=found.counts.tenants,
            devices=found.counts.devices,
            devices_online=found.counts.devices_online,
            camera_licenses=found.counts.camera_licenses,
            usage_events=found.counts.usage_events,
            counted_at=stamp(found.counted_at),
        )
