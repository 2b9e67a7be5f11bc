"""The words for what happened. A word that was written once is never renamed: rows keep it."""

from enum import StrEnum


class Action(StrEnum):
    """What a row of the audit log tells of; refusals and TOKEN_ISSUED are counted per minute."""

    CALL_REFUSED = "call.refused"

    TENANT_CREATED = "tenant.created"
    TENANT_CHANGED = "tenant.changed"
    API_KEY_CREATED = "api_key.created"
    API_KEY_ROTATED = "api_key.rotated"
    API_KEY_REVOKED = "api_key.revoked"
    USER_INVITED = "user.invited"
    USER_CHANGED = "user.changed"
    USER_REMOVED = "user.removed"
    USER_REFUSED = "user.refused"
    SESSION_OPENED = "session.opened"
    SESSION_CLOSED = "session.closed"
    SESSION_REFUSED = "session.refused"

    ENROLLMENT_TOKEN_CREATED = "enrollment_token.created"  # noqa: S105 - a word, not a secret
    DEVICE_ENROLLED = "device.enrolled"
    DEVICE_KEY_REPLACED = "device.key_replaced"
    DEVICE_RENEWED = "device.renewed"
    DEVICE_RETIRED = "device.retired"
    DEVICE_REFUSED = "device.refused"
    COMMAND_SENT = "command.sent"
    USAGE_SUMS_REBUILT = "usage.sums_rebuilt"

    LICENSE_ISSUED = "license.issued"
    LICENSE_RENEWED = "license.renewed"
    LICENSE_UPGRADED = "license.upgraded"
    LICENSE_SUSPENDED = "license.suspended"
    LICENSE_RESUMED = "license.resumed"
    LICENSE_REVOKED = "license.revoked"
    LICENSE_REFUSED = "license.refused"
    TRIAL_BEGUN = "license.trial_begun"
    TOKEN_ISSUED = "license_token.issued"  # noqa: S105 - a word, not a secret
    TOKEN_REVOKED = "license_token.revoked"  # noqa: S105 - a word, not a secret
    TOKEN_REFUSED = "license_token.refused"  # noqa: S105 - a word, not a secret

    HELD_USAGE_RESOLVED = "usage.held_resolved"
    LEASE_RELEASED = "quota_lease.released"
    OVERRIDE_SET = "override.set"
    OVERRIDE_REMOVED = "override.removed"
    PLAN_CHANGED = "subscription.plan_changed"
    PLAN_CHANGE_PLANNED = "subscription.plan_change_planned"
    SUBSCRIPTION_MOVED = "subscription.moved"
    SUBSCRIPTION_CANCEL_PLANNED = "subscription.cancel_planned"
    SUBSCRIPTION_CANCELED = "subscription.canceled"
    SUBSCRIPTION_RESUMED = "subscription.resumed"
    SUBSCRIPTION_PROLONGED = "subscription.prolonged"
    SUBSCRIPTION_FOLLOWED = "subscription.followed"
    SUBSCRIPTION_MARKED = "subscription.marked"
    SUBSCRIPTION_TRIAL_ENDED = "subscription.trial_ended"

    PAYMENT_LATE = "payment.late"
    PAYMENT_SETTLED = "payment.settled"
    STRIPE_SUBMISSIONS_FOUND = "stripe.submissions_found"
    WEBHOOK_REPLAYED = "webhook_event.replayed"

    BILLING_PROFILE_UPDATED = "billing_profile.updated"
    INVOICE_FINALIZED = "invoice.finalized"
    INVOICE_PAID = "invoice.paid"
    INVOICE_VOIDED = "invoice.voided"
    INVOICE_GIVEN_UP = "invoice.given_up"
    CREDIT_NOTE_ISSUED = "credit_note.issued"

    CAMERA_LICENSED = "camera.licensed"
    CAMERA_ASSIGNED = "camera.assigned"
    CAMERA_BOUND = "camera.bound"
    CAMERA_MOVED = "camera.moved"
    CAMERA_FINGERPRINT_RESET = "camera.fingerprint_reset"
    CAMERA_RELEASED = "camera.released"
    CAMERA_REFUSED = "camera.refused"

    CONTACT_ADDED = "contact_point.added"
    CONTACT_REMOVED = "contact_point.removed"
    CONTACT_TESTED = "contact_point.tested"
    NOTIFICATION_RETRIED = "notification.retried"
    COST_ALERT_SET = "cost_alert.set"
    COST_ALERT_REMOVED = "cost_alert.removed"

    CATALOG_APPLIED = "catalog.applied"

    SIGNING_KEY_CREATED = "signing_key.created"
    SIGNING_KEY_ROTATED = "signing_key.rotated"
    SIGNING_KEY_RETIRED = "signing_key.retired"
    TRUST_EPOCH_RAISED = "trust_epoch.raised"
