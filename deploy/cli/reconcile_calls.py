"""Reconciling for the command line: the calls, page by page, and what they found as lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from brinkbyte.usage.v1 import reconcile_service_pb2 as pb
from brinkbyte.usage.v1 import reconcile_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from deploy.cli.wording import counted

Window = tuple[datetime | None, datetime | None]


def reconciled(
    cloud: Cloud, tenant: str, window: Window, *, heal: bool, sums: bool
) -> tuple[list[str], int]:
    """What to show, and how many differences remain.

    An empty `tenant` means all; `window` is aware, None for the defaults. Raises MeshError, and
    StartError when the cloud does not answer.
    """
    lines, remaining, compared = list[str](), 0, 0
    for found in _tenants(cloud, tenant, window, heal=heal):
        compared += 1
        open_drifts = sum(not drift.healed for drift in found.drifts)
        remaining += open_drifts
        if not (found.drifts or found.notes or sums or tenant):
            continue
        lines.append(_headline(found, open_drifts))
        if sums:
            lines += [f"  {_sum(each)}" for each in found.sums]
        lines += [f"  ! {_drift(each)}" for each in found.drifts]
        lines += [f"  - {note}" for note in found.notes]
    lines.append(f"{counted(compared, 'tenant')} compared, {_left(remaining)}")
    return lines, remaining


def _tenants(
    cloud: Cloud, tenant: str, window: Window, *, heal: bool
) -> Iterator[pb.TenantReconciliation]:
    start, end = window
    token = ""
    while True:
        request = pb.ReconcileUsageRequest(tenant_id=tenant, heal=heal, page_token=token)
        if start is not None:
            request.start_time.FromDatetime(start)
        if end is not None:
            request.end_time.FromDatetime(end)
        answer = _ask(cloud, request)
        yield from answer.tenants
        token = answer.next_page_token
        if not token:
            return


def _ask(cloud: Cloud, request: pb.ReconcileUsageRequest) -> pb.ReconcileUsageResponse:
    return cloud.ask(lambda api: rpc.ReconcileServiceStub(api).ReconcileUsage(request))


def _headline(found: pb.TenantReconciliation, open_drifts: int) -> str:
    if not found.drifts:
        return f"{found.tenant_id}: every step agrees"
    mended = len(found.drifts) - open_drifts
    return f"{found.tenant_id}: {_left(open_drifts)}, {mended} mended"


def _left(differences: int) -> str:
    return f"{counted(differences, 'difference')} {'remains' if differences == 1 else 'remain'}"


def _sum(each: pb.StepSum) -> str:
    where = f" on {each.device_id}" if each.device_id else ""
    events = f" ({counted(each.events, 'event')})" if each.events else ""
    return f"{_step(each.step):<9} {each.event_type}: {each.quantity}{events}{where}"


def _drift(each: pb.UsageDrift) -> str:
    facts = [
        f"{_step(each.from_step)} → {_step(each.to_step)}",
        each.event_type,
        f"device {each.device_id}" if each.device_id else "",
        f"invoice {each.invoice_id}" if each.invoice_id else "",
        each.window_start.ToJsonString() if each.HasField("window_start") else "",
        f"expected {each.expected}, found {each.found}",
    ]
    mended = " (mended)" if each.healed else ""
    return f"{'  '.join(fact for fact in facts if fact)}: {each.message}{mended}"


def _step(step: pb.UsageStep) -> str:
    return pb.UsageStep.Name(step).removeprefix("USAGE_STEP_").lower()
