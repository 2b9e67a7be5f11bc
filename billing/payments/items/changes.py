"""From what is held to what a subscription's items have to become. Pure."""

from collections.abc import Mapping

from billing.payments.values import Subscription, WantedItem


def written(held: Mapping[str, int]) -> str:
    """Quantities by item as they are kept and compared."""
    return " ".join(f"{name}={count}" for name, count in sorted(held.items()) if count)


def changes(
    sold: Subscription, held: Mapping[str, int], keys: Mapping[str, str], *, keep: str
) -> dict[str, WantedItem]:
    """What differs, by item; those to be added lack their price.

    `keys` are the lookup keys of all items; of `keep` none is taken away wholly.
    """
    there = {each.lookup_key: each for each in sold.items}
    found: dict[str, WantedItem] = {}
    for name, key in sorted(keys.items()):
        count = held.get(name, 0)
        item = there.get(key)
        if item is None and count:
            found[name] = WantedItem(quantity=count)
        elif item is not None and not count and name != keep:
            found[name] = WantedItem(item_id=item.item_id, deleted=True)
        elif item is not None and count and item.quantity != count:
            found[name] = WantedItem(item_id=item.item_id, quantity=count)
    return found
