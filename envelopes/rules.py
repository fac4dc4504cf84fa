"""The rule table: what a readable message must satisfy, for which kinds of message, and how gravely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from envelopes import paths
from envelopes import rule_words as words
from envelopes.codes import BusinessDocType
from envelopes.errors import Severity, Words
from envelopes.findings import TOO_MANY_FINDINGS
from envelopes.limits import ATTACHMENTS_MAX, FINDINGS_MAX, RECIPIENTS_MAX
from envelopes.parser import Tag
from envelopes.paths import inside


class MessageKind(StrEnum):
    """What a message does, as far as rules differ by it."""

    NEW = "new"
    RECALL = "recall"
    UPDATE = "update"
    REPLACE = "replace"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    `code` begins with N (missing), R (out of range), M (not allowed) or T (of the wrong kind) and goes on with the
    place; it has several rows where it weighs differently. `path` is the place without numbers. `limit` is the most
    allowed (characters, items or the number itself) where the rule counts. `unless` is a place that may speak instead.
    """

    code: str
    path: str
    kinds: frozenset[MessageKind]
    severity: Severity
    words: Words
    limit: int | None = None
    unless: str | None = None


KIND_OF: Final[Mapping[BusinessDocType, MessageKind]] = MappingProxyType(
    {
        BusinessDocType.NEW: MessageKind.NEW,
        BusinessDocType.RECALL: MessageKind.RECALL,
        BusinessDocType.UPDATE: MessageKind.UPDATE,
        BusinessDocType.REPLACE: MessageKind.REPLACE,
    }
)
CLASSIFIED: Final = "M.StateSecret"

_NEW_OR_REPLACE = frozenset({MessageKind.NEW, MessageKind.REPLACE})
_RECALL_OR_UPDATE = frozenset({MessageKind.RECALL, MessageKind.UPDATE})
_RECALL = frozenset({MessageKind.RECALL})
_UPDATE = frozenset({MessageKind.UPDATE})
_REPLACE = frozenset({MessageKind.REPLACE})
_STATUS = frozenset({MessageKind.STATUS})
_REFERRING = _RECALL_OR_UPDATE | _REPLACE
_DOCUMENTS = _NEW_OR_REPLACE | _RECALL_OR_UPDATE
_ALL = _DOCUMENTS | _STATUS

_TRACE_LIST_STEP = f"{paths.TRACE_LIST}."
_ENCODED_STEP = f"{paths.ENCODED}."
_RECEIVERS = inside(paths.UPDATE, Tag.RECEIVER_LIST)
_RECEIVER = inside(_RECEIVERS, Tag.RECEIVER)
_UNSIGNED_SHORT_MAX: Final = 65_535
"""Existing receivers keep numbers of copies and pages in 16 bits."""


def rules() -> tuple[Rule, ...]:
    """Return all rows in the order of the message: for the documentation, and for the API that announces them."""
    return _RULES


@cache
def rules_for(kind: MessageKind | None) -> Mapping[str, Rule]:
    """Return the rows by code that hold for a kind of message; None is a document that does not say what it does."""
    needed = _DOCUMENTS if kind is None else frozenset({kind})
    return MappingProxyType({rule.code: rule for rule in _RULES if rule.kinds >= needed})


def code_of(letter: str, place: str) -> str:
    """Return the code for a place without numbers: sections that say nothing are left out (`N.Attachment`)."""
    return f"{letter}.{place.removeprefix(_TRACE_LIST_STEP).removeprefix(_ENCODED_STEP)}"


def _required(kinds: frozenset[MessageKind], *places: str, unless: str | None = None) -> Iterable[Rule]:
    for place in places:
        yield Rule(code_of("N", place), place, kinds, Severity.ERROR, words.missing(place), unless=unless)


def _advised(kinds: frozenset[MessageKind], *places: str) -> Iterable[Rule]:
    for place in places:
        yield Rule(code_of("N", place), place, kinds, Severity.WARNING, words.advised(place))


def _refused(letter: str, place: str, *, kinds: frozenset[MessageKind], text: Words, limit: int | None = None) -> Rule:
    return Rule(code_of(letter, place), place, kinds, Severity.ERROR, text, limit)


def _warned(letter: str, place: str, *, kinds: frozenset[MessageKind], text: Words, limit: int | None = None) -> Rule:
    return Rule(code_of(letter, place), place, kinds, Severity.WARNING, text, limit)


