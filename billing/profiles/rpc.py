"""BillingProfileService on the wire."""

from typing import Any

from brinkbyte.invoice.v1 import profile_service_pb2 as pb
from brinkbyte.invoice.v1 import profile_service_pb2_grpc

from billing.profiles.profile import BillingProfile
from billing.profiles.service import ProfilesService
from billing.unit import Units


class BillingProfileServicer(profile_service_pb2_grpc.BillingProfileServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, profiles: ProfilesService) -> None:
        """Plain constructor."""
        self._units = units
        self._profiles = profiles

    async def GetBillingProfile(
        self, request: pb.GetBillingProfileRequest, _: Any
    ) -> pb.GetBillingProfileResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            profile = await self._profiles.get(unit)
        return pb.GetBillingProfileResponse(profile=_pack(profile))

    async def UpdateBillingProfile(
        self, request: pb.UpdateBillingProfileRequest, _: Any
    ) -> pb.UpdateBillingProfileResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            profile = await self._profiles.update(unit, _unpack(request.profile))
        return pb.UpdateBillingProfileResponse(profile=_pack(profile))


def _unpack(wire: pb.BillingProfile) -> BillingProfile:
    return BillingProfile(
        legal_name=wire.legal_name,
        address=tuple(wire.address),
        country=wire.country,
        region=wire.region,
        tax_id=wire.tax_id,
        invoice_email=wire.invoice_email,
        currency=wire.currency,
        exempt=wire.exempt,
    )


def _pack(profile: BillingProfile) -> pb.BillingProfile:
    return pb.BillingProfile(
        legal_name=profile.legal_name,
        address=profile.address,
        country=profile.country,
        region=profile.region,
        tax_id=profile.tax_id,
        invoice_email=profile.invoice_email,
        currency=profile.currency,
        exempt=profile.exempt,
    )
