"""Every operation of the simulator, a file a resource."""

from tests.stripe_simulator.resources import (
    checkouts,
    customers,
    entitlements,
    events,
    invoices,
    meters,
    prices,
    products,
    subscriptions,
)

OPERATIONS = (
    *customers.OPERATIONS,
    *products.OPERATIONS,
    *prices.OPERATIONS,
    *meters.OPERATIONS,
    *checkouts.OPERATIONS,
    *subscriptions.OPERATIONS,
    *invoices.OPERATIONS,
    *events.OPERATIONS,
    *entitlements.OPERATIONS,
)
