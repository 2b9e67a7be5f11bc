"""TenantService on the wire."""

from typing import Any
from uuid import UUID

from brinkbyte.tenant.v1 import tenant_service_pb2 as pb
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc as rpc

from billing.paging import PageRequest
from billing.tenants.service import TenantsService
from billing.tenants.store import TenantRow
from billing.unit import Units
from billing.wire import stamp
from mesh.call import current_call
from mesh.principal import PrincipalKind
from rights.ids import render_tenant
from rights.scopes import Role

_ROLES = {
    pb.API_KEY_ROLE_TENANT_ADMIN: Role.TENANT_ADMIN,
    pb.API_KEY_ROLE_TENANT_READ: Role.TENANT_READ,
}


class TenantServicer(rpc.TenantServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, tenants: TenantsService) -> None:
        """Transactions and rules."""
        self._units = units
        self._tenants = tenants

    async def CreateTenant(
        self, request: pb.CreateTenantRequest, _: Any
    ) -> pb.CreateTenantResponse:
        """See the contract."""
        async with self._units.vendor() as unit:
            tenant = await self._tenants.create(
                unit, request.email, request.company_name, request.aliases
            )
        return pb.CreateTenantResponse(tenant=_pack(tenant))

    async def GetTenant(self, request: pb.GetTenantRequest, _: Any) -> pb.GetTenantResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            tenant = await self._tenants.get(unit)
        return pb.GetTenantResponse(tenant=_pack(tenant))

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
        async with self._units.tenant(request.tenant_id) as unit:
            key = await self._tenants.create_key(unit, _ROLES[request.role], request.display_name)
        return pb.CreateApiKeyResponse(key_id=str(key.key_id), api_key=key.api_key)

    async def RevokeApiKey(
        self, request: pb.RevokeApiKeyRequest, _: Any
    ) -> pb.RevokeApiKeyResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            revoked_at = await self._tenants.revoke_key(unit, UUID(request.key_id))
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
