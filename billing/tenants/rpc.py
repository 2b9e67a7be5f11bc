"""TenantService on the wire."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from brinkbyte.tenant.v1 import tenant_service_pb2 as pb
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as rpc

from billing.api_keys import packing
from billing.api_keys.service import ApiKeysService, KeyRequest
from billing.licenses.own_token import OwnTokens
from billing.paging import PageRequest
from billing.tenants.service import TenantsService
from billing.tenants.store import TenantRow
from billing.unit import Units
from billing.wire import stamp, uuid_field
from mesh.call import current_call
from mesh.principal import PrincipalKind
from rights.ids import render_tenant


class TenantServicer(rpc.TenantServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(
        self, units: Units, tenants: TenantsService, keys: ApiKeysService, tokens: OwnTokens
    ) -> None:
        """Transactions and rules."""
        self._units = units
        self._tenants = tenants
        self._keys = keys
        self._tokens = tokens

    async def CreateTenant(
        self, request: pb.CreateTenantRequest, _: Any
    ) -> pb.CreateTenantResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            tenant = await self._tenants.create(
                unit, request.email, request.company_name, request.aliases
            )
        license_ = ""
        if request.with_license:
            async with self._units.within(tenant.tenant_id) as own:
                license_ = (await self._tokens.issue(own)).token
        return pb.CreateTenantResponse(tenant=_pack(tenant), license=license_)

    async def GetTenant(self, request: pb.GetTenantRequest, _: Any) -> pb.GetTenantResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            tenant = await self._tenants.get(unit)
        return pb.GetTenantResponse(tenant=_pack(tenant))

    async def UpdateTenant(
        self, request: pb.UpdateTenantRequest, _: Any
    ) -> pb.UpdateTenantResponse:
        """See the contract."""
        email = request.email if request.HasField("email") else None
        name = request.company_name if request.HasField("company_name") else None
        async with self._units.tenant(request.tenant_id) as unit:
            tenant = await self._tenants.update(unit, email, name)
        return pb.UpdateTenantResponse(tenant=_pack(tenant))

    async def ListTenants(self, request: pb.ListTenantsRequest, _: Any) -> pb.ListTenantsResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        vendor = current_call().principal.kind is PrincipalKind.VENDOR
        opened = self._units.vendor() if vendor else self._units.tenant("")
        async with opened as unit:
            page = await self._tenants.page(unit, wanted)
        return pb.ListTenantsResponse(
            tenants=[_pack(tenant) for tenant in page.rows], next_page_token=page.next_token
        )

    async def CreateApiKey(
        self, request: pb.CreateApiKeyRequest, _: Any
    ) -> pb.CreateApiKeyResponse:
        """See the contract."""
        wanted = KeyRequest(
            packing.role(request.role),
            request.display_name,
            uuid_field("device_id", request.device_id) if request.device_id else None,
            timedelta(seconds=request.expires_in_seconds) or None,
        )
        async with self._units.tenant(request.tenant_id) as unit:
            key = await self._keys.create(unit, wanted)
        return pb.CreateApiKeyResponse(key_id=str(key.key_id), api_key=key.api_key)

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, _: Any) -> pb.ListApiKeysResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._keys.page(unit, wanted)
        return pb.ListApiKeysResponse(
            keys=[packing.key(key) for key in page.rows], next_page_token=page.next_token
        )

    async def RotateApiKey(
        self, request: pb.RotateApiKeyRequest, _: Any
    ) -> pb.RotateApiKeyResponse:
        """See the contract."""
        overlap = timedelta(seconds=request.overlap_seconds)
        async with self._units.tenant(request.tenant_id) as unit:
            key, ends_at = await self._keys.rotate(unit, UUID(request.key_id), overlap)
        return pb.RotateApiKeyResponse(
            key_id=str(key.key_id), api_key=key.api_key, old_key_expires_at=stamp(ends_at)
        )

    async def RevokeApiKey(
        self, request: pb.RevokeApiKeyRequest, _: Any
    ) -> pb.RevokeApiKeyResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            revoked_at = await self._keys.revoke(unit, UUID(request.key_id))
        return pb.RevokeApiKeyResponse(revoked_at=stamp(revoked_at))


def _pack(tenant: TenantRow) -> pb.Tenant:
    return pb.Tenant(
        tenant_id=render_tenant(tenant.tenant_id),
        email=tenant.email,
        company_name=tenant.company_name,
        aliases=tenant.aliases,
        created_at=stamp(tenant.created_at),
        updated_at=stamp(tenant.updated_at),
    )
