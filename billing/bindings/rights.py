"""What may run: licences, keys, entitlements, devices and their heartbeats."""

from brinkbyte.device.v1 import device_service_pb2_grpc as device
from brinkbyte.entitlement.v1 import entitlement_service_pb2_grpc as entitlement
from brinkbyte.entitlement.v1 import override_service_pb2_grpc as override
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2_grpc as heartbeat
from brinkbyte.license.v1 import key_service_pb2_grpc as key
from brinkbyte.license.v1 import license_service_pb2_grpc as license_

from billing.bindings.services import Services
from billing.devices.rpc import DeviceServicer
from billing.entitlements.cache import CachedAnswers, StoredAnswers, StoredEpochs, shared_answers
from billing.entitlements.rpc import EntitlementServicer
from billing.entitlements.service import EntitlementsService
from billing.fleet.rpc import HeartbeatServicer
from billing.fleet.service import FleetService
from billing.keys.rpc import KeyServicer
from billing.keys.service import KeysService
from billing.licenses.bundles import BundleIssuer
from billing.licenses.rpc import LicenseServicer
from billing.licenses.tokens import TokenIssuer
from billing.licenses.validator import CachedValidator, StoredValidator
from billing.outside import Outside
from billing.overrides.rpc import OverrideServicer
from billing.overrides.service import OverridesService
from mesh.server import ServiceBinding


def rights_bindings(outside: Outside, built: Services) -> tuple[ServiceBinding, ...]:
    """Licences, keys, entitlements, devices, heartbeats."""
    clock = outside.clock
    licenses = built.rules.licenses
    stored = StoredValidator(built.units, built.rules.validation)
    validator = CachedValidator(stored, built.watch, clock, outside.metrics)
    answers = CachedAnswers(
        StoredAnswers(built.units, built.rules.books, built.rules.terms),
        shared_answers(outside.redis, clock),
        StoredEpochs(built.units, built.changes).read,
        watch=built.watch,
        clock=clock,
        metrics=outside.metrics,
    )
    tokens = TokenIssuer(outside.ring, outside.license_issuer)
    bundles = BundleIssuer(
        built.rules.validation,
        built.devices,
        built.rules.terms,
        tokens,
        built.revocations,
        ring=outside.ring,
        issuer=outside.license_issuer,
    )
    return (
        ServiceBinding(
            "brinkbyte.device.v1.DeviceService",
            device.add_DeviceServiceServicer_to_server,
            DeviceServicer(built.units, built.devices, outside.authority),
        ),
        ServiceBinding(
            "brinkbyte.license.v1.LicenseService",
            license_.add_LicenseServiceServicer_to_server,
            LicenseServicer(
                built.units,
                built.rules,
                validator=validator,
                devices=built.devices,
                tokens=tokens,
                revocations=built.revocations,
                ring=outside.ring,
                bundles=bundles,
                clock=clock,
                end_subscriptions=built.orders.end_all,
            ),
        ),
        ServiceBinding(
            "brinkbyte.license.v1.KeyService",
            key.add_KeyServiceServicer_to_server,
            KeyServicer(built.units, KeysService(), outside.ring),
        ),
        ServiceBinding(
            "brinkbyte.entitlement.v1.EntitlementService",
            entitlement.add_EntitlementServiceServicer_to_server,
            EntitlementServicer(
                built.units,
                EntitlementsService(
                    built.units, answers, built.rules.books, built.rules.terms, built.quotas.service
                ),
                quotas=built.quotas.service,
                desk=built.quotas.desk,
                leases=built.quotas.leases,
                clock=clock,
            ),
        ),
        ServiceBinding(
            "brinkbyte.entitlement.v1.OverrideService",
            override.add_OverrideServiceServicer_to_server,
            OverrideServicer(
                built.units,
                OverridesService(built.rules.terms, built.changes, built.periods, clock),
            ),
        ),
        ServiceBinding(
            "brinkbyte.heartbeat.v1.HeartbeatService",
            heartbeat.add_HeartbeatServiceServicer_to_server,
            HeartbeatServicer(built.units, FleetService(built.devices, licenses), built.hub, clock),
        ),
    )
