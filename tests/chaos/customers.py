"""Tenants of a campaign, each with an administrator's key and one device."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from brinkbyte.invoice.v1 import invoice_service_pb2 as invoices
from brinkbyte.invoice.v1 import invoice_service_pb2_grpc
from brinkbyte.subscription.v1 import subscription_service_pb2 as subscriptions
from brinkbyte.subscription.v1 import subscription_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2 as tenants
from brinkbyte.tenant.v1 import tenant_service_pb2_grpc

from edge.uplink.identity import StateDirectory
from mesh import tls
from mesh.channel import MeshChannel, channel
from mesh.clock import SystemClock
from mesh.database import Role
from mesh.spiffe import spiffe_device
from rights.ids import parse_tenant
from tests.billing.cloud_harness import TRUST_DOMAIN
from tests.chaos.calls import Caller
from tests.chaos.world import World

_LIFE = timedelta(days=36_500)
_TENANTS = tenant_service_pb2_grpc.TenantServiceStub
_INVOICES = invoice_service_pb2_grpc.InvoiceServiceStub


@dataclass(frozen=True, slots=True)
class Customer:
    """`name` is the tenant's id as it is shown."""

    tenant_id: UUID
    name: str
    key: str
    device_id: UUID
    state: Path


async def new_customer(world: World, seed: int) -> Customer:
    """A tenant, made by the API, with a device."""
    vendor = Caller.vendor(world)
    made = await vendor.insist(
        _TENANTS,
        "CreateTenant",
        tenants.CreateTenantRequest(
            email=f"{uuid4().hex}@example.test", company_name=f"Chaos {seed}"
        ),
    )
    key = await vendor.insist(
        _TENANTS,
        "CreateApiKey",
        tenants.CreateApiKeyRequest(
            tenant_id=made.tenant.tenant_id, role=tenants.API_KEY_ROLE_TENANT_ADMIN
        ),
    )
    tenant_id, device_id = parse_tenant(made.tenant.tenant_id), uuid4()
    assert tenant_id is not None
    state = world.root / f"node-{device_id}"
    await _enrol(world, tenant_id, device_id, state)
    return Customer(tenant_id, made.tenant.tenant_id, key.api_key, device_id, state)


async def hold_metered(world: World, customer: Customer) -> None:
    """The vendor gives the customer the metered plan, which this server invoices."""
    await Caller.vendor(world).insist(
        subscription_service_pb2_grpc.SubscriptionServiceStub,
        "ChangePlan",
        subscriptions.ChangePlanRequest(tenant_id=customer.name, family="metered", plan="standard"),
    )


async def pay_invoices(world: World, customer: Customer) -> None:
    """The customer pays what this server invoiced."""
    vendor = Caller.vendor(world)
    request = invoices.ListInvoicesRequest(
        tenant_id=customer.name, status=invoices.INVOICE_STATUS_OPEN
    )
    for each in (await vendor.insist(_INVOICES, "ListInvoices", request)).invoices:
        await vendor.insist(
            _INVOICES,
            "RecordPayment",
            invoices.RecordPaymentRequest(
                tenant_id=customer.name,
                invoice_id=each.invoice_id,
                reference=f"bank {each.number}",
                amount=each.amount_due.minor_units,
            ),
        )


async def _enrol(world: World, tenant_id: UUID, device_id: UUID, directory: Path) -> None:
    state = StateDirectory(directory)
    csr, uri = tls.create_csr(state.key()), spiffe_device(TRUST_DOMAIN, tenant_id, device_id)
    certificate = tls.sign_client(
        world.authorities.device_ca, csr, uri, clock=SystemClock(), ttl=_LIFE
    )
    identity = state.save(certificate, world.authorities.server_ca.cert_pem)
    conn = await asyncpg.connect(world.dsns[Role.VENDOR])
    await conn.execute(
        "insert into devices (tenant_id, device_id, hardware_id, key_thumbprint, enrolled_at) "
        "values ($1, $2, $3, $4, now())",
        tenant_id,
        device_id,
        str(device_id),
        identity.key_thumbprint,
    )
    await conn.close()


def device_channel(world: World, customer: Customer) -> MeshChannel:
    """A channel with the device's certificate, beside the node's own."""
    identity = StateDirectory(customer.state).load()
    assert identity is not None
    return world.keep(
        channel(
            world.mtls_addr, root_ca=identity.ca_pem, cert=identity.cert_pem, key=identity.key_pem
        )
    )
