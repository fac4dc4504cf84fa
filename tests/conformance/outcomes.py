"""How a verdict of ours compares with that of a vector's authors, and why where it is another one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Agreement(StrEnum):
    """What became of one case."""

    AGREES = "agree"
    DISAGREES = "disagree"
    NOT_APPLICABLE = "not applicable"


class Why(StrEnum):
    """Every reason not to agree. `docs/conformance.md` explains each beside the clause of its standard."""

    SIGNATURE_ALGORITHM = "signature algorithm outside the policy"
    DIGEST_ALGORITHM = "digest algorithm outside the policy"
    CANONICAL_FORM = "canonical form outside the policy"
    TRANSFORM = "transform outside the policy"
    EXTERNAL_REFERENCE = "reference outside of the document"
    DOCTYPE = "DOCTYPE in a signed document"
    FETCHED_KEY = "key that would be fetched"
    NO_CERTIFICATE = "key without a certificate"
    SWITCHED_OFF = "features that the authors switch on for a test"

    DSA = "DSA"
    INITIAL_POLICIES = "initial policies of the relying party"

    HOSTILE = "hostile to receivers that read otherwise"
    NOT_XML = "no XML with namespaces in UTF-8"
    NO_MESSAGE = "no message of the format"
    WRONG_VALUE = "value that receivers replace in silence"
    UNPAIRED_FILE = "files and manifest that do not pair"
    KEPT = "parts that receivers lose and that are kept"

    NO_LOG = "no log yet"

    UNEXPLAINED = "unexplained"
    """Nobody has looked into it: the run fails."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case of a suite; a reason accompanies whatever is no agreement."""

    case: str
    agreement: Agreement
    why: Why | None = None

    @classmethod
    def agrees(cls, case: str) -> Outcome:
        """Return that our verdict is that of the authors."""
        return cls(case, Agreement.AGREES)

    @classmethod
    def disagrees(cls, case: str, why: Why = Why.UNEXPLAINED) -> Outcome:
        """Return that our verdict is another one."""
        return cls(case, Agreement.DISAGREES, why)

    @classmethod
    def not_applicable(cls, case: str, why: Why) -> Outcome:
        """Return that the case asks for what is not offered here; it is refused for that reason."""
        return cls(case, Agreement.NOT_APPLICABLE, why)
