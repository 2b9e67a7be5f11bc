"""Which packs go with a camera, which with the whole tenant."""

from collections.abc import Sequence

from mesh.errors import InvalidArgument, Violation
from rights.catalog.model import BASE_PACK, Catalog, Per


class PackRules:
    """How the vision items of the catalogue sell each pack."""

    def __init__(self, catalog: Catalog) -> None:
        """Reads the vision family; base is implied and sold with the camera itself."""
        items = catalog.family("vision").items.values()
        self._per = {item.pack: item.per for item in items if item.pack not in (None, BASE_PACK)}

    def check(self, packs: Sequence[str], per: Per, *, field: str = "growth_packs") -> None:
        """Raises InvalidArgument naming each pack that is unknown or sold otherwise."""
        wrong = [
            Violation(f"{field}[{index}]", problem)
            for index, pack in enumerate(packs)
            if (problem := self._problem(pack, per))
        ]
        if wrong:
            raise InvalidArgument(wrong)

    def sold_per(self, pack: str) -> Per:
        """What the pack is sold by; base with each camera."""
        return self._per.get(pack, Per.CAMERA)

    def _problem(self, pack: str, per: Per) -> str:
        if pack == BASE_PACK:
            return "base is implied and not listed"
        sold = self._per.get(pack)
        if sold is None:
            return f"the catalogue has no pack {pack!r}"
        return "" if sold is per else f"the pack {pack} is sold per {sold}, not per {per}"
