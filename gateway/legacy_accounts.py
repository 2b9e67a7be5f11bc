"""The older paths of customers and what they buy."""

from __future__ import annotations

from typing import Any

from gateway.legacy_row import TEXT, Row, described
from gateway.operations import Answer

_TENANTS = "brinkbyte.tenant.v1.TenantService"
_PLANS = "brinkbyte.subscription.v1.SubscriptionService"
_CUSTOMER = {"customer_id": "tenant_id"}
_ONE = {"id": "tenant_id"}
_NEW_PLAN = {**_CUSTOMER, "new_plan": "plan"}


def _customer(tenant: dict[str, Any]) -> dict[str, Any]:
    named = {"id": tenant["tenant_id"], "customer_id": tenant["tenant_id"]}
    return named | {name: tenant[name] for name in _KEPT}


def _made(answer: dict[str, Any]) -> dict[str, Any]:
    return _customer(answer["tenant"]) | {"license": answer["license"]}


def _found(answer: dict[str, Any]) -> dict[str, Any]:
    return _customer(answer["tenant"])


def _listed(answer: dict[str, Any]) -> dict[str, Any]:
    customers = [_customer(each) for each in answer["tenants"]]
    return {"customers": customers, "next_page_token": answer["next_page_token"]}


_TIME: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
_KEPT: dict[str, dict[str, Any]] = {
    "email": TEXT,
    "company_name": TEXT,
    "aliases": {"type": "array", "items": TEXT},
    "created_at": _TIME,
    "updated_at": _TIME,
}
_CUSTOMER_SCHEMA = described(id=TEXT, customer_id=TEXT, **_KEPT)
_ANSWER = Answer(_found, _CUSTOMER_SCHEMA)

ACCOUNT_ROWS = (
    Row(
        "POST",
        "/api/customers",
        f"{_TENANTS}.CreateTenant",
        "makes a customer with its trials, and answers with its licence token",
        answer=Answer(_made, described(id=TEXT, customer_id=TEXT, **_KEPT, license=TEXT)),
        constants={"with_license": True},
    ),
    Row(
        "GET",
        "/api/customers",
        f"{_TENANTS}.ListTenants",
        "every customer, oldest first, page by page",
        answer=Answer(
            _listed,
            described(customers={"type": "array", "items": _CUSTOMER_SCHEMA}, next_page_token=TEXT),
        ),
    ),
    Row("GET", "/api/customers/{id}", f"{_TENANTS}.GetTenant", "a customer", _ONE, _ANSWER),
    Row(
        "PATCH",
        "/api/customers/{id}",
        f"{_TENANTS}.UpdateTenant",
        "changes a customer's address or name",
        _ONE,
        _ANSWER,
    ),
    Row(
        "POST",
        "/api/subscriptions/checkout",
        f"{_PLANS}.Checkout",
        "buys a plan; `url` is where it is paid",
        _CUSTOMER,
    ),
    Row(
        "POST",
        "/api/subscriptions/trial",
        f"{_PLANS}.StartTrial",
        "the trial that runs",
        _CUSTOMER,
    ),
    Row(
        "POST",
        "/api/subscriptions/upgrade",
        f"{_PLANS}.ChangePlan",
        "another plan",
        _NEW_PLAN,
    ),
    Row(
        "POST",
        "/api/subscriptions/cancel",
        f"{_PLANS}.CancelSubscription",
        "ends a plan with its period, or now",
        _CUSTOMER,
    ),
    Row(
        "GET",
        "/api/subscriptions/{customer_id}",
        f"{_PLANS}.GetSubscription",
        "how a subscription stands",
        _CUSTOMER,
    ),
    Row(
        "GET",
        "/api/billing/subscription",
        f"{_PLANS}.GetSubscription",
        "how the caller's own subscription stands",
        _CUSTOMER,
    ),
    Row(
        "POST",
        "/api/billing/subscription",
        f"{_PLANS}.Checkout",
        "buys a plan; `url` is where it is paid",
        _CUSTOMER,
    ),
    Row(
        "POST",
        "/api/billing/subscription/upgrade",
        f"{_PLANS}.ChangePlan",
        "another plan",
        _NEW_PLAN,
    ),
    Row(
        "POST",
        "/api/billing/subscription/cancel",
        f"{_PLANS}.CancelSubscription",
        "ends a plan with its period, or now",
        _CUSTOMER,
    ),
    Row(
        "GET",
        "/api/billing/usage",
        "brinkbyte.entitlement.v1.EntitlementService.GetQuotaStatus",
        "each metric: what is included, used and left",
        _CUSTOMER,
    ),
)
"""Rows of gateway.legacy. Where no family is named, platform is meant."""
