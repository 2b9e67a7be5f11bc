"""What Stripe knows: objects by kind and id, events, and what the cards will say."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe

from mesh.clock import Clock
from tests.stripe_simulator.errors import missing

Object = dict[str, Any]

API_VERSION = str(stripe.api_version)


@dataclass(slots=True)
class World:
    """Everything that is kept; `clock` is what Stripe calls now."""

    clock: Clock
    tax_percent: int = 0
    summary_lag_s: int = 0
    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    meter_events: list[Object] = field(default_factory=list)
    identifiers: dict[str, int] = field(default_factory=dict)
    refusing_cards: dict[str, int] = field(default_factory=dict)
    moment: int | None = None
    listeners: list[Callable[[Object], None]] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """Unix seconds; while time is being caught up, the moment that is being lived."""
        return self.moment if self.moment is not None else int(self.clock.now().timestamp())

    def number(self, of: str) -> int:
        """The next one of a kind, from 1."""
        self._numbers[of] = self._numbers.get(of, 0) + 1
        return self._numbers[of]

    def add(
        self, kind: type[Any], prefix: str, *, object_id: str | None = None, **fields: Any
    ) -> Object:
        """A new object with every field of its kind, those not given null."""
        name = kind.OBJECT_NAME
        made = {key: None for key in kind.__annotations__ if key not in ("OBJECT_NAME", "deleted")}
        made |= {"id": object_id or f"{prefix}_{self.number(prefix):08d}", "object": name}
        made |= {"livemode": False} if "livemode" in made else {}
        made |= {"created": self.now} if "created" in made else {}
        made |= {"metadata": {}} if "metadata" in made else {}
        unknown = set(fields) - set(made)
        assert not unknown, f"{name} has no {unknown}"
        made |= fields
        self.all(name)[made["id"]] = made
        return made

    def all(self, name: str) -> dict[str, Object]:
        """The objects of a kind by id, oldest first."""
        return self.objects.setdefault(name, {})

    def get(self, name: str, object_id: str, param: str = "id") -> Object:
        """One object. Raises Refusal (resource_missing)."""
        found = self.all(name).get(object_id)
        if found is None or (found.get("deleted") and name != "customer"):
            raise missing(name, object_id, param)
        return found

    def find(self, name: str, **fields: Any) -> list[Object]:
        """The objects that have these values, oldest first."""
        return [
            each
            for each in self.all(name).values()
            if all(each.get(key) == value for key, value in fields.items())
        ]

    def emit(self, event_type: str, about: Object) -> Object:
        """Notes an event with the object as it is now."""
        made = self.add(
            stripe.Event,
            "evt",
            type=event_type,
            api_version=API_VERSION,
            data={"object": copy.deepcopy(about)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        self.events.append(made)
        for listener in self.listeners:
            listener(made)
        return made

    def merge_metadata(self, about: Object, given: Any) -> None:
        """As Stripe merges: an empty value takes the key away, an empty whole all of them."""
        if given == "":
            about["metadata"] = {}
            return
        merged = {**about["metadata"], **(given or {})}
        about["metadata"] = {key: value for key, value in merged.items() if value != ""}
