"""The cloud server: what it is made of, how it starts and ends."""

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

import structlog
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from billing.access.allowed import ALLOWED_CALLERS
from billing.access.authenticator import BillingAuthenticator
from billing.audit.denials import DenialLog
from billing.background import Background
from billing.catalog.live import Catalogs
from billing.config import BillingConfig
from billing.devices.authority import DeviceAuthority
from billing.files import ServerFiles
from billing.invoices.issuing import Issuing
from billing.keys.ring import KeyRing
from billing.notifications.settings import NotificationSettings
from billing.outside import Outside, SessionLimits
from billing.parts import Parts, build_parts
from billing.payments.provider import PaymentProvider
from mesh.cache import Redis, open_redis
from mesh.callers import AllowedCallers
from mesh.clock import Clock, SystemClock
from mesh.database import Database, Role
from mesh.faults import Faults, load_faults
from mesh.interceptor import MeshInterceptor
from mesh.migrate import verify
from mesh.server import MeshServer
from mesh.telemetry import Metrics, MetricsServer, configure_logs, serve_metrics
from mesh.wakeup import Wakeups
from rights.dunning import Ladder

B = TypeVar("B")


def migrations() -> Traversable:
    """The directory of the cloud's migrations."""
    return files("billing") / "migrations"


@dataclass(frozen=True, slots=True)
class Ports:
    """The bound ports; None for a listener or endpoint that is off."""

    mtls: int
    api: int
    plaintext: int | None
    metrics: int | None


class BillingServer:
    """One replica. `build`, `start`, `drain`; any replica can die at any moment."""

    def __init__(
        self,
        server: MeshServer,
        ports: Ports,
        *,
        parts: Parts,
        db: Database,
        wakeups: Wakeups,
        redis: Redis | None,
        payments: PaymentProvider | None,
        background: tuple[Background, ...],
        metrics_server: MetricsServer | None,
        grace_s: float,
    ) -> None:
        """Takes over what `build` opened."""
        self.ports = ports
        self.db = db
        self.services = parts.bindings
        self._server = server
        self._parts = parts
        self._wakeups = wakeups
        self._redis = redis
        self._payments = payments
        self._background = background
        self._metrics_server = metrics_server
        self._grace_s = grace_s
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def build(cls, config: BillingConfig, clock: Clock, faults: Faults) -> "BillingServer":
        """Connects, checks the schema and binds every listener.

        Raises ConfigError or StartError with one line that says what to do.
        """
        files, session = ServerFiles(config), _session_limits(config)
        authority = _authority(config, files, clock)
        await verify(config.database_url.get_secret_value(), migrations())
        db = await Database.open(_dsns(config), pool_size=config.database_pool_size)
        redis = open_redis(config.redis_url.get_secret_value() if config.redis_url else None)
        wakeups = Wakeups(redis)
        metrics = Metrics(CollectorRegistry())
        payments = _payments(config)
        try:
            catalogs = await Catalogs.open(db, clock, wakeups)
            ring = await KeyRing.open(db, config.license_keys_dir, clock, wakeups)
            outside = Outside(
                db,
                wakeups,
                redis,
                clock,
                metrics,
                faults,
                catalogs,
                authority,
                ring,
                config.license_issuer,
                session,
                timedelta(seconds=config.lease_seconds),
                timedelta(seconds=config.aggregation_seconds),
                payments,
                timedelta(seconds=config.stripe_submit_seconds),
                timedelta(seconds=config.stripe_settle_seconds),
                config.usage_months_kept,
                _notifying(config),
                _ladder(config),
                Issuing.of(config),
            )
            parts = build_parts(outside)
            authenticator = BillingAuthenticator(
                db, authority.believes, config.trust_domain, clock, session_idle=session.idle
            )
            callers = AllowedCallers(ALLOWED_CALLERS)
            denials = DenialLog(parts.tallies)
            interceptor = MeshInterceptor(
                authenticator,
                clock,
                metrics,
                callers=callers,
                denials=denials,
                tolls=parts.metering,
            )
            server = MeshServer(parts.bindings, interceptor)
            ports, metrics_server = _listen(config, server, files, metrics)
        except BaseException:
            await db.close()
            raise
        return cls(
            server,
            ports,
            parts=parts,
            db=db,
            wakeups=wakeups,
            redis=redis,
            payments=payments,
            background=(catalogs, ring, *parts.background),
            metrics_server=metrics_server,
            grace_s=config.drain_seconds,
        )

    def background_of(self, kind: type[B]) -> B:
        """The one background work of a kind."""
        return next(each for each in self._background if isinstance(each, kind))

    async def start(self) -> None:
        """Serves, and begins the background work."""
        await self._server.start()
        parts = self._parts
        work = (
            parts.hub.run(),
            parts.feed.run(),
            parts.tallies.run(),
            *(each.run() for each in self._background),
        )
        self._tasks = [asyncio.create_task(each) for each in work]

    async def drain(self) -> None:
        """Ends streams in order, lets running calls end, then closes everything."""
        self._parts.hub.drain()
        self._parts.feed.drain()
        await self._server.drain(self._grace_s)
        await self._parts.metering.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._parts.watch.close()
        await self._parts.tallies.close()
        await self._wakeups.close()
        if self._redis is not None:
            await self._redis.aclose()
        if self._payments is not None:
            await self._payments.aclose()
        await self.db.close()
        if self._metrics_server is not None:
            self._metrics_server.close()


