"""Puts a node together with plain constructors."""

from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from random import Random

from brinkbyte.edge.v1 import edge_service_pb2_grpc
from prometheus_client import CollectorRegistry

from edge.analytics.detection import DETECTION
from edge.cameras import store as camera_store
from edge.cameras.configuration import load_cameras
from edge.cameras.manager import CameraManager
from edge.cameras.model import Camera
from edge.cameras.parts import PipelineParts
from edge.config import EdgeConfig
from edge.entitlements.keeper import LeaseKeeper
from edge.entitlements.metrics import export_quotas
from edge.entitlements.wallet import Wallet
from edge.hardware import found_hardware_id, hardware_id, refuse_clone
from edge.housekeeping import Housekeeping
from edge.inference.tally import InferenceTally
from edge.inference.triton import TritonDetector
from edge.inference.waiting import wait_for_model
from edge.licensing import store as licensing
from edge.licensing.clock import ForwardClock
from edge.licensing.service import Licenses
from edge.licensing.timekeeping import read_clock
from edge.licensing_parts import open_licenses
from edge.node.access import EdgeAuthenticator
from edge.node.metering import CallMeter
from edge.node.readiness import Readiness
from edge.node.rpc import EdgeServicer
from edge.node.service import NodeService
from edge.node.tracking import UsageTracker
from edge.telemetry import store as telemetry
from edge.uplink.commands import Commands
from edge.uplink.enrollment import Enrollment, EnrollmentSettings
from edge.uplink.heartbeat import Heartbeat
from edge.uplink.identity import StateDirectory
from edge.uplink.leases import CloudLeases
from edge.uplink.link import CloudLink
from edge.uplink.renewal import Renewal, RenewalSettings
from edge.uplink.status import LineState
from edge.uplink.sync import UsageSync
from edge.usage import store as usage
from edge.usage.budget import Budget
from edge.usage.counts import ALL_METRICS, API_CALL, INFERENCE_FRAME, METERED
from edge.usage.meter import Meter
from edge.usage.storage import StorageMeter
from edge.usage.watch import HEALTH, UsageWatch, export_usage
from mesh.cache import Redis, open_redis
from mesh.clock import Clock
from mesh.database import Database, Role
from mesh.errors import ConfigError
from mesh.faults import Faults
from mesh.ids import uuid7
from mesh.interceptor import MeshInterceptor
from mesh.migrate import migrate
from mesh.server import MeshServer, ServiceBinding, TlsMaterial
from mesh.telemetry import Metrics, MetricsServer, serve_metrics
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.feature_rules import FeatureRules

EDGE_SERVICE = "brinkbyte.edge.v1.EdgeService"


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part stands on."""

    clock: Clock
    metrics: Metrics
    line: LineState


@dataclass(frozen=True, slots=True)
class NodeCore:
    """What works: licences, cameras, counting and its upload."""

    database: Database
    redis: Redis | None
    link: CloudLink
    licenses: Licenses
    meter: Meter
    keeper: LeaseKeeper
    sync: UsageSync
    detector: TritonDetector
    manager: CameraManager
    watch: UsageWatch


@dataclass(frozen=True, slots=True)
class NodeParts:
    """A node that is built and not started; `port` is EdgeService's."""

    core: NodeCore
    heartbeat: Heartbeat
    renewal: Renewal
    housekeeping: Housekeeping
    server: MeshServer
    metrics_server: MetricsServer | None
    port: int
    line: LineState


async def build_parts(
    config: EdgeConfig, migrations: Traversable, clock: Clock, faults: Faults
) -> NodeParts:
    """Everything, in the order in which it needs each other. Raises ConfigError, StartError."""
    dsn = config.edge_database_url.get_secret_value()
    await migrate(dsn, migrations)
    database = await Database.open(
        {Role.APP: dsn}, pool_size=config.edge_database_pool_size, application_name="edge"
    )
    try:
        return await _build(config, database, clock, faults)
    except BaseException:
        await database.close()
        raise


async def _build(config: EdgeConfig, database: Database, clock: Clock, faults: Faults) -> NodeParts:
    catalog = load_catalog((files("rights.catalog") / "catalog.yaml").read_text())
    cameras = await _prepare(config, database, catalog, clock)
    state = StateDirectory(config.edge_state_dir)
    root_ca = _read("BRINKBYTE_CA_CERT", config.ca_cert)
    token = config.edge_enrollment_token
    secret = token.get_secret_value() if token is not None else None
    await refuse_clone(database, state, found_hardware_id(config.edge_hardware_id), secret)
    time = ForwardClock(clock, await read_clock(database))
    identity = await _enrollment(config, root_ca, state, database, time).identity()
    link = CloudLink(config.billing_addr, root_ca, identity)
    metrics, redis = Metrics(CollectorRegistry()), open_redis(config.redis)
    licenses = await open_licenses(
        config, database, link, time, catalog=catalog, redis=redis, metrics=metrics
    )
    sync = UsageSync(database, link, clock=clock, faults=faults, batch=config.sync_batch)
    budget = Budget(config.edge_usage_max_bytes)
    meter = Meter(
        database,
        telemetry.insert,
        clock=clock,
        journalled=sync.journalled,
        faults=faults,
        budget=budget,
    )
    detector = TritonDetector(config.triton_addr, config.edge_model, node=str(identity.device_id))
    if cameras:
        await wait_for_model(detector, clock)
    keeper = _keeper(config, database, link, catalog, licenses)
    await keeper.load()
    shared = PipelineParts(
        gate=licenses,
        meter=meter,
        detector=detector,
        clock=clock,
        faults=faults,
        output=config.output_dir,
        last_frame=partial(_last_frame, database),
        quota=keeper.wallets[INFERENCE_FRAME],
    )
    manager = CameraManager(cameras, shared)
    keeper.watch(manager.more_to_use)
    line = LineState()
    watch = UsageWatch(database, budget, line, clock)
    core = NodeCore(database, redis, link, licenses, meter, keeper, sync, detector, manager, watch)
    rng = Random()  # noqa: S311 - it spreads a fleet's renewals
    renewal = Renewal(
        link,
        state,
        database,
        time,
        settings=RenewalSettings(config.billing_api_addr, root_ca),
        rights=licenses,
        rng=rng,
    )
    publish = partial(licenses.checks.publish, *metrics.cache("edge_license"))
    export_quotas(keeper.wallets.values(), metrics.registry)
    export_usage(watch, metrics.registry)
    housekeeping = Housekeeping(
        database,
        meter,
        time,
        licenses,
        watch=watch,
        storage=StorageMeter(database, meter, config.media_dirs, time, faults),
        publish=publish,
    )
    return _with_faces(config, core, renewal, housekeeping, Ground(clock, metrics, line))


