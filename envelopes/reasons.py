"""Why something of a message could not be taken as it stands: the reasons, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from envelopes.errors import Severity, Words


class Letter(StrEnum):
    """The first letter of a finding's code, as agencies know it from existing checkers."""

    MISSING = "N"
    RANGE = "R"
    MISMATCH = "M"
    TYPE = "T"


class Reason(Enum):
    """Why something of the message could not be taken as it stands."""

    DATE_UNREADABLE = auto()
    DATE_LAYOUT = auto()
    TIME_UNREADABLE = auto()
    NUMBER_UNREADABLE = auto()
    BLANKS_AROUND = auto()
    CODE_LAYOUT = auto()
    STEERING_TYPE = auto()
    SWITCH_UNREADABLE = auto()
    ORGAN_ID_UNREADABLE = auto()
    DOCUMENT_ID_UNREADABLE = auto()
    TEXT_TOO_LONG = auto()
    TEXT_HOLDS_ELEMENTS = auto()
    TEXT_BETWEEN_ELEMENTS = auto()
    BUSINESS_TYPE_MISSING = auto()
    SPELLING = auto()
    NOT_OF_A_STATUS = auto()
    DOCUMENT_AND_STATUS = auto()
    SIGNATURE_ELSEWHERE = auto()
    ATTACHMENTS_INSIDE = auto()
    ELEMENT_AMONG_ATTACHMENTS = auto()
    EXTENSION_TOO_LARGE = auto()
    EXTENSIONS_TOO_MANY = auto()
    EXTENSION_WITHOUT_PLACE = auto()
    ATTACHMENTS_TOO_MANY = auto()

    CONTENT_ID_MISSING = auto()
    CONTENT_ID_REPEATED = auto()
    NOT_IN_MANIFEST = auto()
    NOT_ATTACHED = auto()
    NAME_MISSING = auto()
    NAME_CHANGED = auto()
    NAME_TOO_LONG = auto()
    NAME_IS_A_PATH = auto()
    NAMES_DIFFER = auto()
    CONTENT_MISSING = auto()
    NOT_BASE64 = auto()
    NOT_A_ZIP_OF_ONE = auto()
    ZIP_UNLABELLED = auto()
    FORMAT_IS_A_PATH = auto()
    ZIP_ENTRY_PATH = auto()
    ZIP_UNREADABLE = auto()
    ZIP_BOMB = auto()
    MEASURE_MISSING = auto()
    SIZE_UNREADABLE = auto()
    SIZE_DIFFERS = auto()
    DIGEST_METHOD = auto()
    DIGEST_UNREADABLE = auto()
    DIGEST_DIFFERS = auto()
    PARTS_OUT_OF_ORDER = auto()
    PART_TYPE_DIFFERS = auto()
    ATTACHED_IN_TWO_WAYS = auto()


@dataclass(frozen=True, slots=True)
class Remark:
    """One row: the letter of the code, the usual severity, and the words."""

    letter: Letter
    severity: Severity
    words: Words


def error(letter: Letter, *words: str) -> Remark:
    """Return what is said of a reason that refuses."""
    return Remark(letter, Severity.ERROR, Words(*words))


def warning(letter: Letter, *words: str) -> Remark:
    """Return what is said of a reason that only accompanies."""
    return Remark(letter, Severity.WARNING, Words(*words))
