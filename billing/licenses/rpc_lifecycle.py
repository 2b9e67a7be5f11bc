"""The life of a licence on the wire."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from brinkbyte.license.v1 import license_service_pb2 as pb
from brinkbyte.license.v1 import license_service_pb2_grpc as rpc

from billing.licenses import packing
from billing.licenses.services import LicenseServices
from billing.unit import Unit, Units
from billing.wire import epoch, moment
from rights.claims import Epoch


class LifecycleRpcs(rpc.LicenseServiceServicer):
    """Unpacks, calls, packs."""

    _units: Units
    _services: LicenseServices
    _end_subscriptions: Callable[[Unit], Awaitable[None]]

    async def GetLicense(self, request: pb.GetLicenseRequest, _: Any) -> pb.GetLicenseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            row = await self._services.licenses.row(unit)
        held = packing.license_(unit.tenant_id, row, unit.now)
        return pb.GetLicenseResponse(license=held, epoch=epoch(row.epoch))

    async def SuspendLicense(
        self, request: pb.SuspendLicenseRequest, _: Any
    ) -> pb.SuspendLicenseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            row = await self._services.lifecycle.suspend(unit, request.reason)
        held = packing.license_(unit.tenant_id, row, unit.now)
        return pb.SuspendLicenseResponse(license=held, epoch=epoch(row.epoch))

    async def ResumeLicense(
        self, request: pb.ResumeLicenseRequest, _: Any
    ) -> pb.ResumeLicenseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            row = await self._services.lifecycle.resume(unit)
        held = packing.license_(unit.tenant_id, row, unit.now)
        return pb.ResumeLicenseResponse(license=held, epoch=epoch(row.epoch))

    async def RevokeLicense(
        self, request: pb.RevokeLicenseRequest, _: Any
    ) -> pb.RevokeLicenseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            row = await self._services.lifecycle.revoke(unit, request.reason)
            if request.cancel_subscriptions:
                await self._end_subscriptions(unit)
                row = await self._services.licenses.row(unit)
        held = packing.license_(unit.tenant_id, row, unit.now)
        return pb.RevokeLicenseResponse(license=held, epoch=epoch(row.epoch))

    async def RenewLicense(
        self, request: pb.RenewLicenseRequest, _: Any
    ) -> pb.RenewLicenseResponse:
        """See the contract."""
        valid_until = moment("valid_until", request.valid_until)
        async with self._units.tenant(request.tenant_id) as unit:
            row = await self._services.lifecycle.renew(
                unit, valid_until, shorten=request.allow_shortening
            )
        held = packing.license_(unit.tenant_id, row, unit.now)
        return pb.RenewLicenseResponse(license=held, epoch=epoch(row.epoch))

    async def UpgradeLicense(
        self, request: pb.UpgradeLicenseRequest, _: Any
    ) -> pb.UpgradeLicenseResponse:
        """See the contract."""
        upgrade = packing.upgrade(request)
        async with self._units.tenant(request.tenant_id) as unit:
            row = await self._services.lifecycle.upgrade(unit, upgrade)
        held = packing.license_(unit.tenant_id, row, unit.now)
        return pb.UpgradeLicenseResponse(license=held, epoch=epoch(row.epoch))

    async def WatchLicenses(
        self, request: pb.WatchLicensesRequest, _: Any
    ) -> AsyncIterator[pb.WatchLicensesResponse]:
        """See the contract."""
        tenant_id = await self._units.tenant_of_call(request.tenant_id)
        after = request.after
        seen = Epoch(after.incarnation, after.number) if request.HasField("after") else None
        async for message in self._services.feed.follow(tenant_id, seen):
            yield packing.told(message)
