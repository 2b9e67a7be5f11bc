"""Lists, newest first, page by page."""

from collections.abc import Iterable
from typing import Any

from tests.stripe_simulator.errors import Refusal, missing
from tests.stripe_simulator.world import Object

_USUAL = 10
_MOST = 100


def page(
    url: str, found: Iterable[Object], params: dict[str, Any], *, newest_first: bool = True
) -> Object:
    """A page of what was found, which comes oldest first."""
    rows = list(found)[:: -1 if newest_first else 1]
    limit = params.get("limit", _USUAL)
    if not 1 <= limit <= _MOST:
        raise Refusal(f"Invalid limit: {limit}", param="limit")
    after = params.get("starting_after")
    if after is not None:
        ids = [each["id"] for each in rows]
        if after not in ids:
            raise missing("object", after, "starting_after")
        rows = rows[ids.index(after) + 1 :]
    return {
        "object": "list",
        "url": url,
        "has_more": len(rows) > limit,
        "data": rows[:limit],
    }


def within(moment: int, bounds: Any) -> bool:
    """Whether a time meets a filter such as `created[gte]`."""
    if bounds is None:
        return True
    if isinstance(bounds, int):
        return moment == bounds
    checks = {
        "gt": moment.__gt__,
        "gte": moment.__ge__,
        "lt": moment.__lt__,
        "lte": moment.__le__,
    }
    return all(checks[name](bound) for name, bound in bounds.items())