async def serve(config: BillingConfig, stop: asyncio.Event) -> None:
    """Serves until `stop` is set. Raises ConfigError, StartError."""
    configure_logs(config.log_level, json=config.log_json)
    server = await BillingServer.build(config, SystemClock(), load_faults(os.environ))
    await server.start()
    structlog.get_logger().info(
        "billing_started",
        mtls=server.ports.mtls,
        api=server.ports.api,
        plaintext=server.ports.plaintext,
    )
    await stop.wait()
    await server.drain()


def _payments(config: BillingConfig) -> PaymentProvider | None:
    """The payment provider, where there is a key; without one its library is not loaded."""
    if config.stripe_secret_key is None:
        return None
    from billing.payments.stripe.client import StripeSettings  # noqa: PLC0415
    from billing.payments.stripe.provider import StripeProvider  # noqa: PLC0415

    given = config.stripe_webhook_secrets
    words = given.get_secret_value().split(",") if given is not None else []
    secrets = tuple(word.strip() for word in words if word.strip())
    key = config.stripe_secret_key.get_secret_value()
    return StripeProvider(StripeSettings(key, config.stripe_api_url, secrets))


def _dsns(config: BillingConfig) -> dict[Role, str]:
    return {
        Role.APP: config.database_url.get_secret_value(),
        Role.WORKER: config.database_worker_url.get_secret_value(),
        Role.VENDOR: config.database_vendor_url.get_secret_value(),
    }


def _session_limits(config: BillingConfig) -> SessionLimits:
    return SessionLimits(
        timedelta(seconds=config.session_seconds), timedelta(seconds=config.session_idle_seconds)
    )


def _notifying(config: BillingConfig) -> NotificationSettings:
    def secret(value: SecretStr | None) -> str | None:
        return value.get_secret_value() if value is not None else None

    return NotificationSettings(
        smtp_url=secret(config.smtp_url),
        smtp_from=config.smtp_from,
        sms_url=secret(config.sms_url),
        sms_token=secret(config.sms_token),
        allow_private=config.webhooks_allow_private,
        public_url=config.public_url,
        patience=timedelta(seconds=config.notification_seconds),
    )


def _ladder(config: BillingConfig) -> Ladder:
    return Ladder(
        timedelta(days=config.dunning_past_due_days),
        timedelta(days=config.dunning_grace_days),
        timedelta(days=config.dunning_suspend_days),
    )


def _authority(config: BillingConfig, files: ServerFiles, clock: Clock) -> DeviceAuthority:
    return DeviceAuthority(
        files.authorities.current,
        files.trusted,
        config.trust_domain,
        timedelta(seconds=config.device_certificate_seconds),
        clock,
    )


def _listen(
    config: BillingConfig, server: MeshServer, files: ServerFiles, metrics: Metrics
) -> tuple[Ports, MetricsServer | None]:
    plaintext = config.billing_plaintext_addr
    mtls = server.add_mtls(config.billing_addr, files.material)
    api = server.add_tls(config.billing_api_addr, files.material)
    debug = server.add_plaintext(plaintext) if plaintext else None
    endpoint = serve_metrics(config.metrics_addr, metrics.registry) if config.metrics_addr else None
    return Ports(mtls, api, debug, endpoint.port if endpoint else None), endpoint
