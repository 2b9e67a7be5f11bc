"""What a tenant has that bought an older catalogue, over catalogues of every kind."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from rights.catalog.diff import changes
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.catalog.overlay import effective

PACKS = ("base", "gold", "fire", "road")
FEATURES = tuple("abcdef")


def document(
    packs: Mapping[str, list[str]], prices: Mapping[str, int], metrics: list[str], seller: str
) -> str:
    lines = ["currencies: [USD]", 'annual_discount: "0"', "packs:"]
    for pack, features in packs.items():
        held = ", ".join(f"{name}: model" for name in features)
        lines.append(f"  {pack}: {{title: T, features: {{{held}}}}}")
    lines.append("metrics:")
    lines += [f'  {each}: {{title: T, unit: u, prices: {{USD: "0"}}}}' for each in metrics]
    lines += ["families:", "  vision:", "    title: V", "    plans:"]
    quotas = ", ".join(f'{each}: {{included: "1", cap: hard}}' for each in metrics)
    lines.append(f'      base: {{title: B, prices: {{USD: "0"}}, quotas: {{{quotas}}}}}')
    lines.append("    items:")
    for pack, price in prices.items():
        lines.append(
            f"      {seller}_{pack}: {{title: I, per: camera, pack: {pack}, prices: "
            f'{{USD: "{price}"}}}}'
        )
    return "\n".join(lines)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    order = draw(st.permutations(FEATURES))
    names = ["base", *draw(st.lists(st.sampled_from(PACKS[1:]), unique=True))]
    packs = {name: [order[index]] for index, name in enumerate(names)}
    for feature in order[len(names) :]:
        where = draw(st.sampled_from([*names, ""]))
        if where:
            packs[where].append(feature)
    prices = {name: draw(st.integers(0, 9)) for name in names}
    metrics = draw(st.lists(st.sampled_from(["sms", "llm", "gb"]), min_size=1, unique=True))
    seller = draw(st.sampled_from(["x", "y"]))
    return load_catalog(document(packs, prices, metrics, seller))


@given(catalogs(), catalogs())
def test_the_pinned_one_holds_and_the_live_one_fills_in(pinned: Catalog, live: Catalog) -> None:
    mine = effective(pinned, live)
    assert mine.packs.keys() == pinned.packs.keys() | live.packs.keys()
    assert mine.features.keys() == pinned.features.keys() | live.features.keys()
    assert mine.metrics.keys() == pinned.metrics.keys() | live.metrics.keys()
    assert {**mine.features, **pinned.features} == mine.features
    assert {**mine.metrics, **pinned.metrics} == mine.metrics
    for name, family in pinned.families.items():
        assert {**mine.families[name].plans, **family.plans} == mine.families[name].plans
        assert {**mine.families[name].items, **family.items} == mine.families[name].items


@given(catalogs(), catalogs())
def test_the_result_is_a_catalogue_itself(pinned: Catalog, live: Catalog) -> None:
    mine = effective(pinned, live)
    held = [feature.name for pack in mine.packs.values() for feature in pack.features]
    assert sorted(held) == sorted(mine.features)
    for feature in mine.features.values():
        assert feature in mine.packs[feature.pack].features
    for pack in mine.packs:
        sellers = [
            item
            for family in mine.families.values()
            for item in family.items.values()
            if item.pack == pack
        ]
        assert len(sellers) == 1


@given(catalogs(), catalogs())
def test_it_is_stable(pinned: Catalog, live: Catalog) -> None:
    assert effective(pinned, pinned) == pinned
    assert not changes(effective(effective(pinned, live), live), effective(pinned, live))


def test_a_feature_stays_in_the_pack_that_was_bought(catalog_text: str) -> None:
    pinned = load_catalog(catalog_text)
    moved = catalog_text.replace("      near_miss: analytic\n", "").replace(
        "      bicycle: model\n", "      bicycle: model\n      near_miss: analytic\n"
    )
    mine = effective(pinned, load_catalog(moved))
    assert mine.pack_of("near_miss").name == "advanced_analytics"


FIRE = """\
  fire_safety:
    title: Fire safety
    features:
      smoke: analytic
"""


def test_the_plan_of_changes_reads_as_lines(catalog_text: str) -> None:
    old = load_catalog(catalog_text)
    new = (
        catalog_text.replace("  industry:\n    title", FIRE + "  industry:\n    title", 1)
        .replace('pack: industry, prices: {USD: "30"}', 'pack: industry, prices: {USD: "35"}')
        .replace(
            "    items:\n",
            "    items:\n      fire: {title: Fire, per: camera, pack: fire_safety, "
            'prices: {USD: "9"}}\n',
        )
        .replace("      pram: model\n", "")
        .replace("          users: 3\n", "          users: 4\n")
        .replace('sms: {included: "0", cap: hard}', 'sms: {included: "5", cap: hard}')
    )
    assert [str(each) for each in changes(old, load_catalog(new))] == [
        "- feature pram: removed",
        "+ pack fire_safety: title Fire safety",
        "+ feature smoke: pack fire_safety, kind analytic, metric none, when unknown closed",
        "+ item vision fire: title Fire, per camera, pack fire_safety, price USD 9",
        "~ item vision industry: price USD 30 -> 35",
        "~ limit platform starter users: at 3 -> 4",
        "~ quota metered free sms: included 0 -> 5",
    ]
    assert not changes(old, old)
