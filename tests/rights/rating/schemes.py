"""Price schemes and quantities as people might write them."""

from decimal import Decimal

from hypothesis import strategies as st

from rights.rating.scheme import Flat, Graduated, Package, PerUnit, Scheme, Tier, Volume

CURRENCIES = ("USD", "JPY", "KWD")

quantities = st.decimals("0", "1e9", places=5)
"""As usage counts them."""

prices = st.decimals("0", "1000", places=8).map(lambda price: dict.fromkeys(CURRENCIES, price))


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    bounds = sorted(draw(st.sets(st.decimals("0.00001", "1e9", places=5), max_size=4)))
    flats = st.one_of(st.just({}), prices)
    return tuple(Tier(bound, draw(prices), draw(flats)) for bound in (*bounds, None))


steady: st.SearchStrategy[Scheme] = st.one_of(
    prices.map(PerUnit),
    tiers().map(Graduated),
    st.builds(Package, st.decimals("0.00001", "1e6", places=5), prices),
    prices.map(Flat),
)
"""Those under which more never costs less."""

schemes: st.SearchStrategy[Scheme] = st.one_of(steady, tiers().map(Volume))


def each(price: str) -> PerUnit:
    """A price for each unit, in every currency."""
    return PerUnit(dict.fromkeys(CURRENCIES, Decimal(price)))


def priced(price: str) -> dict[str, Decimal]:
    return {"USD": Decimal(price)}
