"""That whatever Stripe and the cloud told each other, and however often, had one effect."""

from collections import Counter

import asyncpg

from tests.chaos.checks import Unequal
from tests.chaos.plan import Payment
from tests.chaos.selling import Sale

_EVENTS = "select event_id, state, last_error from webhook_events where customer = $1"
_CASES = "select stage from dunning_cases where tenant_id = $1"
_TOLD = "select kind, count(*) as times from notifications where tenant_id = $1 group by kind"
_DONE = "select action, count(*) as times from audit_log where tenant_id = $1 group by action"
_MOVED = """
select details ->> 'stage' as stage, count(*) as times from audit_log
where tenant_id = $1 and action = 'payment.late' group by 1 having count(*) > 1
"""
_STAGES = {Payment.PAID: [], Payment.SUSPENDED: [], Payment.NEVER: ["canceled"]}
_SUSPENSIONS = {Payment.PAID: 0, Payment.SUSPENDED: 1, Payment.NEVER: 1}


async def check_effects(sale: Sale, payment: Payment) -> None:
    """One customer, one subscription, each event kept and done with once, each late line once on
    an invoice, and the late payment as it has to be. Raises Unequal."""
    stripe, tenant_id = sale.world.stripe.world, sale.customer.tenant_id
    conn = await asyncpg.connect(sale.world.cloud_store.dsn("chaos"))
    try:
        events = await conn.fetch(_EVENTS, sale.payer)
        cases = [row["stage"] for row in await conn.fetch(_CASES, tenant_id)]
        told = {row["kind"]: row["times"] for row in await conn.fetch(_TOLD, tenant_id)}
        done = {row["action"]: row["times"] for row in await conn.fetch(_DONE, tenant_id)}
        again = [row["stage"] for row in await conn.fetch(_MOVED, tenant_id)]
    finally:
        await conn.close()
    unsettled = [dict(row) for row in events if row["state"] not in ("done", "ignored")]
    failed = stripe.find("invoice", customer=sale.payer)
    declined = sum(each["attempt_count"] > 1 or each["status"] == "open" for each in failed)
    items = [
        each["metadata"].get("late") for each in stripe.find("invoiceitem", customer=sale.payer)
    ]
    doubled = [each for each, times in Counter(items).items() if each and times > 1]
    suspensions = _SUSPENSIONS[payment]
    for what, found, expected in (
        ("events that are not done with", unsettled, []),
        ("late lines put on an invoice twice", doubled, []),
        ("stage of the late payment", cases, _STAGES[payment]),
        ("stages that were come to twice", again, []),
        ("subscription", sale.sold["status"], "canceled"),
        ("tellings of payments that failed", told.get("payment_failed", 0), declined),
        ("suspensions", done.get("license.suspended", 0), suspensions),
        ("payments settled", done.get("payment.settled", 0), int(payment is Payment.SUSPENDED)),
    ):
        if found != expected:
            raise Unequal(f"{what}: {found}, not {expected}")
