"""What happens at Stripe as time passes."""

from collections.abc import Callable, Iterator

from tests.stripe_simulator import invoicing, subscribing
from tests.stripe_simulator.world import Object, World

Due = tuple[int, str, Callable[[], None]]


def settle(world: World) -> None:
    """Does what is due until now, each at its own moment, in order."""
    now = world.now
    try:
        while True:
            due = sorted(
                (each for each in _all(world) if each[0] <= now), key=lambda each: each[:2]
            )
            if not due:
                return
            world.moment = due[0][0]
            due[0][2]()
    finally:
        world.moment = None


def collect(world: World, invoice: Object) -> bool:
    """Tries to collect an open invoice; its subscription feels how it went."""
    paid = invoicing.collect(world, invoice)
    subscribing.settle_standing(world, invoice, paid=paid)
    return paid


def _all(world: World) -> Iterator[Due]:
    for session in world.find("checkout.session", status="open"):
        yield session["expires_at"], session["id"], lambda it=session: _expire(world, it)
    for subscription in world.all("subscription").values():
        yield from _subscription(world, subscription)
    for invoice in world.all("invoice").values():
        if invoice["status"] == "draft" and invoice["auto_advance"]:
            at = invoice["automatically_finalizes_at"]
            yield at, invoice["id"], lambda it=invoice: _finalize(world, it)
        if invoice["status"] == "open" and invoice["next_payment_attempt"] is not None:
            at = invoice["next_payment_attempt"]
            yield at, invoice["id"], lambda it=invoice: _collect(world, it)


def _subscription(world: World, subscription: Object) -> Iterator[Due]:
    if subscription["status"] in ("canceled", "incomplete_expired", "incomplete"):
        return
    ends = [item["current_period_end"] for item in subscription["items"]["data"]]
    if ends:
        at = min(ends)
        yield at, subscription["id"], lambda: subscribing.renew(world, subscription)


def _expire(world: World, session: Object) -> None:
    session |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", session)


def _finalize(world: World, invoice: Object) -> None:
    subscribing.finalize(world, invoice)
    _collect(world, invoice)


def _collect(world: World, invoice: Object) -> None:
    collect(world, invoice)