def _with_faces(
    config: EdgeConfig, core: NodeCore, renewal: Renewal, housekeeping: Housekeeping, ground: Ground
) -> NodeParts:
    """Adds what talks: the heartbeat to the cloud, EdgeService and metrics to callers."""
    line, clock, metrics = ground.line, ground.clock, ground.metrics
    node = NodeService(
        core.database,
        core.manager,
        Readiness(core.detector, clock),
        InferenceTally(core.detector, clock),
        link=core.link,
        line=line,
        rights=core.licenses,
        watch=core.watch,
        software_version=version("brinkbyte-mesh"),
    )
    commands = Commands(core.licenses, core.sync, clock)
    heartbeat = Heartbeat(core.link, node, core.licenses, commands, state=line, clock=clock)
    authenticator = EdgeAuthenticator(config.api_key_hashes, core.link.identity.tenant_id)
    interceptor = MeshInterceptor(authenticator, clock, metrics)
    calls = CallMeter(core.keeper.wallets[API_CALL], core.meter.count_call)
    tracker = UsageTracker(core.meter, core.keeper, clock)
    servicer = EdgeServicer(node, core.licenses, calls, core.keeper, tracker)
    server, port = _server(config, servicer, interceptor)
    core.watch.tell(lambda in_time: server.health.set(HEALTH, serving=in_time))
    endpoint = serve_metrics(config.metrics_addr, metrics.registry) if config.metrics_addr else None
    return NodeParts(core, heartbeat, renewal, housekeeping, server, endpoint, port, line)


def _keeper(
    config: EdgeConfig, database: Database, link: CloudLink, catalog: Catalog, licenses: Licenses
) -> LeaseKeeper:
    """One wallet for each metric that may be used on the node."""
    wallets = {
        metric: Wallet(
            metric,
            config.when_unknown.get(metric) or catalog.metric(metric).when_unknown,
            licenses.clock.now,
        )
        for metric in ALL_METRICS
    }
    source = CloudLeases(link, licenses.clock)
    return LeaseKeeper(database, source, wallets, licenses.clock, licenses, always=METERED)


async def _prepare(
    config: EdgeConfig, database: Database, catalog: Catalog, clock: Clock
) -> tuple[Camera, ...]:
    """Fills what the catalogue and the cameras file say into the database; the cameras."""
    wanted = load_cameras(config.edge_cameras_file) if config.edge_cameras_file else None
    async with database.transaction(Role.APP) as conn:
        await usage.begin_journal(conn, uuid7(clock))
        if not await licensing.has_features(conn):
            await licensing.save_features(conn, FeatureRules.of(catalog).pack_of)
        if wanted is not None:
            await camera_store.replace_all(conn, wanted)
        return await camera_store.load_all(conn)


def _enrollment(
    config: EdgeConfig, root_ca: bytes, state: StateDirectory, database: Database, clock: Clock
) -> Enrollment:
    token = config.edge_enrollment_token
    settings = EnrollmentSettings(
        api_addr=config.billing_api_addr,
        root_ca=root_ca,
        token=token.get_secret_value() if token is not None else None,
        hardware_id=hardware_id(config.edge_hardware_id, state),
        display_name=config.edge_display_name,
    )
    return Enrollment(settings, state, database, clock)


def _server(
    config: EdgeConfig, servicer: EdgeServicer, interceptor: MeshInterceptor
) -> tuple[MeshServer, int]:
    add = edge_service_pb2_grpc.add_EdgeServiceServicer_to_server
    server = MeshServer([ServiceBinding(EDGE_SERVICE, add, servicer)], interceptor)
    if config.edge_tls_cert is None or config.edge_tls_key is None:
        return server, server.add_plaintext(config.edge_addr)
    cert = _read("BRINKBYTE_EDGE_TLS_CERT", config.edge_tls_cert)
    key = _read("BRINKBYTE_EDGE_TLS_KEY", config.edge_tls_key)
    return server, server.add_tls(config.edge_addr, lambda: TlsMaterial(cert, key))


async def _last_frame(database: Database, camera_id: str) -> int | None:
    async with database.transaction(Role.APP) as conn:
        return await telemetry.last_frame(conn, camera_id, DETECTION)


def _read(variable: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{variable}: cannot read {path}: {error.strerror}") from None
