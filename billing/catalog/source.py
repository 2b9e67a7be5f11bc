"""The catalogue document that comes with the product."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from mesh.database import Connection
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog


@dataclass(frozen=True, slots=True)
class LoadedCatalog:
    """The catalogue, and the SHA-256 of its document in hex."""

    catalog: Catalog
    version: str

    @property
    def live(self) -> Catalog:
        """What is sold now."""
        return self.catalog

    @property
    def number(self) -> int | None:
        """Versions are not counted."""
        return None

    async def of(self, _: Connection, __: int) -> Catalog:
        """Every version is this one."""
        return self.catalog


def read_catalog() -> LoadedCatalog:
    """Raises rights.errors.CatalogError."""
    text = (files("rights.catalog") / "catalog.yaml").read_text(encoding="utf-8")
    return LoadedCatalog(load_catalog(text), hashlib.sha256(text.encode()).hexdigest())
