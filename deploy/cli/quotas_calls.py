"""Quotas for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from deploy.cli.wording import word

T = TypeVar("T")


class QuotaCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def status(self, metric: str) -> list[str]:
        """One line a metric."""
        request = pb.GetQuotaStatusRequest(tenant_id=self._tenant, metric=metric)
        answer = self._call(lambda stub: stub.GetQuotaStatus(request))
        return [_status(each) for each in answer.quotas] or ["no metric has a quota"]

    def alerts(self) -> list[str]:
        """The thresholds that were crossed, newest first, all pages."""
        lines, token = list[str](), ""
        while True:
            answer = self._alerts(
                pb.ListQuotaAlertsRequest(tenant_id=self._tenant, page_token=token)
            )
            lines += [_alert(each) for each in answer.alerts]
            token = answer.next_page_token
            if not token:
                return lines or ["no threshold was crossed"]

    def leases(self) -> list[str]:
        """The slices lent to devices, newest first, all pages."""
        lines, token = list[str](), ""
        while True:
            answer = self._leases(pb.ListLeasesRequest(tenant_id=self._tenant, page_token=token))
            lines += [_lease(each) for each in answer.leases]
            token = answer.next_page_token
            if not token:
                return lines or ["nothing is lent out"]

    def release(self, lease_id: str, reason: str) -> list[str]:
        """The lease, freed."""
        request = pb.ForceReleaseLeaseRequest(
            tenant_id=self._tenant, lease_id=lease_id, reason=reason
        )
        return [_lease(self._call(lambda stub: stub.ForceReleaseLease(request)).lease)]

    def _alerts(self, request: pb.ListQuotaAlertsRequest) -> pb.ListQuotaAlertsResponse:
        return self._call(lambda stub: stub.ListQuotaAlerts(request))

    def _leases(self, request: pb.ListLeasesRequest) -> pb.ListLeasesResponse:
        return self._call(lambda stub: stub.ListLeases(request))

    def _call(self, ask: Callable[[rpc.EntitlementServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.EntitlementServiceStub(api)))


def _alert(alert: pb.QuotaAlert) -> str:
    return (
        f"{alert.raised_at.ToJsonString()}  {alert.metric}  {alert.percent} %: "
        f"{alert.used} of {alert.included}"
    )


def _status(quota: pb.QuotaStatus) -> str:
    resets = quota.resets_at.ToJsonString()
    if quota.cap == pb.QUOTA_CAP_NONE:
        return f"{quota.metric}: {quota.used} {quota.unit} used, no cap; counted until {resets}"
    left = f"{quota.remaining} left" if quota.HasField("remaining") else "no end"
    cap = word(pb.QuotaCap.Name(quota.cap), "QUOTA_CAP_")
    more = [
        f"{amount} {what}"
        for amount, what in (
            (quota.reserved, "reserved"),
            (quota.leased, "lent out"),
            (quota.over_cap, "over the cap"),
        )
        if amount != "0"
    ]
    aside = f" ({', '.join(more)})" if more else ""
    return (
        f"{quota.metric}: {quota.used} of {quota.included} {quota.unit} used, "
        f"{left}{aside}; {cap} cap, resets {resets}"
    )


def _lease(lease: pb.Lease) -> str:
    state = pb.LeaseState.Name(lease.state).removeprefix("LEASE_STATE_").lower()
    over = f", {lease.over_cap} over the cap" if lease.over_cap != "0" else ""
    return (
        f"{lease.lease_id}  {lease.metric}  device {lease.device_id}  {state}: {lease.settled} of "
        f"{lease.granted} settled{over}; until {lease.expires_at.ToJsonString()}"
    )
