"""Which services a gateway speaks for."""

from __future__ import annotations

from brinkbyte.audit.v1 import audit_service_pb2
from brinkbyte.catalog.v1 import catalog_service_pb2
from brinkbyte.device.v1 import device_service_pb2
from brinkbyte.entitlement.v1 import entitlement_service_pb2, override_service_pb2
from brinkbyte.heartbeat.v1 import heartbeat_service_pb2
from brinkbyte.invoice.v1 import invoice_service_pb2, profile_service_pb2
from brinkbyte.license.v1 import key_service_pb2, license_service_pb2
from brinkbyte.notification.v1 import cost_alert_service_pb2, notification_service_pb2
from brinkbyte.payment.v1 import webhook_service_pb2
from brinkbyte.stats.v1 import stats_service_pb2
from brinkbyte.subscription.v1 import subscription_service_pb2
from brinkbyte.tenant.v1 import tenant_service_pb2
from brinkbyte.usage.v1 import (
    instance_report_service_pb2,
    usage_problem_service_pb2,
    usage_service_pb2,
)
from brinkbyte.user.v1 import user_service_pb2
from brinkbyte.vendor.v1 import vendor_key_service_pb2
from google.protobuf.descriptor import ServiceDescriptor


def cloud_services() -> tuple[ServiceDescriptor, ...]:
    """The cloud's services in the order of the documentation. A node's gateway has its own list."""
    files = (
        tenant_service_pb2,
        vendor_key_service_pb2,
        user_service_pb2,
        device_service_pb2,
        heartbeat_service_pb2,
        license_service_pb2,
        key_service_pb2,
        subscription_service_pb2,
        entitlement_service_pb2,
        override_service_pb2,
        usage_service_pb2,
        usage_problem_service_pb2,
        instance_report_service_pb2,
        invoice_service_pb2,
        profile_service_pb2,
        notification_service_pb2,
        cost_alert_service_pb2,
        webhook_service_pb2,
        catalog_service_pb2,
        stats_service_pb2,
        audit_service_pb2,
    )
    return tuple(service for file in files for service in file.DESCRIPTOR.services_by_name.values())
