"""Guards: each returns when the licence permits it, and raises NotLicensed when it does not."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from sdk.license import License
from sdk.refusal import NotLicensed

P = ParamSpec("P")
R = TypeVar("R")

_PLAN = "PLAN_LIMIT_REACHED"
_GUARDS = frozenset(
    {
        "max_devices",
        "max_users",
        "max_alert_rules",
        "max_dashboards",
        "can_export",
        "api_access",
        "mqtt_access",
        "advanced_alerts",
        "custom_branding",
        "pack",
    }
)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A guard that counts; `what` is the noun for people."""

    guard: str
    what: str
    reason: str = _PLAN

    def check(self, limit: int | None, count: int, adding: int) -> None:
        """Raises NotLicensed."""
        if limit is not None and count + adding > limit:
            raise NotLicensed(
                self.reason,
                self.guard,
                f"the plan allows {limit} {self.what}; there are {count}. "
                "Upgrade the plan or remove some",
                limit=limit,
                current=count,
            )


_DEVICES = _Counted("max_devices", "devices", "DEVICE_LIMIT_REACHED")
_USERS = _Counted("max_users", "users", "SEAT_LIMIT_REACHED")
_ALERT_RULES = _Counted("max_alert_rules", "alert rules")
_DASHBOARDS = _Counted("max_dashboards", "dashboards")


class Guards:
    """Answers from the licence in memory; they may be asked on every request."""

    def __init__(self, current: Callable[[], License]) -> None:
        """`current` gives the licence that holds now or raises NotLicensed."""
        self._current = current

    def max_devices(self, count: int, adding: int = 1) -> None:
        """Whether `adding` devices may join the `count` that there are. Raises NotLicensed."""
        limit = self._current().features.max_devices
        _DEVICES.check(limit, count, adding)

    def max_users(self, count: int, adding: int = 1) -> None:
        """Whether `adding` users may join the `count` that there are. Raises NotLicensed."""
        limit = self._current().limits.max_users
        _USERS.check(limit, count, adding)

    def max_alert_rules(self, count: int, adding: int = 1) -> None:
        """Whether `adding` rules may join the `count` that there are. Raises NotLicensed."""
        limit = self._current().limits.max_alert_rules
        _ALERT_RULES.check(limit, count, adding)

    def max_dashboards(self, count: int, adding: int = 1) -> None:
        """Whether `adding` dashboards may join the `count` that there are. Raises NotLicensed."""
        limit = self._current().limits.max_dashboards
        _DASHBOARDS.check(limit, count, adding)

    def retention_days(self, wanted: int | None = None) -> int | None:
        """The days that data may be kept: `wanted`, cut to the plan's; None is without end.

        Raises NotLicensed only when no licence holds.
        """
        limit = self._current().features.data_retention_days
        if wanted is None or limit is None:
            return limit if wanted is None else wanted
        return min(wanted, limit)

    def can_export(self) -> None:
        """Whether data may be exported. Raises NotLicensed."""
        _switch("can_export", "export of data", on=self._current().features.can_export_data)

    def api_access(self) -> None:
        """Whether the API may be used. Raises NotLicensed."""
        _switch("api_access", "use of the API", on=self._current().features.has_api_access)

    def mqtt_access(self) -> None:
        """Whether MQTT may be used. Raises NotLicensed."""
        _switch("mqtt_access", "use of MQTT", on=self._current().features.has_mqtt_access)

    def advanced_alerts(self) -> None:
        """Whether advanced alerts may be used. Raises NotLicensed."""
        on = self._current().features.has_advanced_alerts
        _switch("advanced_alerts", "use of advanced alerts", on=on)

    def custom_branding(self) -> None:
        """Whether the customer's own branding may be shown. Raises NotLicensed."""
        on = self._current().features.has_custom_branding
        _switch("custom_branding", "branding of one's own", on=on)

    def pack(self, name: str) -> None:
        """Whether the growth pack of that name is enabled. Raises NotLicensed."""
        on = name in self._current().packs
        _switch("pack", f"the growth pack {name}", on=on, reason="FEATURE_NOT_LICENSED")

    def requires(self, guard: str, *args: object) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """A decorator that asks the guard of that name before each call.

        An argument that is a function is called each time, and awaited where the decorated
        function is async: `requires("max_users", count_users)`. Raises ValueError for an
        unknown guard at once.
        """
        if guard not in _GUARDS:
            raise ValueError(f"there is no guard {guard!r}; there are {', '.join(sorted(_GUARDS))}")
        ask = getattr(self, guard)

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            if inspect.iscoroutinefunction(function):
                return cast("Callable[P, R]", _guarded_async(function, ask, args))
            return _guarded(function, ask, args)

        return decorate


def _guarded(
    function: Callable[P, R], ask: Callable[..., None], args: tuple[object, ...]
) -> Callable[P, R]:
    @wraps(function)
    def guarded(*given: P.args, **named: P.kwargs) -> R:
        ask(*(arg() if callable(arg) else arg for arg in args))
        return function(*given, **named)

    return guarded


def _guarded_async(
    function: Callable[P, Awaitable[Any]], ask: Callable[..., None], args: tuple[object, ...]
) -> Callable[P, Awaitable[Any]]:
    @wraps(function)
    async def guarded(*given: P.args, **named: P.kwargs) -> Any:
        values = [arg() if callable(arg) else arg for arg in args]
        ask(*[await value if inspect.isawaitable(value) else value for value in values])
        return await function(*given, **named)

    return guarded


def _switch(guard: str, what: str, *, on: bool, reason: str = _PLAN) -> None:
    if not on:
        raise NotLicensed(reason, guard, f"the plan does not include {what}; upgrade it")
