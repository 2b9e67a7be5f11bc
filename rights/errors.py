"""What the rules refuse, as a small tree of exceptions."""

from dataclasses import dataclass
from enum import StrEnum


class RightsError(Exception):
    """Any refusal by this package."""


@dataclass(frozen=True, slots=True)
class CatalogProblem:
    """One broken rule: ``path`` is the dotted place in the document, for example
    ``families.vision.items``, ``line`` counts from 1, ``text`` is one sentence."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        """Line, place and problem."""
        return f"catalogue line {self.line}, {self.path or 'document'}: {self.text}"


class CatalogError(RightsError):
    """The catalogue document breaks rules.

    Attributes: problems (by line, at least one), and the first one's path, line
    and problem.
    """

    def __init__(self, first: CatalogProblem, *others: CatalogProblem) -> None:
        """Name the places and the problems."""
        self.problems = (first, *others)
        super().__init__("; ".join(str(each) for each in self.problems))
        self.path = first.path
        self.line = first.line
        self.problem = first.text


class UnknownName(RightsError):
    """The catalogue has no such thing. Attributes: kind (for example ``feature``), name."""

    def __init__(self, kind: str, name: str) -> None:
        """Name what was looked for."""
        super().__init__(f"the catalogue has no {kind} {name!r}")
        self.kind = kind
        self.name = name


class NoPrice(RightsError):
    """The thing has no price in that currency, or only a negotiated one."""


class SchemeInvalid(RightsError):
    """A price scheme that prices nothing, or a quantity twice."""


class CardUnknown(RightsError):
    """A rate card written in a version that is not known here."""


class CreditTooLarge(RightsError):
    """A credit note would give back more than was invoiced."""


class KeyRefused(RightsError):
    """A key is too weak, of the wrong kind or not readable."""


class MoneyInvalid(RightsError):
    """An unknown currency, an amount out of range, or two currencies in one sum."""


class QuantityInvalid(RightsError):
    """A text is not an exact decimal of up to 15 digits with at most 5 decimals."""


class TokenFault(StrEnum):
    """Why a licence token was refused."""

    TOO_LARGE = "TOO_LARGE"
    MALFORMED = "MALFORMED"
    ALGORITHM_REFUSED = "ALGORITHM_REFUSED"
    TYPE_REFUSED = "TYPE_REFUSED"
    EXTENSION_REFUSED = "EXTENSION_REFUSED"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_RETIRED = "KEY_RETIRED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    CLAIM_MISSING = "CLAIM_MISSING"
    CLAIM_INVALID = "CLAIM_INVALID"
    ISSUER_WRONG = "ISSUER_WRONG"
    AUDIENCE_WRONG = "AUDIENCE_WRONG"
    DEVICE_WRONG = "DEVICE_WRONG"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class TokenInvalid(RightsError):
    """A licence token is refused. Attributes: fault, text (for a person)."""

    def __init__(self, fault: TokenFault, text: str) -> None:
        """Name the fault for programs and people."""
        super().__init__(text)
        self.fault = fault
        self.text = text

    @property
    def error_reason(self) -> str:
        """The matching brinkbyte.common.v1.ErrorReason without its prefix."""
        match self.fault:
            case TokenFault.EXPIRED:
                return "LICENSE_EXPIRED"
            case TokenFault.REVOKED:
                return "LICENSE_REVOKED"
            case _:
                return "TOKEN_INVALID"


class TrustOlder(RightsError):
    """Somebody names an older trust epoch than is known. Attributes: known, heard."""

    def __init__(self, known: int, heard: int) -> None:
        """Name both epochs."""
        super().__init__(f"the trust epoch {heard} is older than {known}, which is known")
        self.known = known
        self.heard = heard


class ListOlder(RightsError):
    """A revocation list would take back what a newer one revoked."""
