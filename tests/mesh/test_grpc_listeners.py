"""What strangers, tenants and devices get from billing's three listeners."""

from pathlib import Path

import grpc
import pytest
from brinkbyte.entitlement.v1 import entitlement_service_pb2, entitlement_service_pb2_grpc
from brinkbyte.license.v1 import license_service_pb2, license_service_pb2_grpc
from brinkbyte.tenant.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from brinkbyte.usage.v1 import usage_service_pb2, usage_service_pb2_grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from mesh.channel import channel
from mesh.errors import InvalidArgument, NotFound, PermissionDenied, TooLarge, Unauthenticated
from mesh.status import from_rpc_error


def details(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    raise AssertionError("no rich status")


async def refused(call) -> Exception:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    info = error_details_pb2.ErrorInfo()
    assert details(caught.value).details[0].Unpack(info)
    assert info.domain == "brinkbyte.io"
    return from_rpc_error(caught.value)


def validate(link, **fields):
    stub = license_service_pb2_grpc.LicenseServiceStub(link)
    return stub.ValidateCamera(license_service_pb2.ValidateCameraRequest(**fields))


async def test_a_stranger_is_refused(mesh) -> None:
    async with mesh.api(None) as link:
        assert isinstance(await refused(validate(link, camera_id="c")), Unauthenticated)
    async with mesh.api("bbk_not-a-key") as link:
        assert isinstance(await refused(validate(link, camera_id="c")), Unauthenticated)


async def test_a_malformed_request_names_its_fields(mesh) -> None:
    async with mesh.api(mesh.env["BRINKBYTE_TENANT_API_KEY"]) as link:
        error = await refused(validate(link, camera_id=""))
    assert isinstance(error, InvalidArgument)
    assert [each.field for each in error.violations] == ["camera_id"]


async def test_an_unknown_feature_is_named(mesh) -> None:
    async with mesh.api(mesh.env["BRINKBYTE_TENANT_API_KEY"]) as link:
        stub = entitlement_service_pb2_grpc.EntitlementServiceStub(link)
        request = entitlement_service_pb2.CheckEntitlementRequest(
            camera_id="cam-north", feature="x_ray"
        )
        error = await refused(stub.CheckEntitlement(request))
    assert isinstance(error, InvalidArgument)
    assert error.violations[0].field == "feature"


async def test_another_tenant_does_not_exist(mesh) -> None:
    async with mesh.api(mesh.env["BRINKBYTE_VENDOR_API_KEY"]) as vendor:
        tenants = tenant_service_pb2_grpc.TenantServiceStub(vendor)
        other = await tenants.CreateTenant(
            tenant_service_pb2.CreateTenantRequest(
                email="other@brinkbyte.test", company_name="Other"
            )
        )
    async with mesh.api(mesh.env["BRINKBYTE_TENANT_API_KEY"]) as link:
        call = validate(link, camera_id="c", tenant_id=other.tenant.tenant_id)
        assert isinstance(await refused(call), NotFound)


async def test_a_tenant_may_not_sell_to_itself(mesh) -> None:
    async with mesh.api(mesh.env["BRINKBYTE_TENANT_API_KEY"]) as link:
        stub = tenant_service_pb2_grpc.TenantServiceStub(link)
        call = stub.CreateTenant(
            tenant_service_pb2.CreateTenantRequest(email="a@b.test", company_name="A")
        )
        assert isinstance(await refused(call), PermissionDenied)


async def test_an_oversized_request_is_refused(mesh) -> None:
    async with mesh.api(mesh.env["BRINKBYTE_TENANT_API_KEY"]) as link:
        stub = usage_service_pb2_grpc.UsageServiceStub(link)
        event = usage_service_pb2.UsageEvent(event_id="e", resource_id="r" * 5_000_000)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ReportUsage(usage_service_pb2.ReportUsageRequest(events=[event]))
    assert isinstance(from_rpc_error(caught.value), TooLarge)


async def test_a_device_certificate_is_an_identity(mesh) -> None:
    env = mesh.env
    async with channel(
        env["BRINKBYTE_BILLING_ADDR"],
        root_ca=Path(env["BRINKBYTE_CA_CERT"]).read_bytes(),
        cert=Path(env["BRINKBYTE_CLIENT_CERT"]).read_bytes(),
        key=Path(env["BRINKBYTE_CLIENT_KEY"]).read_bytes(),
    ) as link:
        answer = await license_service_pb2_grpc.LicenseServiceStub(link).BatchValidateCameras(
            license_service_pb2.BatchValidateCamerasRequest(camera_ids=["cam-west"])
        )
    assert [each.validation.is_valid for each in answer.validations] == [False]
    assert answer.device_token.count(".") == 2


async def test_mtls_wants_a_certificate(mesh) -> None:
    env = mesh.env
    async with channel(
        env["BRINKBYTE_BILLING_ADDR"],
        root_ca=Path(env["BRINKBYTE_CA_CERT"]).read_bytes(),
        bearer=env["BRINKBYTE_TENANT_API_KEY"],
    ) as link:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await validate(link, camera_id="cam-north")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_health_needs_no_key(mesh) -> None:
    async with mesh.api(None) as link:
        answer = await health_pb2_grpc.HealthStub(link).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_describes_every_service(mesh) -> None:
    address = mesh.env["BRINKBYTE_BILLING_PLAINTEXT_ADDR"]
    key = mesh.env["BRINKBYTE_TENANT_API_KEY"]

    class WithKey(grpc.StreamStreamClientInterceptor):
        def intercept_stream_stream(self, continuation, details, requests):
            details = details._replace(metadata=[("authorization", f"Bearer {key}")])
            return continuation(details, requests)

    with grpc.insecure_channel(address) as plain:
        database = ProtoReflectionDescriptorDatabase(grpc.intercept_channel(plain, WithKey()))
        names = set(database.get_services())
    assert {"brinkbyte.usage.v1.UsageService", "grpc.channelz.v1.Channelz"} <= names
