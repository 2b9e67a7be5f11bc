"""What a resource offers: a method, a path, its parameters and what happens."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.stripe_simulator.world import Object, World

Handler = Callable[..., Object]


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` is below /v1, `{}` a part that the handler gets after the world; then `params`."""

    method: str
    path: str
    params: type
    handler: Handler

    def matches(self, method: str, path: str) -> tuple[str, ...] | None:
        """The path's parts, or None."""
        if method != self.method:
            return None
        pattern = "/v1" + re.escape(self.path).replace(r"\{\}", "([^/]+)")
        match = re.fullmatch(pattern, path)
        return match.groups() if match else None

    def run(self, world: World, parts: tuple[str, ...], params: dict[str, Any]) -> Object:
        """The answer."""
        return self.handler(world, *parts, params)
