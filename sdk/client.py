"""The one thing an instance builds: licence, guards and usage over one channel."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, ParamSpec, Self, TypeVar

from mesh.channel import MeshChannel, channel
from mesh.clock import Clock, SystemClock
from mesh.errors import ConfigError, FailedPrecondition
from mesh.faults import Faults, NoFaults
from rights.catalog.model import WhenUnknown
from sdk.clock import ForwardClock
from sdk.event import Quantity
from sdk.guards import Guards
from sdk.holding import Terms
from sdk.keeper import Keeper
from sdk.keys import read_keys
from sdk.license import License
from sdk.meter import Meter
from sdk.metered import Metered, Running
from sdk.operations import CloudQuota
from sdk.quota import QuotaClient
from sdk.refusal import NotLicensed
from sdk.reports import CloudUsage
from sdk.settings import InstanceConfig, read_address
from sdk.shelf import Shelf, StateDirectory
from sdk.source import CloudLicenses
from sdk.spool import Spool
from sdk.usage import OnResult, UsageReporter

P = ParamSpec("P")
R = TypeVar("R")


class Mesh:
    """Enter it with `async with`; the guards exist before, and refuse until then."""

    def __init__(
        self,
        config: InstanceConfig,
        *,
        clock: Clock | None = None,
        faults: Faults | None = None,
        on_result: OnResult | None = None,
    ) -> None:
        """`on_result` hears what became of each usage event. Raises ConfigError."""
        self._config = config
        self._terms = Terms(
            config.customer_id,
            config.license_issuer,
            config.license_jwt.get_secret_value(),
            read_keys(config.license_public_key),
            config.revocation_list,
        )
        self._clock = clock or SystemClock()
        self._faults = faults or NoFaults()
        self._on_result = on_result
        self._exits = AsyncExitStack()
        self._keeper: Keeper | None = None
        self._usage: UsageReporter | None = None
        self._quota: QuotaClient | None = None
        self._running: Running | None = None
        self.guards = Guards(self._current)

    async def __aenter__(self) -> Self:
        """Takes the state directory, starts to keep the licence fresh and to send usage.

        The cloud may be away. Raises StartError, ConfigError.
        """
        async with AsyncExitStack() as exits:
            state = StateDirectory(self._config.instance_state_dir)
            state.hold()
            exits.callback(state.release)
            shelf = Shelf(state.path)
            kept = await asyncio.to_thread(shelf.load)
            clock = ForwardClock(self._clock, kept.high_water)
            over = self._connect()
            exits.push_async_callback(over.close)
            keeper = Keeper(
                CloudLicenses(over, self._config.customer_id),
                shelf,
                clock,
                self._terms,
                kept,
                interval_s=self._config.license_refresh_seconds,
            )
            usage = self._reporter(over, clock)
            exits.push_async_callback(usage.stop)
            await usage.start()
            quota = QuotaClient(CloudQuota(over, self._config.customer_id), clock)
            exits.push_async_callback(quota.stop)
            meter = Meter(quota, usage, clock)
            exits.push_async_callback(meter.stop)
            exits.push_async_callback(keeper.stop)
            self._keeper, self._usage, self._quota = keeper, usage, quota
            self._running = Running(meter, asyncio.get_running_loop())
            exits.callback(self._forget)
            await keeper.start()
            self._exits = exits.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends; unsent usage and the licence stay on disk for the next run."""
        await self._exits.aclose()

    @property
    def license(self) -> License:
        """The licence that holds now. Raises NotLicensed."""
        return self._current()

    @property
    def keeper(self) -> Keeper:
        """What keeps the licence fresh. Raises FailedPrecondition outside `async with`."""
        if self._keeper is None:
            raise _outside()
        return self._keeper

    @property
    def usage(self) -> UsageReporter:
        """What reports usage. Raises FailedPrecondition outside `async with`."""
        if self._usage is None:
            raise _outside()
        return self._usage

    @property
    def quota(self) -> QuotaClient:
        """What reserves and commits. Raises FailedPrecondition outside `async with`."""
        if self._quota is None:
            raise _outside()
        return self._quota

    @property
    def meter(self) -> Meter:
        """What puts uses behind a quota. Raises FailedPrecondition outside `async with`."""
        return self._metering().meter

    def metered(
        self,
        metric: str,
        *,
        estimate: Quantity | Callable[..., Quantity] = 1,
        actual: Callable[[Any], Quantity] | None = None,
        resource: str | Callable[..., str] = "",
        spent_on_error: Callable[[BaseException], Quantity] | None = None,
        when_unknown: WhenUnknown | str = WhenUnknown.CLOSED,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """A decorator that reserves `estimate` of the metric before each call and counts after.

        `estimate` and `resource` (by default the function's name) may be functions of the
        arguments; `actual` is a function of the result, or of each item of an async generator.
        What raises uses nothing, unless `spent_on_error` says so. A plain function is called
        from a worker thread. Raises ValueError, TypeError at once; what the decorated function
        raises is told by Meter.use.
        """
        rule = Metered(metric, estimate, actual, resource, spent_on_error, when_unknown)
        return lambda function: rule.behind(self._metering, function)

    def _metering(self) -> Running:
        if self._running is None:
            raise _outside()
        return self._running

    def _current(self) -> License:
        if self._keeper is None:
            raise NotLicensed("NEVER_VALIDATED", "license", "the mesh client is not running")
        return self._keeper.current()

    def _forget(self) -> None:
        self._keeper = self._usage = self._quota = self._running = None

    def _connect(self) -> MeshChannel:
        config = self._config
        addr, plaintext = read_address(config.billing_api_addr)
        try:
            root_ca = config.ca_cert.read_bytes() if config.ca_cert is not None else None
        except OSError as error:
            raise ConfigError(f"BRINKBYTE_CA_CERT: cannot read it: {error.strerror}") from error
        return channel(
            addr,
            root_ca=root_ca,
            bearer=config.api_key.get_secret_value(),
            plaintext=plaintext,
            server_name=config.billing_server_name,
        )

    def _reporter(self, over: MeshChannel, clock: ForwardClock) -> UsageReporter:
        config = self._config
        return UsageReporter(
            CloudUsage(over, config.customer_id, config.instance_id),
            Spool(config.instance_state_dir, config.customer_id),
            clock=clock,
            faults=self._faults,
            max_bytes=config.usage_spool_bytes,
            on_result=self._on_result,
        )


def _outside() -> FailedPrecondition:
    return FailedPrecondition("STATE_CONFLICT", "mesh client", "enter it with `async with` first")
