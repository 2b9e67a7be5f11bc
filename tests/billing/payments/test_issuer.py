"""Who issues a period's invoice: Stripe for what is sold there, from the day that it is."""

from datetime import UTC, datetime

import grpc
from brinkbyte.invoice.v1 import invoice_service_pb2 as pb

from billing.payments.meters.worker import SubmissionWorker
from tests.billing.cloud_harness import refused
from tests.billing.invoices.stories import DRAFT, closer, listed, vendor, whole
from tests.billing.invoices.test_preview import use
from tests.billing.payments.shop import Shop

DAY = 86_400


async def test_stripes_period_takes_no_number_and_is_not_collected_twice(shop: Shop) -> None:
    cloud = shop.cloud
    tenant, local = await cloud.tenant(), await cloud.tenant()
    await use(tenant, cloud.clock.now(), ("sms", "0.5"))
    await shop.later(5 * DAY)
    await shop.buy(tenant, "metered", "standard")
    await shop.deliver()
    bought = cloud.clock.now()
    for each in (tenant, local):
        await use(each, bought, ("sms", "130"))

    await shop.later(7200)
    await cloud.server.background_of(SubmissionWorker).run_once()
    assert [each["payload"]["value"] for each in shop.stripe.world.meter_events] == ["130"]
    await shop.later(32 * DAY)
    await closer(cloud).run_once()
    shop.cloud.clock.advance(DRAFT)
    await closer(cloud).run_once()
    theirs, before = await listed(cloud, tenant)
    assert before.period_end.ToDatetime(UTC) == _hour(bought), "it ends where Stripe's begins"
    assert (before.number[:4], before.status) == ("INV-", pb.INVOICE_STATUS_PAID), "of nothing"
    assert (theirs.number, theirs.status) == ("", pb.INVOICE_STATUS_ISSUED_BY_STRIPE)
    lines = {each.name: each for each in (await whole(cloud, tenant, theirs.invoice_id)).lines}
    assert (lines["sms"].quantity, lines["sms"].amount.minor_units) == ("130", 150)
    assert not theirs.amount_due.minor_units, "nobody is asked to pay it here as well"
    asked = pb.RecordPaymentRequest(
        tenant_id=tenant.tenant_id, invoice_id=theirs.invoice_id, reference="b-1", amount=150
    )
    async with refused(grpc.StatusCode.FAILED_PRECONDITION) as found:
        await vendor(cloud).RecordPayment(asked)
    assert "Stripe" in found[0].message
    (ours,) = [each for each in await listed(cloud, local) if each.number]
    assert ours.status in {pb.INVOICE_STATUS_OPEN, pb.INVOICE_STATUS_PAID}, "beside it"


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
