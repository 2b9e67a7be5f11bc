"""Notifications and cost alerts for the command line: each call, and its answer as lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import typer
from brinkbyte.common.v1 import money_pb2
from brinkbyte.notification.v1 import cost_alert_service_pb2 as costs_pb
from brinkbyte.notification.v1 import cost_alert_service_pb2_grpc as costs_rpc
from brinkbyte.notification.v1 import notification_service_pb2 as pb
from brinkbyte.notification.v1 import notification_service_pb2_grpc as rpc

from deploy.cli.cloud import Cloud
from rights.money import Money

T = TypeVar("T")
_CHANNELS = {name.removeprefix("CHANNEL_").lower(): value for name, value in pb.Channel.items()}
_KINDS = {
    name.removeprefix("NOTIFICATION_KIND_").lower(): value
    for name, value in pb.NotificationKind.items()
}


class AlertCalls:
    """One call each. Raises MeshError; StartError when the cloud does not answer."""

    def __init__(self, cloud: Cloud, tenant: str) -> None:
        """`tenant` may be empty for a tenant's own key."""
        self._cloud = cloud
        self._tenant = tenant

    def told(self) -> list[str]:
        """One line a notification and one a delivery, all pages."""
        lines, token = list[str](), ""
        while True:
            answer = self._told(token)
            for each in answer.notifications:
                lines += _notification(each)
            token = answer.next_page_token
            if not token:
                return lines or ["nothing was told yet"]

    def retry(self, notification: str) -> list[str]:
        """How many deliveries are tried again."""
        request = pb.RetryNotificationRequest(tenant_id=self._tenant, notification_id=notification)
        answer = self._call(lambda api: api.RetryNotification(request))
        return [f"{notification}: {answer.deliveries} tried again"]

    def add(self, channel: str, address: str, kinds: Sequence[str], name: str) -> list[str]:
        """The address and, for a webhook, its secret."""
        request = pb.AddContactPointRequest(
            tenant_id=self._tenant,
            channel=_known(_CHANNELS, channel, "CHANNEL"),
            address=address,
            kinds=[_known(_KINDS, each, "--kind") for each in kinds],
            display_name=name,
        )
        answer = self._call(lambda api: api.AddContactPoint(request))
        secret = [f"secret {answer.webhook_secret}"] if answer.webhook_secret else []
        return [_contact(answer.contact_point), *secret]

    def contacts(self) -> list[str]:
        """One line each; a tenant has few."""
        request = pb.ListContactPointsRequest(tenant_id=self._tenant)
        answer = self._call(lambda api: api.ListContactPoints(request))
        return [_contact(each) for each in answer.contact_points]

    def remove_contact(self, point: str) -> list[str]:
        """Whether there was one."""
        request = pb.RemoveContactPointRequest(tenant_id=self._tenant, contact_point_id=point)
        return [_removed(point, self._call(lambda api: api.RemoveContactPoint(request)).removed)]

    def test(self, point: str) -> list[str]:
        """Which notification it is."""
        request = pb.TestContactPointRequest(tenant_id=self._tenant, contact_point_id=point)
        answer = self._call(lambda api: api.TestContactPoint(request))
        return [f"{answer.notification_id}: on its way"]

    def set_cost(
        self, amount: Money, percents: Sequence[int], name: str, *, projected: bool
    ) -> list[str]:
        """The alert."""
        request = costs_pb.SetCostAlertRequest(
            tenant_id=self._tenant,
            basis=costs_pb.COST_BASIS_PROJECTED if projected else costs_pb.COST_BASIS_SPENT,
            amount=money_pb2.Money(currency=amount.currency, minor_units=amount.minor_units),
            percents=percents,
            display_name=name,
        )
        return [_cost(self._costs(lambda api: api.SetCostAlert(request)).cost_alert)]

    def costs(self) -> list[str]:
        """One line each; a tenant has few."""
        request = costs_pb.ListCostAlertsRequest(tenant_id=self._tenant)
        answer = self._costs(lambda api: api.ListCostAlerts(request))
        return [_cost(each) for each in answer.cost_alerts]

    def remove_cost(self, alert: str) -> list[str]:
        """Whether there was one."""
        request = costs_pb.RemoveCostAlertRequest(tenant_id=self._tenant, cost_alert_id=alert)
        return [_removed(alert, self._costs(lambda api: api.RemoveCostAlert(request)).removed)]

    def _told(self, token: str) -> pb.ListNotificationsResponse:
        request = pb.ListNotificationsRequest(tenant_id=self._tenant, page_token=token)
        return self._call(lambda api: api.ListNotifications(request))

    def _call(self, ask: Callable[[rpc.NotificationServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(rpc.NotificationServiceStub(api)))

    def _costs(self, ask: Callable[[costs_rpc.CostAlertServiceStub], Awaitable[T]]) -> T:
        return self._cloud.ask(lambda api: ask(costs_rpc.CostAlertServiceStub(api)))


def _word(enum: str, prefix: str) -> str:
    return enum.removeprefix(prefix).lower()


def _notification(told: pb.Notification) -> list[str]:
    kind = _word(pb.NotificationKind.Name(told.kind), "NOTIFICATION_KIND_")
    facts = " ".join(f"{name}={value}" for name, value in sorted(told.facts.items()) if value)
    head = f"{told.notification_id}  {told.created_at.ToJsonString()} {kind}: {facts}"
    return [head, *(f"  {_delivery(each)}" for each in told.deliveries)]


def _delivery(way: pb.Delivery) -> str:
    channel = _word(pb.Channel.Name(way.channel), "CHANNEL_")
    state = _word(pb.DeliveryState.Name(way.state), "DELIVERY_STATE_")
    tries = f", tried {way.attempts} times" if way.attempts > 1 else ""
    why = f": {way.detail}" if way.detail else ""
    return f"{channel} {way.address} {state}{tries}{why}"


def _contact(point: pb.ContactPoint) -> str:
    channel = _word(pb.Channel.Name(point.channel), "CHANNEL_")
    kinds = [_word(pb.NotificationKind.Name(each), "NOTIFICATION_KIND_") for each in point.kinds]
    name = f" ({point.display_name})" if point.display_name else ""
    return f"{point.contact_point_id}  {channel} {point.address}{name}: {', '.join(kinds) or 'all'}"


def _cost(alert: costs_pb.CostAlert) -> str:
    basis = _word(costs_pb.CostBasis.Name(alert.basis), "COST_BASIS_")
    amount = Money(alert.amount.currency, alert.amount.minor_units)
    percents = ", ".join(f"{each} %" for each in alert.percents)
    name = f" ({alert.display_name})" if alert.display_name else ""
    return f"{alert.cost_alert_id}  {basis} {amount}{name}: told at {percents}"


def _removed(name: str, removed: bool) -> str:
    return f"{name}: {'removed' if removed else 'there is none'}"


def _known(words: Mapping[str, int], word: str, hint: str) -> Any:
    if word not in words or word == "unspecified":
        known = ", ".join(each for each in words if each != "unspecified")
        raise typer.BadParameter(f"one of {known}", param_hint=hint)
    return words[word]
