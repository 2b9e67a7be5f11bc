"""OverrideService for the command line: each call, and its answer as lines for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from brinkbyte.entitlement.v1 import override_service_pb2 as pb
from brinkbyte.entitlement.v1 import override_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud

T = TypeVar("T")
_KINDS = {
    "metric": pb.PRICED_KIND_METRIC,
    "item": pb.PRICED_KIND_ITEM,
    "plan": pb.PRICED_KIND_PLAN,
}


class OverrideCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def feature(
        self, name: str, camera: str, reason: str, until: datetime | None, *, allowed: bool
    ) -> list[str]:
        """The override of a feature."""
        about = pb.FeatureOverride(feature=name, allowed=allowed, camera_id=camera)
        return self._set(pb.SetOverrideRequest(feature=about, reason=reason), until)

    def quota(
        self, metric: str, included: str, ceiling: str, reason: str, until: datetime | None
    ) -> list[str]:
        """The override of a quota; empty amounts leave the plan's."""
        about = pb.QuotaOverride(metric=metric, included=included or None, ceiling=ceiling or None)
        return self._set(pb.SetOverrideRequest(quota=about, reason=reason), until)

    def price(
        self,
        target: tuple[str, str, str],
        prices: Sequence[tuple[str, str]],
        reason: str,
        until: datetime | None,
    ) -> list[str]:
        """The override of a price: what is priced is metric, item or plan, a family and a name."""
        kind, family, name = target
        about = pb.PriceOverride(
            kind=_KINDS[kind],
            family=family,
            name=name,
            prices=[pb.CurrencyPrice(currency=code, price=amount) for code, amount in prices],
        )
        return self._set(pb.SetOverrideRequest(price=about, reason=reason), until)

    def remove(self, override: str) -> list[str]:
        """Whether there was one."""
        request = pb.RemoveOverrideRequest(tenant_id=self._tenant, override_id=override)
        answer = self._call(lambda stub: stub.RemoveOverride(request))
        said = "removed" if answer.removed else "there is no such override"
        return [f"{override}: {said}", f"epoch {answer.epoch.number}"]

    def listed(self) -> list[str]:
        """One line each, all pages."""
        lines, token = list[str](), ""
        while True:
            answer = self._page(token)
            lines += [_line(each) for each in answer.overrides]
            token = answer.next_page_token
            if not token:
                return lines

    def _page(self, token: str) -> pb.ListOverridesResponse:
        request = pb.ListOverridesRequest(tenant_id=self._tenant, page_token=token)
        return self._call(lambda stub: stub.ListOverrides(request))

    def _set(self, request: pb.SetOverrideRequest, until: datetime | None) -> list[str]:
        request.tenant_id = self._tenant
        if until is not None:
            request.expires_at.FromDatetime(until)
        answer = self._call(lambda stub: stub.SetOverride(request))
        return [_line(answer.override), f"epoch {answer.epoch.number}"]

    def _call(self, ask: Callable[[rpc.OverrideServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.OverrideServiceStub(api)))


def _line(held: pb.Override) -> str:
    ends = f" until {held.expires_at.ToJsonString()}" if held.HasField("expires_at") else ""
    over = " (over)" if held.expired else ""
    return f"{held.override_id}  {_about(held)}{ends}{over}: {held.reason}"


def _about(held: pb.Override) -> str:
    match held.WhichOneof("about"):
        case "feature":
            about = held.feature
            where = f" for camera {about.camera_id}" if about.camera_id else ""
            return f"feature {about.feature} {'given' if about.allowed else 'taken'}{where}"
        case "quota":
            quota = held.quota
            parts = [f"included {quota.included}"] if quota.HasField("included") else []
            parts += [f"ceiling {quota.ceiling}"] if quota.HasField("ceiling") else []
            return f"quota {quota.metric} {', '.join(parts)}"
        case _:
            price = held.price
            kind = pb.PricedKind.Name(price.kind).removeprefix("PRICED_KIND_").lower()
            name = "/".join(part for part in (kind, price.family, price.name) if part)
            return f"price {name} {', '.join(f'{p.price} {p.currency}' for p in price.prices)}"
