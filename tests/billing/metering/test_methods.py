"""Every method is told apart: what counts, and what is answered whatever is left."""

import pytest
from google.protobuf.descriptor_pool import Default

from billing.main import BillingServer
from billing.metering.methods import ALWAYS, PROMPT, UNCOUNTED, always
from tests.billing.cloud_harness import Cloud


def methods(server: BillingServer) -> set[str]:
    return {
        f"/{binding.full_name}/{method.name}"
        for binding in server.services
        for method in Default().FindServiceByName(binding.full_name).methods
    }


def test_what_is_beyond_an_exhausted_quota_is_known_by_name(billing: Cloud) -> None:
    known = methods(billing.server)
    assert known >= ALWAYS | UNCOUNTED | PROMPT, "each named method exists"
    areas = {each.split(".")[1] for each in known if not always(each) and each not in UNCOUNTED}
    assert areas == {"device", "entitlement", "heartbeat", "stats", "vendor"}


@pytest.mark.parametrize(
    ("method", "answered"),
    [
        ("/brinkbyte.invoice.v1.InvoiceService/PreviewInvoice", True),
        ("/brinkbyte.subscription.v1.SubscriptionService/ChangePlan", True),
        ("/brinkbyte.license.v1.LicenseService/ValidateCamera", True),
        ("/brinkbyte.entitlement.v1.EntitlementService/GetQuotaStatus", True),
        ("/brinkbyte.entitlement.v1.EntitlementService/CheckEntitlement", False),
        ("/brinkbyte.heartbeat.v1.HeartbeatService/SendCommand", False),
    ],
)
def test_an_account_stays_manageable(method: str, *, answered: bool) -> None:
    assert always(method) is answered