def _lengths(kinds: frozenset[MessageKind], place: str, *, limits: Mapping[Tag, int]) -> Iterable[Rule]:
    for tag, limit in limits.items():
        field = inside(place, tag)
        yield _warned("R", field, kinds=kinds, text=words.too_long(field, limit), limit=limit)


_AGENCY_LENGTHS: Final[Mapping[Tag, int]] = {
    Tag.IN_CHARGE: 200,
    Tag.ORGAN_NAME: 200,
    Tag.ORGAN_ADDRESS: 250,
    Tag.EMAIL: 100,
    Tag.TELEPHONE: 20,
    Tag.FAX: 20,
    Tag.WEBSITE: 100,
}
_HEADER = paths.MESSAGE_HEADER
_CODE_NUMBER = inside(paths.CODE, Tag.CODE_NUMBER)
_CODE_NOTATION = inside(paths.CODE, Tag.CODE_NOTATION)
_SUBJECT = inside(_HEADER, Tag.SUBJECT)
_DATE = inside(paths.PROMULGATION, Tag.PROMULGATION_DATE)
_TARGET = inside(paths.BUSINESS, Tag.DOCUMENT_ID)
_COPIES = inside(paths.OTHER_INFO, Tag.COPIES)
_PAGES = inside(paths.OTHER_INFO, Tag.PAGES)
_FROM_EMAIL = inside(paths.FROM, Tag.EMAIL)
_TO_EMAIL = inside(paths.TO, Tag.EMAIL)
_STAFF_EMAIL = inside(paths.STAFF, Tag.EMAIL)
_STATUS_STAFF_EMAIL = inside(paths.STATUS_STAFF, Tag.EMAIL)
_DOCUMENT_ID = inside(_HEADER, Tag.DOCUMENT_ID)

