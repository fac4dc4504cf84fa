"""Why a change of the directory, or a file of agencies, is refused: stable codes with words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from axis.enrolment.reason_words import FILE_WORDS, WORDS
from envelopes.errors import Finding, Phrase, Severity


class EnrolmentCode(StrEnum):
    """Every reason this room gives. Stable: documents and scripts name them."""

    NO_REASON = "enrolment/no-reason"
    ALREADY_CLOSED = "enrolment/already-closed"
    CLOSES_BEFORE_OPENING = "enrolment/closes-before-opening"
    NO_SUCCESSOR = "enrolment/no-successor"
    NOT_A_SUCCESSOR = "enrolment/not-a-successor"
    FORWARDS_TO_WHOM = "enrolment/forwards-to-whom"
    FORWARDS_ELSEWHERE = "enrolment/forwards-elsewhere"

    CERTIFICATE_UNREADABLE = "enrolment/certificate-unreadable"
    CERTIFICATE_OF_AUTHORITY = "enrolment/certificate-of-authority"
    CERTIFICATE_KEY_FORBIDDEN = "enrolment/certificate-key-forbidden"
    CERTIFICATE_WINDOW = "enrolment/certificate-window"
    CERTIFICATE_OF_ANOTHER = "enrolment/certificate-of-another"
    CERTIFICATE_SUSPENDED = "enrolment/certificate-suspended"
    CERTIFICATE_UNKNOWN = "enrolment/certificate-unknown"

    SYSTEM_EXISTS = "enrolment/system-exists"
    SYSTEM_UNKNOWN = "enrolment/system-unknown"
    SYSTEM_REMOVED = "enrolment/system-removed"
    SYSTEM_WITHOUT_SCOPE = "enrolment/system-without-scope"
    SYSTEM_NAME = "enrolment/system-name"

    KEY_UNREADABLE = "enrolment/key-unreadable"
    KEY_PRIVATE = "enrolment/key-private"
    KEY_REPEATED = "enrolment/key-repeated"
    OVERLAP = "enrolment/overlap"

    WEBHOOK_ADDRESS = "enrolment/webhook-address"
    WEBHOOK_NOT_ALLOWED = "enrolment/webhook-not-allowed"
    WEBHOOK_PRIVATE = "enrolment/webhook-private"
    WEBHOOK_UNRESOLVED = "enrolment/webhook-unresolved"
    WEBHOOK_ABSENT = "enrolment/webhook-absent"
    WEBHOOK_SPAN = "enrolment/webhook-span"


class FileCode(StrEnum):
    """Every reason for which a file of agencies, or one row of it, is refused."""

    TOO_LARGE = "agency-file/too-large"
    NOT_UTF8 = "agency-file/not-utf8"
    MALFORMED = "agency-file/malformed"
    SEPARATOR = "agency-file/separator"
    COLUMN_MISSING = "agency-file/column-missing"
    COLUMN_UNKNOWN = "agency-file/column-unknown"
    COLUMN_REPEATED = "agency-file/column-repeated"
    EMPTY = "agency-file/empty"
    TOO_MANY_FAULTS = "agency-file/too-many-faults"

    ROW_LENGTH = "agency-row/length"
    ROW_NO_ID = "agency-row/no-id"
    ROW_ID = "agency-row/id"
    ROW_NAME = "agency-row/name"
    ROW_SWITCH = "agency-row/switch"
    ROW_DATE = "agency-row/date"
    ROW_KIND = "agency-row/kind"
    ROW_CONTRADICTION = "agency-row/contradiction"


_VALUE_MAX: Final = 40
"""Characters of an offending value that are repeated: enough to find it, too few to fill a screen."""


def found(
    code: EnrolmentCode | FileCode,
    path: str,
    *,
    value: object | None = None,
    names: Mapping[str, str | Phrase] | None = None,
) -> Finding:
    """Return the reason as a finding at `path`; `names` fills every placeholder of its words."""
    words = (WORDS if isinstance(code, EnrolmentCode) else FILE_WORDS)[code.value]
    if names is not None:
        words = words.filled(names)
    return Finding(code.value, path, Severity.ERROR, words, None if value is None else _short(str(value)))


def _short(value: str) -> str:
    shown = "".join(character if character.isprintable() else "\ufffd" for character in value[: _VALUE_MAX + 1])
    return f"{shown[:_VALUE_MAX]}…" if len(shown) > _VALUE_MAX else shown
