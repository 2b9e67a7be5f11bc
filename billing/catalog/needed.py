"""What is wrong with a document: what its reader says, and what the program itself asks for."""

from collections.abc import Iterator

from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog, Plan
from rights.errors import CatalogError, CatalogProblem, NoPrice, RightsError, UnknownName

_PLANS = (("vision", "base"), ("metered", "free"), ("metered", "standard"))
_TRIALS = (("vision", "trial"), ("platform", "trial"))
_VISION_COUNTS = ("cameras",)
_PLATFORM_COUNTS = ("devices", "users", "retention_days", "alert_rules", "dashboards")
_PLATFORM_SWITCHES = ("advanced_alerts", "export", "api", "mqtt", "branding")
_DEVICE = ("vision", "edge_device_basic")


def problems(document: str) -> tuple[CatalogProblem, ...]:
    """What is wrong with a document, by line; empty for one that may be applied."""
    try:
        catalog = load_catalog(document)
    except CatalogError as error:
        return error.problems
    return tuple(CatalogProblem("", 1, text) for text in _lacking(catalog))


def _lacking(catalog: Catalog) -> list[str]:
    """One sentence for each thing that is missing."""
    needs = [f"the program needs it: {error}" for error in _missing(catalog)]
    vision = catalog.families.get("vision")
    sold = {item.pack for item in vision.items.values()} if vision is not None else set()
    unsold = [
        f"the pack {name!r} is sold by no item of the family 'vision'"
        for name in catalog.packs
        if name not in sold
    ]
    return [*needs, *unsold]


def _missing(catalog: Catalog) -> Iterator[RightsError]:
    for family, name in (*_TRIALS, *_PLANS):
        try:
            plan = catalog.plan(family, name)
        except UnknownName as error:
            yield error
        else:
            yield from _limits(plan)
    try:
        catalog.item(*_DEVICE).price(catalog.currencies[0])
    except (UnknownName, NoPrice) as error:
        yield error


def _limits(plan: Plan) -> Iterator[RightsError]:
    counts = {"vision": _VISION_COUNTS, "platform": _PLATFORM_COUNTS}.get(plan.family, ())
    switches = _PLATFORM_SWITCHES if plan.family == "platform" else ()
    for asked, names in ((plan.count, counts), (plan.switch, switches)):
        for name in names:
            try:
                asked(name)
            except UnknownName as error:
                yield error
