"""Meters, their events and what they sum."""

from decimal import Decimal
from typing import Any

import stripe
import stripe.billing
from stripe.params.billing import (
    MeterCreateParams,
    MeterDeactivateParams,
    MeterEventCreateParams,
    MeterListEventSummariesParams,
    MeterListParams,
    MeterRetrieveParams,
    MeterUpdateParams,
)

from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page
from tests.stripe_simulator.resources.customers import living
from tests.stripe_simulator.world import Object, World

_OLDEST_S = 35 * 86_400
_AHEAD_S = 5 * 60
_IDENTIFIERS_KEPT_S = 24 * 3600
_WINDOWS_S = {None: 60, "hour": 3600, "day": 86_400}


def create(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/billing/meters."""
    name = params["event_name"]
    if any(each["event_name"] == name for each in world.find("billing.meter", status="active")):
        raise Refusal("An active meter with this event name exists.", param="event_name")
    return world.add(
        stripe.billing.Meter,
        "mtr",
        display_name=params["display_name"],
        event_name=name,
        event_time_window=params.get("event_time_window"),
        customer_mapping=params.get(
            "customer_mapping", {"type": "by_id", "event_payload_key": "stripe_customer_id"}
        ),
        default_aggregation=params["default_aggregation"],
        value_settings=params.get("value_settings", {"event_payload_key": "value"}),
        status="active",
        status_transitions={"deactivated_at": None},
        updated=world.now,
    )


def retrieve(world: World, meter_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/billing/meters/{}."""
    return world.get("billing.meter", meter_id)


def update(world: World, meter_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/billing/meters/{}."""
    found = world.get("billing.meter", meter_id)
    found["display_name"] = params.get("display_name", found["display_name"])
    return found


def deactivate(world: World, meter_id: str, _: dict[str, Any]) -> Object:
    """POST /v1/billing/meters/{}/deactivate."""
    found = world.get("billing.meter", meter_id)
    found["status"] = "inactive"
    found["status_transitions"] = {"deactivated_at": world.now}
    return found


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/billing/meters."""
    status = params.get("status")
    found = [
        each
        for each in world.all("billing.meter").values()
        if status is None or each["status"] == status
    ]
    return page("/v1/billing/meters", found, params)


def send(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/billing/meter_events."""
    meters = [
        each
        for each in world.find("billing.meter", status="active")
        if each["event_name"] == params["event_name"]
    ]
    if not meters:
        raise Refusal("No meter has this event name.", code="resource_missing", param="event_name")
    moment = params.get("timestamp", world.now)
    if moment < world.now - _OLDEST_S:
        raise Refusal(
            "The timestamp is too far in the past.",
            code="timestamp_too_far_in_past",
            param="timestamp",
        )
    if moment > world.now + _AHEAD_S:
        raise Refusal(
            "The timestamp is in the future.", code="timestamp_in_future", param="timestamp"
        )
    payload = params["payload"]
    living(world, payload.get("stripe_customer_id", ""), "payload[stripe_customer_id]")
    value = payload.get("value", "")
    if not value.isdigit():
        raise Refusal("The value is not a whole number.", param="payload[value]")
    identifier = params.get("identifier") or f"own-{world.number('own')}"
    seen = world.identifiers.get(identifier)
    if seen is not None and world.now - seen < _IDENTIFIERS_KEPT_S:
        raise Refusal(
            f"An event already exists with identifier {identifier}.",
            code="duplicate_meter_event",
            param="identifier",
        )
    world.identifiers[identifier] = world.now
    event = {
        "object": "billing.meter_event",
        "created": world.now,
        "event_name": params["event_name"],
        "identifier": identifier,
        "livemode": False,
        "payload": payload,
        "timestamp": moment,
    }
    world.meter_events.append(event)
    return event


def total(
    world: World,
    meter: Object,
    customer: str,
    start: int,
    end: int,
    *,
    seen_before: int | None = None,
) -> int:
    """What was sent for a customer in a half-open time, up to and with a moment if one is given."""
    return sum(
        int(each["payload"]["value"])
        for each in world.meter_events
        if each["event_name"] == meter["event_name"]
        and each["payload"]["stripe_customer_id"] == customer
        and start <= each["timestamp"] < end
        and (seen_before is None or each["created"] <= seen_before)
    )


def summaries(world: World, meter_id: str, params: dict[str, Any]) -> Object:
    """GET /v1/billing/meters/{}/event_summaries: one of the whole time, or one an hour or day that
    has something. What came within the last `summary_lag_s` is not in it yet, as at Stripe, whose
    summaries are eventually consistent."""
    meter = world.get("billing.meter", meter_id)
    start, end = params["start_time"], params["end_time"]
    window = params.get("value_grouping_window")
    step = _WINDOWS_S[window]
    if start % step or end % step or end <= start:
        raise Refusal("Times must be aligned with the window's boundaries.", param="start_time")
    living(world, params["customer"])
    asked = (meter, params["customer"])
    spans = [(start, end)]
    if window is not None:
        hours = range(start, end, step)
        spans = [(each, each + step) for each in hours]
    found = [
        {
            "id": f"mtrusg_test_{since}",
            "object": "billing.meter_event_summary",
            "aggregated_value": float(Decimal(value)),
            "start_time": since,
            "end_time": until,
            "livemode": False,
            "meter": meter_id,
        }
        for since, until in spans
        if (
            value := total(world, *asked, since, until, seen_before=world.now - world.summary_lag_s)
        )
    ]
    url = f"/v1/billing/meters/{meter_id}/event_summaries"
    return page(url, found, params)


OPERATIONS = (
    Operation("POST", "/billing/meters", MeterCreateParams, create),
    Operation("GET", "/billing/meters", MeterListParams, listing),
    Operation("GET", "/billing/meters/{}", MeterRetrieveParams, retrieve),
    Operation("POST", "/billing/meters/{}", MeterUpdateParams, update),
    Operation("POST", "/billing/meters/{}/deactivate", MeterDeactivateParams, deactivate),
    Operation(
        "GET", "/billing/meters/{}/event_summaries", MeterListEventSummariesParams, summaries
    ),
    Operation("POST", "/billing/meter_events", MeterEventCreateParams, send),
)
