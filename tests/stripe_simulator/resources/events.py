"""Events: what happened, newest first."""

from typing import Any

from stripe.params import EventListParams, EventRetrieveParams

from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page, within
from tests.stripe_simulator.world import Object, World


def retrieve(world: World, event_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/events/{}."""
    return world.get("event", event_id)


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/events."""
    types = params.get("types") or ([params["type"]] if "type" in params else None)
    found = [
        each
        for each in world.events
        if within(each["created"], params.get("created"))
        and (types is None or each["type"] in types)
    ]
    return page("/v1/events", found, params)


OPERATIONS = (
    Operation("GET", "/events", EventListParams, listing),
    Operation("GET", "/events/{}", EventRetrieveParams, retrieve),
)
