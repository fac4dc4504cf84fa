"""When two submissions are the same: the identity key of each kind of message, and the judgement of a repeat."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from envelopes.codes import BusinessDocType
from envelopes.identifiers import OrganId
from envelopes.model import Envelope
from envelopes.status import StatusReport
from routing.errors import InvalidEntry

DIGEST_SIZE: Final = 32
"""Octets of a SHA-256, which content digests and keys are."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ABSENT: Final = b"\x00"
_PRESENT: Final = b"\x01"


class SubmissionKind(StrEnum):
    """What an identity key is the key of. The values stand inside stored digests and never change."""

    DOCUMENT = "document"
    """Types 0 and 3: a document exists once under its sender's id."""

    OPERATION = "operation"
    """Types 1 and 2: they re-use the document's id by nature, so each different one is an operation of its own."""

    STATUS = "status"


@dataclass(frozen=True, slots=True)
class SubmissionKey:
    """What may be accepted once. Two submissions are the same exactly when their keys are equal."""

    kind: SubmissionKind
    parts: tuple[bytes | None, ...]

    def digest(self) -> bytes:
        """Return 32 octets that stand for this key in a unique index; equal for equal keys, for ever."""
        return _digest(f"axis/submission-key/1/{self.kind.value}", self.parts)


class Repeat(StrEnum):
    """What a submission is beside the one that holds its key."""

    FIRST = "first"
    REPEAT = "repeat"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document's printed number within its sender and year (NĐ 30/2020 Art. 15), written in one way.

    Upper and lower case, leading zeros and Unicode composition do not tell two numbers apart.
    """

    sender: OrganId
    number: str
    notation: str
    year: int

    def digest(self) -> bytes:
        """Return 32 octets that stand for this number in an index; equal for equal numbers, for ever."""
        texts = (self.sender.key, self.number, self.notation, str(self.year))
        return _digest("axis/document-number/1", tuple(text.encode() for text in texts))


def key_of_document(sender: OrganId, envelope: Envelope, *, content_digest: bytes) -> SubmissionKey | None:
    """Return the identity key of a document message, or None where it has no document id or an unknown type.

    `sender` is the canonical id from the directory, so that two spellings of `From` are one sender.
    """
    _check_digest(content_digest)
    doc_type = envelope.business.doc_type
    if envelope.document_id is None or not isinstance(doc_type, BusinessDocType):
        return None
    document = (sender.key.encode(), envelope.document_id.value.encode())
    if doc_type in {BusinessDocType.NEW, BusinessDocType.REPLACE}:
        return SubmissionKey(SubmissionKind.DOCUMENT, document)
    return SubmissionKey(SubmissionKind.OPERATION, (*document, doc_type.value.encode(), content_digest))


def key_of_status(sender: OrganId, report: StatusReport, *, addressee: OrganId) -> SubmissionKey:
    """Return the identity key of a status; both ids are canonical. Its time counts as a moment, in whatever offset."""
    document_id = report.response_for.document_id
    parts = (
        sender.key.encode(),
        None if document_id is None else document_id.value.encode(),
        addressee.key.encode(),
        str(report.status).encode(),
        None if report.timestamp is None else _seconds(report.timestamp),
    )
    return SubmissionKey(SubmissionKind.STATUS, parts)


def document_number(sender: OrganId, envelope: Envelope) -> DocumentNumber | None:
    """Return the number under which a second document would be suspicious, or None where any part of it is missing."""
    code, day = envelope.code, envelope.promulgation_date
    if code.number is None or code.notation is None or day is None:
        return None
    number = _folded(code.number)
    if number.isdecimal():
        number = number.lstrip("0") or "0"
    return DocumentNumber(sender, number, _folded(code.notation), day.year)


def judge_repeat(existing: bytes | None, content_digest: bytes) -> Repeat:
    """Return what a submission is, given the content digest of the accepted one under its key, or None."""
    _check_digest(content_digest)
    if existing is None:
        return Repeat.FIRST
    _check_digest(existing)
    return Repeat.REPEAT if existing == content_digest else Repeat.CONFLICT


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _seconds(moment: datetime) -> bytes:
    return str((moment - _EPOCH) // timedelta(seconds=1)).encode()


def _digest(domain: str, parts: tuple[bytes | None, ...]) -> bytes:
    """Return the SHA-256 over domain and parts, each with its length, so that no two rows of parts read alike."""
    hasher = hashlib.sha256()
    for part in (domain.encode(), *parts):
        hasher.update(_ABSENT if part is None else _PRESENT + len(part).to_bytes(8, "big") + part)
    return hasher.digest()


def _check_digest(digest: bytes) -> None:
    if len(digest) != DIGEST_SIZE:
        raise InvalidEntry("a content digest is a SHA-256")
