"""Objects as Stripe shows them: what is hidden stays so, what is asked for is expanded."""

from collections.abc import Iterable
from typing import Any

from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.world import Object, World

_HIDDEN = {
    "price": {"tiers", "currency_options"},
    "customer": {"sources", "subscriptions", "tax_ids", "cash_balance", "tax"},
    "checkout.session": {"line_items"},
    "invoice": {"payments", "confirmation_secret"},
}


def render(world: World, about: Object, expand: Iterable[str]) -> Object:
    """A copy. Raises Refusal for what cannot be expanded."""
    wanted = [path.split(".") for path in expand]
    return _show(world, about, wanted)  # type: ignore[no-any-return]


def _show(world: World, value: Any, wanted: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_show(world, each, wanted) for each in value]
    if not isinstance(value, dict):
        return value
    asked = {path[0] for path in wanted}
    hidden = _HIDDEN.get(str(value.get("object")), set()) - asked
    shown = {}
    for name, held in value.items():
        if name in hidden:
            continue
        below = [path[1:] for path in wanted if path[0] == name and len(path) > 1]
        expanded = _expanded(world, name, held) if name in asked else held
        shown[name] = _show(world, expanded, below)
    for name in asked - set(value):
        raise Refusal(f"This property cannot be expanded ({name}).", code="property_not_expandable")
    return shown


def _expanded(world: World, name: str, held: Any) -> Any:
    if not isinstance(held, str):
        return held
    for kind in world.objects.values():
        if held in kind:
            return kind[held]
    raise Refusal(f"This property cannot be expanded ({name}).", code="property_not_expandable")
