"""Names of the wake-ups between replicas."""

from uuid import UUID

KEYS_TOPIC = "keys"
"""The keys that sign licences, or what is trusted of them, changed."""

CATALOG_TOPIC = "catalog"
"""Another catalogue is live, which changes the rights of every tenant."""

NOTIFICATIONS_TOPIC = "notifications"
"""Tenants were told something that is not delivered yet."""

WEBHOOKS_TOPIC = "webhooks"
"""An event of the payment provider's waits."""


def commands_topic(device_id: UUID) -> str:
    """Something changed for one device: a command, its identity, the stream that speaks."""
    return f"commands:{device_id}"


def rights_topic(tenant_id: UUID) -> str:
    """The tenant's rights changed."""
    return f"rights:{tenant_id}"
