"""Invoices, their lines, and items that wait for them."""

from typing import Any

import stripe
from stripe.params import (
    InvoiceCreateParams,
    InvoiceFinalizeInvoiceParams,
    InvoiceItemCreateParams,
    InvoiceItemDeleteParams,
    InvoiceItemListParams,
    InvoiceItemRetrieveParams,
    InvoiceListLinesParams,
    InvoiceListParams,
    InvoicePayParams,
    InvoiceRetrieveParams,
    InvoiceUpdateParams,
    InvoiceVoidInvoiceParams,
)

from tests.stripe_simulator import cycle, invoicing, subscribing
from tests.stripe_simulator.errors import Refusal, declined
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.pages import page, within
from tests.stripe_simulator.resources.customers import living
from tests.stripe_simulator.world import Object, World


def create(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/invoices: a draft with what waits."""
    customer = living(world, params.get("customer", ""))
    made = invoicing.draft(
        world,
        customer,
        currency=params.get("currency", "usd"),
        reason="manual",
        subscription=None,
    )
    made["auto_advance"] = params.get("auto_advance", False)
    world.merge_metadata(made, params.get("metadata"))
    world.emit("invoice.created", made)
    return made


def retrieve(world: World, invoice_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/invoices/{}."""
    return world.get("invoice", invoice_id)


def listing(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/invoices."""
    found = [
        each
        for each in world.all("invoice").values()
        if params.get("customer", each["customer"]) == each["customer"]
        and params.get("status", each["status"]) == each["status"]
        and within(each["created"], params.get("created"))
        and params.get("subscription") in (None, _subscription(each))
    ]
    return page("/v1/invoices", found, params)


def lines(world: World, invoice_id: str, params: dict[str, Any]) -> Object:
    """GET /v1/invoices/{}/lines."""
    found = world.get("invoice", invoice_id)["lines"]
    return page(found["url"], found["data"], params, newest_first=False)


def update(world: World, invoice_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/invoices/{}: whether it goes its way by itself, and metadata."""
    found = world.get("invoice", invoice_id)
    unknown = set(params) - {"auto_advance", "metadata"}
    if unknown:
        raise Refusal(f"The simulator does not know {sorted(unknown)}", code="simulator")
    found["auto_advance"] = params.get("auto_advance", found["auto_advance"])
    if "metadata" in params:
        world.merge_metadata(found, params["metadata"])
    world.emit("invoice.updated", found)
    return found


def finalize(world: World, invoice_id: str, params: dict[str, Any]) -> Object:
    """POST /v1/invoices/{}/finalize; one that goes its way by itself is collected at once."""
    found = world.get("invoice", invoice_id)
    if found["status"] != "draft":
        raise Refusal("This invoice is already finalized.", code="invoice_not_editable")
    subscribing.finalize(world, found)
    found["auto_advance"] = params.get("auto_advance", found["auto_advance"])
    if found["auto_advance"]:
        cycle.collect(world, found)
    return found


def pay(world: World, invoice_id: str, _: dict[str, Any]) -> Object:
    """POST /v1/invoices/{}/pay."""
    found = world.get("invoice", invoice_id)
    if found["status"] == "paid":
        raise Refusal("Invoice is already paid", code="invoice_already_paid")
    if found["status"] == "draft":
        subscribing.finalize(world, found)
    if found["status"] not in ("open", "uncollectible"):
        raise Refusal("Invoice cannot be paid", code="invoice_not_payable")
    if not cycle.collect(world, found):
        raise declined()
    return found


def void(world: World, invoice_id: str, _: dict[str, Any]) -> Object:
    """POST /v1/invoices/{}/void."""
    found = world.get("invoice", invoice_id)
    if found["status"] not in ("open", "uncollectible"):
        raise Refusal("Only open invoices can be voided.", code="invoice_not_editable")
    found["status"] = "void"
    found["status_transitions"]["voided_at"] = world.now
    world.emit("invoice.voided", found)
    return found


def create_item(world: World, params: dict[str, Any]) -> Object:
    """POST /v1/invoiceitems: an amount for a draft or the next invoice."""
    customer = living(world, params.get("customer", ""))
    if "amount" not in params or "currency" not in params:
        raise Refusal("The simulator knows items of an amount.", code="simulator")
    invoice = world.get("invoice", params["invoice"], "invoice") if "invoice" in params else None
    if invoice is not None and invoice["status"] != "draft":
        raise Refusal("The invoice is not a draft.", code="invoice_not_editable", param="invoice")
    if invoice is not None and invoice["customer"] != customer["id"]:
        raise Refusal("The invoice is of another customer.", param="invoice")
    period = params.get("period", {"start": world.now, "end": world.now})
    made = world.add(
        stripe.InvoiceItem,
        "ii",
        amount=params["amount"],
        currency=params["currency"],
        customer=customer["id"],
        date=world.now,
        description=params.get("description"),
        discountable=params.get("discountable", True),
        period=period,
        proration=False,
        quantity=1,
        net_amount=params["amount"],
        tax_rates=[],
    )
    world.merge_metadata(made, params.get("metadata"))
    if invoice is not None:
        invoicing.take_item(world, invoice, made)
        invoicing.sum_up(world, invoice)
    world.emit("invoiceitem.created", made)
    return made


def retrieve_item(world: World, item_id: str, _: dict[str, Any]) -> Object:
    """GET /v1/invoiceitems/{}."""
    return world.get("invoiceitem", item_id)


def delete_item(world: World, item_id: str, _: dict[str, Any]) -> Object:
    """DELETE /v1/invoiceitems/{}."""
    found = world.get("invoiceitem", item_id)
    if found["invoice"] is not None:
        raise Refusal("The item is on an invoice.", code="invoice_not_editable")
    del world.all("invoiceitem")[item_id]
    return {"id": item_id, "object": "invoiceitem", "deleted": True}


def listing_items(world: World, params: dict[str, Any]) -> Object:
    """GET /v1/invoiceitems."""
    pending = params.get("pending")
    found = [
        each
        for each in world.all("invoiceitem").values()
        if params.get("customer", each["customer"]) == each["customer"]
        and params.get("invoice", each["invoice"]) == each["invoice"]
        and (pending is None or pending == (each["invoice"] is None))
    ]
    return page("/v1/invoiceitems", found, params)


def _subscription(invoice: Object) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found


OPERATIONS = (
    Operation("POST", "/invoices", InvoiceCreateParams, create),
    Operation("GET", "/invoices", InvoiceListParams, listing),
    Operation("GET", "/invoices/{}", InvoiceRetrieveParams, retrieve),
    Operation("POST", "/invoices/{}", InvoiceUpdateParams, update),
    Operation("GET", "/invoices/{}/lines", InvoiceListLinesParams, lines),
    Operation("POST", "/invoices/{}/finalize", InvoiceFinalizeInvoiceParams, finalize),
    Operation("POST", "/invoices/{}/pay", InvoicePayParams, pay),
    Operation("POST", "/invoices/{}/void", InvoiceVoidInvoiceParams, void),
    Operation("POST", "/invoiceitems", InvoiceItemCreateParams, create_item),
    Operation("GET", "/invoiceitems", InvoiceItemListParams, listing_items),
    Operation("GET", "/invoiceitems/{}", InvoiceItemRetrieveParams, retrieve_item),
    Operation("DELETE", "/invoiceitems/{}", InvoiceItemDeleteParams, delete_item),
)
