"""Billing profiles for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from brinkbyte.invoice.v1 import profile_service_pb2 as pb
from brinkbyte.invoice.v1 import profile_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud

T = TypeVar("T")


class ProfileCalls:
    """Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def show(self) -> list[str]:
        """The profile, a line a field."""
        return _lines(self._profile())

    def set(self, changes: Mapping[str, Any]) -> list[str]:
        """The profile with `changes`, by field."""
        profile = self._profile()
        for name in changes:
            profile.ClearField(name)
        profile.MergeFrom(pb.BillingProfile(**changes))
        request = pb.UpdateBillingProfileRequest(tenant_id=self._tenant, profile=profile)
        return _lines(self._call(lambda stub: stub.UpdateBillingProfile(request)).profile)

    def _profile(self) -> pb.BillingProfile:
        request = pb.GetBillingProfileRequest(tenant_id=self._tenant)
        return self._call(lambda stub: stub.GetBillingProfile(request)).profile

    def _call(self, ask: Callable[[rpc.BillingProfileServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.BillingProfileServiceStub(api)))


def _lines(profile: pb.BillingProfile) -> list[str]:
    place = "-".join(filter(None, [profile.country, profile.region]))
    facts = (
        ("legal name", profile.legal_name),
        ("address", ", ".join(profile.address)),
        ("country", place),
        ("tax id", profile.tax_id),
        ("invoices to", profile.invoice_email),
        ("currency", profile.currency),
        ("taxed", "no, exempt" if profile.exempt else "yes"),
    )
    return [f"{name:<12} {value or '-'}" for name, value in facts]
