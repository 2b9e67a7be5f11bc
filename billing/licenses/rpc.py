"""LicenseService on the wire."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from brinkbyte.license.v1 import license_service_pb2 as pb

from billing.audit.actions import Action
from billing.devices.service import DevicesService
from billing.keys.ring import KeyRing
from billing.licenses import packing
from billing.licenses.book import Asked
from billing.licenses.bundles import BundleIssuer
from billing.licenses.own_token import OwnTokens
from billing.licenses.rpc_cameras import CameraRpcs
from billing.licenses.rpc_lifecycle import LifecycleRpcs
from billing.licenses.services import LicenseServices
from billing.licenses.tokens import TokenIssuer
from billing.licenses.validator import CameraValidator
from billing.paging import PageRequest
from billing.revocations.service import RevocationsService
from billing.unit import Unit, Units
from billing.wire import device_of_call, epoch, moment, reason, stamp, trust
from mesh.call import current_call
from mesh.clock import Clock
from mesh.principal import PrincipalKind


class LicenseServicer(LifecycleRpcs, CameraRpcs):
    """Unpacks, calls, packs."""

    def __init__(
        self,
        units: Units,
        services: LicenseServices,
        *,
        validator: CameraValidator,
        devices: DevicesService,
        tokens: TokenIssuer,
        revocations: RevocationsService,
        ring: KeyRing,
        bundles: BundleIssuer,
        clock: Clock,
        end_subscriptions: Callable[[Unit], Awaitable[None]],
    ) -> None:
        """Transactions, rules, and what signs."""
        self._units = units
        self._services = services
        self._validator = validator
        self._devices = devices
        self._tokens = tokens
        self._revocations = revocations
        self._ring = ring
        self._bundles = bundles
        self._clock = clock
        self._end_subscriptions = end_subscriptions
        self._own = OwnTokens(services.licenses, services.terms, tokens)

    async def ValidateCamera(
        self, request: pb.ValidateCameraRequest, _: Any
    ) -> pb.ValidateCameraResponse:
        """See the contract."""
        tenant_id = await self._units.tenant_of_call(request.tenant_id)
        device_id = device_of_call(current_call().principal, request.device_id)
        asked = Asked(request.camera_id, request.fingerprint or None)
        answer = await self._validator.validate(tenant_id, asked, device_id)
        return packing.validation(answer)

    async def BatchValidateCameras(
        self, request: pb.BatchValidateCamerasRequest, _: Any
    ) -> pb.BatchValidateCamerasResponse:
        """See the contract."""
        principal = current_call().principal
        device_id = device_of_call(principal, request.device_id)
        asked = packing.asked(request.camera_ids, request.fingerprints)
        token = ""
        async with self._units.tenant(request.tenant_id) as unit:
            answers, rights = await self._services.validation.validate(unit, asked, device_id)
            if principal.kind is PrincipalKind.DEVICE and device_id is not None:
                device = await self._devices.require(unit, device_id)
                signed = self._tokens.for_device(
                    unit.tenant_id,
                    rights,
                    await self._services.terms.read(unit),
                    unit.now,
                    device_id=device_id,
                    thumbprint=device.key_thumbprint,
                )
                if signed is not None:
                    token = signed.token
                    unit.counted(Action.TOKEN_ISSUED, f"device/{device_id}")
        return pb.BatchValidateCamerasResponse(
            validations=packing.validations(answers),
            device_token=token,
            epoch=epoch(rights.row.epoch),
        )

    async def IssueLicense(
        self, request: pb.IssueLicenseRequest, _: Any
    ) -> pb.IssueLicenseResponse:
        """See the contract."""
        valid_until = moment("valid_until", request.valid_until)
        async with self._units.tenant(request.tenant_id) as unit:
            raised = await self._services.licenses.issue(
                unit,
                packing.mode(request.license_mode),
                request.cameras_allowed,
                request.growth_packs,
                valid_until,
            )
        return pb.IssueLicenseResponse(epoch=epoch(raised))

    async def AssignCameraLicense(
        self, request: pb.AssignCameraLicenseRequest, _: Any
    ) -> pb.AssignCameraLicenseResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            camera, raised = await self._services.licenses.assign(
                unit, request.camera_id, request.growth_packs
            )
        return pb.AssignCameraLicenseResponse(
            camera_license=packing.camera(camera), epoch=epoch(raised)
        )

    async def ListCameraLicenses(
        self, request: pb.ListCameraLicensesRequest, _: Any
    ) -> pb.ListCameraLicensesResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, bytes.fromhex)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._services.licenses.page(unit, wanted)
        return pb.ListCameraLicensesResponse(
            camera_licenses=[packing.camera(each) for each in page.rows],
            next_page_token=page.next_token,
        )

    async def GetLicenseToken(
        self, request: pb.GetLicenseTokenRequest, _: Any
    ) -> pb.GetLicenseTokenResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            signed = await self._own.issue(unit)
        return pb.GetLicenseTokenResponse(license=signed.token, expires_at=stamp(signed.expires_at))

    async def GetPublicKeys(self, _: pb.GetPublicKeysRequest, __: Any) -> pb.GetPublicKeysResponse:
        """See the contract."""
        return pb.GetPublicKeysResponse(
            keys=[packing.public_key(key) for key in self._ring.trusted],
            jwks=json.dumps(self._ring.keys.jwks()),
            trust=trust(self._ring.trust),
        )

    async def GetRevocationList(
        self, request: pb.GetRevocationListRequest, _: Any
    ) -> pb.GetRevocationListResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            signed = await self._revocations.signed_list(unit)
        return pb.GetRevocationListResponse(revocation_list=signed.token, epoch=epoch(signed.epoch))

    async def ExportOfflineBundle(
        self, request: pb.ExportOfflineBundleRequest, _: Any
    ) -> pb.ExportOfflineBundleResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            signed = await self._bundles.export(unit, UUID(request.device_id), request.camera_ids)
        return pb.ExportOfflineBundleResponse(
            bundle=signed.text,
            validations=packing.validations(signed.answers),
            expires_at=stamp(signed.expires_at),
        )

    async def VerifyToken(self, request: pb.VerifyTokenRequest, _: Any) -> pb.VerifyTokenResponse:
        """See the contract."""
        verdict = self._tokens.check(request.license, self._clock.now())
        return pb.VerifyTokenResponse(
            valid=verdict.reason is None,
            reason=reason(verdict.reason),
            message=verdict.message,
            claims=verdict.claims,
        )
