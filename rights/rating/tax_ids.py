"""What a VAT identification number of an EU country looks like (directive 2006/112/EC, art. 215).

Looks are all that can be judged here: whether it was given to anybody, only the country knows.
"""

import re

_FORMS = {
    "AT": r"U[0-9]{8}",
    "BE": r"[01][0-9]{9}",
    "BG": r"[0-9]{9,10}",
    "CY": r"[0-9]{8}[A-Z]",
    "CZ": r"[0-9]{8,10}",
    "DE": r"[0-9]{9}",
    "DK": r"[0-9]{8}",
    "EE": r"[0-9]{9}",
    "ES": r"[A-Z0-9][0-9]{7}[A-Z0-9]",
    "FI": r"[0-9]{8}",
    "FR": r"[A-Z0-9]{2}[0-9]{9}",
    "GR": r"[0-9]{9}",
    "HR": r"[0-9]{11}",
    "HU": r"[0-9]{8}",
    "IE": r"[0-9][A-Z0-9+*][0-9]{5}[A-Z]{1,2}",
    "IT": r"[0-9]{11}",
    "LT": r"[0-9]{9}|[0-9]{12}",
    "LU": r"[0-9]{8}",
    "LV": r"[0-9]{11}",
    "MT": r"[0-9]{8}",
    "NL": r"[A-Z0-9+*]{10}[0-9]{2}",
    "PL": r"[0-9]{10}",
    "PT": r"[0-9]{9}",
    "RO": r"[0-9]{2,10}",
    "SE": r"[0-9]{12}",
    "SI": r"[0-9]{8}",
    "SK": r"[0-9]{10}",
}
EU = frozenset(_FORMS)
"""ISO 3166 codes of the countries of the EU's VAT area."""

_PREFIXES = {"GR": "EL"}
_BETWEEN = re.compile(r"[\s.\-]")


def looks_valid(country: str, tax_id: str) -> bool:
    """Whether the id, with or without spaces, dots and hyphens, has the form of this EU country's,
    its prefix first (Greece's is EL)."""
    if country not in EU:
        return False
    prefix = _PREFIXES.get(country, country)
    written = _BETWEEN.sub("", tax_id).upper()
    return re.fullmatch(f"{prefix}(?:{_FORMS[country]})", written, re.ASCII) is not None