_PARTIES: Final = (
    *_required(_ALL, inside(paths.FROM, Tag.ORGAN_ID)),
    *_lengths(_ALL, paths.FROM, limits=_AGENCY_LENGTHS),
    _warned("T", _FROM_EMAIL, kinds=_ALL, text=words.no_email(_FROM_EMAIL)),
    *_required(_DOCUMENTS, paths.TO),
    *_advised(_DOCUMENTS, inside(paths.TO, Tag.ORGAN_ID)),
    _refused("R", paths.TO, kinds=_DOCUMENTS, text=words.TOO_MANY_RECIPIENTS, limit=RECIPIENTS_MAX),
    *_lengths(_DOCUMENTS, paths.TO, limits=_AGENCY_LENGTHS),
    _warned("T", _TO_EMAIL, kinds=_DOCUMENTS, text=words.no_email(_TO_EMAIL)),
)
_SUBJECT_MATTER: Final = (
    *_required(_DOCUMENTS, _DOCUMENT_ID),
    *_required(_NEW_OR_REPLACE, _CODE_NUMBER, _CODE_NOTATION, _DATE, _SUBJECT),
    *_advised(_RECALL_OR_UPDATE, _CODE_NUMBER, _CODE_NOTATION, _DATE, _SUBJECT),
    *_advised(_NEW_OR_REPLACE, inside(paths.DOCUMENT_TYPE, Tag.TYPE_NAME)),
    _refused("M", _DATE, kinds=_DOCUMENTS, text=words.ISSUED_IN_FUTURE),
    *_lengths(_DOCUMENTS, paths.CODE, limits={Tag.CODE_NUMBER: 11, Tag.CODE_NOTATION: 30}),
    *_lengths(_DOCUMENTS, paths.PROMULGATION, limits={Tag.PLACE: 50}),
    *_lengths(_DOCUMENTS, paths.DOCUMENT_TYPE, limits={Tag.TYPE_NAME: 100}),
    *_lengths(_DOCUMENTS, _HEADER, limits={Tag.SUBJECT: 500, Tag.CONTENT: 500}),
    *_lengths(_DOCUMENTS, paths.SIGNER, limits={Tag.COMPETENCE: 100, Tag.POSITION: 100, Tag.FULL_NAME: 50}),
    _refused("M", inside(paths.OTHER_INFO, Tag.PRIORITY), kinds=_DOCUMENTS, text=words.UNKNOWN_PRIORITY),
    *_lengths(_DOCUMENTS, paths.OTHER_INFO, limits={Tag.SPHERE: 100, Tag.TYPIST: 10}),
    _warned(
        "R", _COPIES, kinds=_DOCUMENTS, text=words.too_high(_COPIES, _UNSIGNED_SHORT_MAX), limit=_UNSIGNED_SHORT_MAX
    ),
    _warned("R", _PAGES, kinds=_DOCUMENTS, text=words.too_high(_PAGES, _UNSIGNED_SHORT_MAX), limit=_UNSIGNED_SHORT_MAX),
    *_lengths(_DOCUMENTS, paths.APPENDIXES, limits={Tag.APPENDIX: 250}),
    _warned("M", inside(_HEADER, Tag.STEERING_TYPE), kinds=_DOCUMENTS, text=words.UNKNOWN_STEERING),
    *_lengths(_DOCUMENTS, paths.TO_PLACES, limits={Tag.PLACE: 150}),
)
_BUSINESS: Final = (
    *_advised(_DOCUMENTS, paths.TRACE),
    _refused("M", inside(paths.BUSINESS, Tag.BUSINESS_DOC_TYPE), kinds=_DOCUMENTS, text=words.UNKNOWN_BUSINESS),
    *_required(_REFERRING, inside(paths.BUSINESS, Tag.BUSINESS_DOC_REASON)),
    # The operator's own recall sample has no Bussiness/DocumentId and repeats the document's id in the header.
    *_required(_RECALL, _TARGET, unless=_DOCUMENT_ID),
    *_required(_UPDATE, _TARGET),
    *_advised(_RECALL, paths.STAFF),
    _warned("T", _STAFF_EMAIL, kinds=_DOCUMENTS, text=words.no_email(_STAFF_EMAIL)),
    *_required(
        _UPDATE, paths.UPDATE, inside(_RECEIVER, Tag.ORGAN_ID), inside(_RECEIVER, Tag.RECEIVER_TYPE), _RECEIVERS
    ),
    _refused("M", inside(_RECEIVER, Tag.RECEIVER_TYPE), kinds=_UPDATE, text=words.UNKNOWN_RECEIVER_TYPE),
    _warned("M", paths.UPDATE, kinds=_UPDATE, text=words.NOTHING_CHANGES),
    _warned("M", inside(paths.UPDATE, Tag.DOCUMENT_RECEIVER), kinds=_UPDATE, text=words.RECEIVERS_NOT_ANNOUNCED),
    *_required(_REPLACE, paths.REPLACEMENTS, inside(paths.REPLACEMENT, Tag.DOCUMENT_ID)),
    *_advised(_REPLACE, inside(paths.REPLACEMENT, Tag.ORGAN_ID_LIST)),
)
_FILES: Final = (
    # Files that travel as parts are listed with their sizes, and stand nowhere in the message.
    *_required(_NEW_OR_REPLACE, paths.ATTACHMENT, unless=inside(paths.REFERENCE, Tag.SIZE)),
    _refused("R", paths.ATTACHMENT, kinds=_DOCUMENTS, text=words.TOO_MANY_ATTACHMENTS, limit=ATTACHMENTS_MAX),
    *_advised(_DOCUMENTS, inside(paths.ATTACHMENT, Tag.ENCODED)),
)
_STATUS_REPORT: Final = (
    *_required(_STATUS, inside(paths.RESPONSE_FOR, Tag.ORGAN_ID), inside(paths.RESPONSE_FOR, Tag.DOCUMENT_ID)),
    *_advised(_STATUS, inside(paths.RESPONSE_FOR, Tag.CODE), inside(paths.RESPONSE_FOR, Tag.PROMULGATION_DATE)),
    _warned("T", _STATUS_STAFF_EMAIL, kinds=_STATUS, text=words.no_email(_STATUS_STAFF_EMAIL)),
    *_required(_STATUS, inside(_HEADER, Tag.STATUS_CODE)),
    _warned("M", inside(_HEADER, Tag.STATUS_CODE), kinds=_STATUS, text=words.UNKNOWN_STATUS),
    *_required(_STATUS, inside(_HEADER, Tag.DESCRIPTION)),
    *_advised(_STATUS, inside(_HEADER, Tag.TIMESTAMP)),
)
_WHOLE: Final = (
    Rule(CLASSIFIED, paths.ROOT, _ALL, Severity.ERROR, words.CLASSIFIED),
    Rule(TOO_MANY_FINDINGS, paths.ROOT, _ALL, Severity.WARNING, words.TOO_MANY_FINDINGS, FINDINGS_MAX),
)
_RULES: Final = (*_PARTIES, *_SUBJECT_MATTER, *_BUSINESS, *_FILES, *_STATUS_REPORT, *_WHOLE)
