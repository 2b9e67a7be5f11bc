"""Walks every RPC of the cloud: who may call it, and that nobody reaches another tenant."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import grpc
import pytest
from brinkbyte.common.v1 import access_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from billing.access.allowed import ALLOWED_CALLERS
from mesh.callers import DEVICE
from rights.scopes import Role, scopes_of
from tests.billing.cloud_harness import Cloud, refused

SERVICES = (
    "brinkbyte.audit.v1.AuditService",
    "brinkbyte.catalog.v1.CatalogService",
    "brinkbyte.device.v1.DeviceService",
    "brinkbyte.entitlement.v1.EntitlementService",
    "brinkbyte.entitlement.v1.OverrideService",
    "brinkbyte.heartbeat.v1.HeartbeatService",
    "brinkbyte.invoice.v1.BillingProfileService",
    "brinkbyte.invoice.v1.InvoiceService",
    "brinkbyte.license.v1.KeyService",
    "brinkbyte.license.v1.LicenseService",
    "brinkbyte.notification.v1.CostAlertService",
    "brinkbyte.notification.v1.NotificationService",
    "brinkbyte.payment.v1.StripeService",
    "brinkbyte.payment.v1.WebhookService",
    "brinkbyte.stats.v1.StatsService",
    "brinkbyte.subscription.v1.SubscriptionService",
    "brinkbyte.tenant.v1.TenantService",
    "brinkbyte.usage.v1.ReconcileService",
    "brinkbyte.usage.v1.InstanceReportService",
    "brinkbyte.usage.v1.UsageProblemService",
    "brinkbyte.usage.v1.UsageService",
    "brinkbyte.user.v1.UserService",
    "brinkbyte.vendor.v1.VendorKeyService",
)

LATER = Timestamp()
LATER.FromDatetime(datetime(2100, 1, 1, tzinfo=UTC))

FIELDS: dict[str, dict[str, Any]] = {
    "CreateTenant": {"email": "a@example.test", "company_name": "A"},
    "EnrollDevice": {"enrollment_token": "t" * 64, "hardware_id": "h", "csr_pem": "c" * 64},
    "CreateApiKey": {"role": 1},
    "RevokeApiKey": {"key_id": str(uuid4())},
    "RotateApiKey": {"key_id": str(uuid4())},
    "RevokeVendorKey": {"key_id": str(uuid4())},
    "RotateVendorKey": {"key_id": str(uuid4()), "overlap_seconds": 60},
    "RetireDevice": {"device_id": str(uuid4())},
    "GetRenewalNonce": {"spiffe_id": "spiffe://t/x"},
    "RenewExpiredCertificate": {"nonce": "n" * 16, "csr_pem": "c" * 64, "signature": b"s" * 8},
    "InviteUser": {"email": "a@example.test", "role": 1},
    "AcceptInvitation": {"invitation_token": "t" * 64, "password": "p" * 12},
    "SignIn": {"account": "a", "email": "e", "password": "p"},
    "SignOut": {"session_token": "t" * 64},
    "RemoveUser": {"user_id": str(uuid4())},
    "ValidateCamera": {"camera_id": "c"},
    "BatchValidateCameras": {"camera_ids": ["c"]},
    "IssueLicense": {"license_mode": 2, "cameras_allowed": 1, "valid_until": LATER},
    "AssignCameraLicense": {"camera_id": "c"},
    "RenewLicense": {"valid_until": LATER},
    "UpgradeLicense": {"cameras_allowed": 1},
    "MoveCameraLicense": {"camera_id": "c", "device_id": str(uuid4())},
    "ReleaseCameraLicense": {"camera_id": "c"},
    "ResetCameraFingerprint": {"camera_id": "c"},
    "ExplainDecision": {"camera_id": "c"},
    "ValidateCatalog": {"document": "d"},
    "DiffCatalog": {"document": "d"},
    "ApplyCatalog": {"document": "d", "expected_number": 1},
    "GetCatalogDocument": {"number": 1},
    "RetireSigningKey": {"kid": "k"},
    "ExportOfflineBundle": {"device_id": str(uuid4()), "camera_ids": ["c"]},
    "CheckEntitlement": {"camera_id": "c", "feature": "person"},
    "ReserveQuota": {"reservation": {"operation_id": "o", "metric": "sms"}},
    "CommitQuota": {"commitment": {"operation_id": "o", "resource_id": "r"}},
    "ReleaseQuota": {"operation_id": "o"},
    "ApplyQuotaOperations": {"operations": [{"release": "o"}]},
    "AcquireLease": {"metric": "sms", "journal_id": str(uuid4())},
    "ReturnLease": {"settlement": {"lease_id": str(uuid4()), "spent": "1", "through_seq": 1}},
    "ForceReleaseLease": {"lease_id": str(uuid4()), "reason": "r"},
    "SetOverride": {"feature": {"feature": "person"}, "reason": "r"},
    "RemoveOverride": {"override_id": str(uuid4())},
    "ChangePlan": {"family": "platform", "plan": "starter"},
    "MoveSubscription": {"family": "platform"},
    "Checkout": {"plan": "starter", "success_url": "https://a.example/"},
    "ReceiveStripeEvent": {"payload": b"{}", "signature": "s"},
    "GetWebhookEvent": {"event_id": "e"},
    "ReplayWebhookEvent": {"event_id": "e"},
    "OpenPortal": {"return_url": "https://a.example/"},
    "PreviewPlanChange": {"family": "platform", "plan": "starter"},
    "GetInvoice": {"invoice_id": str(uuid4())},
    "GetInvoicePdf": {"invoice_id": str(uuid4())},
    "ExplainInvoiceLine": {"invoice_id": str(uuid4()), "line_id": "l"},
    "ListLineWindows": {"invoice_id": str(uuid4()), "line_id": "l"},
    "ListLineEvents": {"invoice_id": str(uuid4()), "line_id": "l"},
    "RecordPayment": {"invoice_id": str(uuid4()), "reference": "r", "amount": 1},
    "VoidInvoice": {"invoice_id": str(uuid4()), "reason": "r"},
    "MarkInvoiceUncollectible": {"invoice_id": str(uuid4()), "reason": "r"},
    "IssueCreditNote": {
        "invoice_id": str(uuid4()),
        "reference": "r",
        "reason": "r",
        "amount": 1,
    },
    "UpdateBillingProfile": {"profile": {"legal_name": "n"}},
    "Heartbeat": {"device_id": str(uuid4())},
    "GetDevice": {"device_id": str(uuid4())},
    "SendCommand": {"device_id": str(uuid4()), "command_id": "c", "kind": 1},
    "GetCommand": {"device_id": str(uuid4()), "command_id": "c"},
    "AddContactPoint": {"channel": 1, "address": "a@example.test"},
    "RemoveContactPoint": {"contact_point_id": str(uuid4())},
    "TestContactPoint": {"contact_point_id": str(uuid4())},
    "RetryNotification": {"notification_id": str(uuid4())},
    "SetCostAlert": {"basis": 1, "amount": {"currency": "USD", "minor_units": 1}},
    "RemoveCostAlert": {"cost_alert_id": str(uuid4())},
    "ReportInstance": {"instance_id": "i"},
    "ResolveHeldBatches": {"journal_id": str(uuid4()), "resolution": 1, "reason": "r"},
    "ReportUsage": {
        "events": [
            {
                "event_id": "e",
                "event_type": "api_call",
                "quantity": "1",
                "event_time": Timestamp(seconds=1_700_000_000),
            }
        ]
    },
}


def methods() -> Iterator[MethodDescriptor]:
    from billing.parts import build_parts

    assert build_parts  # its imports load every contract
    for service in SERVICES:
        yield from descriptor_pool.Default().FindServiceByName(service).methods


METHODS = {method.full_name: method for method in methods()}
NAMING_A_TENANT = {
    name: method
    for name, method in METHODS.items()
    if "tenant_id" in method.input_type.fields_by_name
}


def access(method: MethodDescriptor) -> access_pb2.Access:
    return method.GetOptions().Extensions[access_pb2.access]


async def call(channel: grpc.aio.Channel, method: MethodDescriptor, request: Any) -> None:
    path = f"/{method.containing_service.full_name}/{method.name}"
    answer = GetMessageClass(method.output_type).FromString
    if method.client_streaming:
        stream = channel.stream_stream(
            path, request_serializer=type(request).SerializeToString, response_deserializer=answer
        )()
        await stream.read()
        return
    if method.server_streaming:
        await channel.unary_stream(
            path, request_serializer=type(request).SerializeToString, response_deserializer=answer
        )(request).read()
        return
    await channel.unary_unary(
        path, request_serializer=type(request).SerializeToString, response_deserializer=answer
    )(request)


def test_the_walk_covers_what_the_server_serves(billing: Cloud) -> None:
    served = {binding.full_name for binding in billing.server.services}
    assert served == set(SERVICES)
    assert served <= ALLOWED_CALLERS.keys(), "every service says which certificates may call it"
    assert len(METHODS) > 30


@pytest.mark.parametrize("name", METHODS)
async def test_nobody_gets_in_without_a_credential(billing: Cloud, name: str) -> None:
    method = METHODS[name]
    empty = GetMessageClass(method.input_type)()
    if access(method).public:
        try:
            await call(billing.anonymous, method, empty)
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
        return
    async with refused(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID"):
        await call(billing.anonymous, method, empty)


ROLES = [role for role in Role if role is not Role.DEVICE]


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (role, name)
        for role in ROLES
        for name, method in METHODS.items()
        if not access(method).public and not scopes_of(role) & set(access(method).scopes)
    ],
)
async def test_a_key_without_the_scope_is_refused(
    billing: Cloud, callers: dict[Role, grpc.aio.Channel], role: Role, name: str
) -> None:
    method = METHODS[name]
    async with refused(grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING"):
        await call(callers[role], method, GetMessageClass(method.input_type)())


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, method in METHODS.items()
        if not access(method).public and not scopes_of(Role.DEVICE) & set(access(method).scopes)
    ],
)
async def test_a_device_without_the_scope_is_refused(
    billing: Cloud, callers: dict[Role, grpc.aio.Channel], name: str
) -> None:
    method = METHODS[name]
    allowed = DEVICE in ALLOWED_CALLERS[method.containing_service.full_name]
    reason = "SCOPE_MISSING" if allowed else "CALLER_NOT_ALLOWED"
    async with refused(grpc.StatusCode.PERMISSION_DENIED, reason):
        await call(callers[Role.DEVICE], method, GetMessageClass(method.input_type)())


@pytest.mark.parametrize("name", NAMING_A_TENANT)
async def test_another_tenant_is_not_found(
    billing: Cloud, callers: dict[Role, grpc.aio.Channel], others: tuple[str, str], name: str
) -> None:
    """Whoever has the scope and names another tenant, by id or alias, or one that is none."""
    method = NAMING_A_TENANT[name]
    wanted = set(access(method).scopes)
    holders = [role for role in Role if scopes_of(role) & wanted]
    assert holders
    for role in holders:
        foreign = ["cust_" + "0" * 32, "no-such-alias"]
        if role is not Role.VENDOR_ADMIN:
            foreign += others
        for tenant_id in foreign:
            fields = dict(FIELDS.get(method.name, {}))
            if role is Role.DEVICE:
                fields.pop("device_id", None)
            request = GetMessageClass(method.input_type)(tenant_id=tenant_id, **fields)
            async with refused(grpc.StatusCode.NOT_FOUND) as errors:
                await call(callers[role], method, request)
            assert errors[0].metadata["resource"] == "tenant", (role, tenant_id)


@pytest.fixture(scope="module")
async def callers(billing: Cloud) -> dict[Role, grpc.aio.Channel]:
    tenant = await billing.tenant()
    device = await billing.device(tenant)
    return {
        Role.VENDOR_ADMIN: billing.vendor,
        Role.TENANT_ADMIN: tenant.admin,
        Role.TENANT_READ: tenant.read,
        Role.DEVICE: device.channel,
    }


@pytest.fixture(scope="module")
async def others(billing: Cloud) -> tuple[str, str]:
    other = await billing.tenant(aliases=("somebody-else",))
    return other.tenant_id, "somebody-else"


TEXTS = [
    (name, field.name)
    for name, method in METHODS.items()
    if not method.client_streaming
    for field in method.input_type.fields
    if field.type == field.TYPE_STRING
]


@pytest.mark.parametrize(("name", "field"), TEXTS)
async def test_a_nul_in_any_text_is_refused_by_its_name(
    billing: Cloud, callers: dict[Role, grpc.aio.Channel], name: str, field: str
) -> None:
    method = METHODS[name]
    fields = dict(FIELDS.get(method.name, {}))
    if name in NAMING_A_TENANT:
        fields["tenant_id"] = "t"
    repeated = method.input_type.fields_by_name[field].is_repeated
    fields[field] = ["a\0b"] if repeated else "a\0b"
    request = GetMessageClass(method.input_type)(**fields)
    holders = [role for role in Role if scopes_of(role) & set(access(method).scopes)]
    channel = callers[holders[0]] if holders else billing.anonymous
    async with refused(grpc.StatusCode.INVALID_ARGUMENT) as errors:
        await call(channel, method, request)
    named = {violation.field for violation in errors[0].violations}
    assert {field, f"{field}[0]"} & named
