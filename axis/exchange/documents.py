"""The signatures inside the documents of a package: which files carry any, and what they say alone and together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from axis.confinement.cells import Cells, Question
from envelopes.model import Attachment, Envelope
from envelopes.unzipping import entry_names, only_file
from envelopes.zipping import ZIP_MAGIC
from routing.authenticity import (
    Authenticity,
    DocumentVerdict,
    NamedFile,
    as_annex,
    judge_document,
    judge_file,
)
from routing.directory import Directory
from routing.sealing import Owners, owners_of
from signing.certificates import Certificate
from signing.pdf.book import with_book
from signing.pdf.limits import MAGIC, PDF_BYTES_MAX
from signing.pdf.verdict import UNFINISHED, PdfFailure, PdfFailureCode, PdfVerdict, RevocationEvidence
from signing.policy import DOCUMENT_POLICY
from signing.revocation.book import StatusBook
from signing.revocation.requests import sources_of

_SIGNED_OFFICE: Final = ("_xmlsignatures/", "meta-inf/documentsignatures.xml")
"""What the names of parts begin with that hold the signatures of Office Open XML (ISO/IEC 29500-2 clause 10) and of
OpenDocument, in small letters: names of parts are compared without case."""

_MAGIC_WITHIN: Final = 1024
"""Octets in which viewers look for the beginning of a PDF: what they open is judged, and refused where it begins late.
"""

_PDF_NAME: Final = ".pdf"
_PDF_TYPE: Final = "application/pdf"

_NO_EVIDENCE: Final = RevocationEvidence()

Stopwatch = Callable[[], float]
"""A monotonic count of seconds."""


class FileKind(StrEnum):
    """What a file is, by its octets; what viewers open as a PDF, for its octets, name or media type, is one."""

    PDF = "pdf"
    SIGNED_OFFICE = "signed-office"
    OTHER = "other"
    """Nothing that carries signatures: it is unsigned, in whatever place it stands."""


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """One attachment: its place (counted from 1), its name, and what its signatures say; `judged` is for PDFs alone."""

    number: int
    name: str
    kind: FileKind
    authenticity: Authenticity
    judged: PdfVerdict | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """One attachment before it is known whose its signatures are."""

    name: str
    kind: FileKind
    judged: PdfVerdict | None = None


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """All attachments of a package in order, and what the document is worth by them."""

    files: tuple[JudgedFile, ...]
    authenticity: Authenticity

    @property
    def is_finished(self) -> bool:
        """Whether the judgement of every file came to an end: otherwise another try may tell more."""
        failures = (one.judged.failure for one in self.files if one.judged is not None)
        return not any(failure is not None and failure.code in UNFINISHED for failure in failures)


Asks = Callable[[Certificate], bool]
"""Whether somebody asks the authority of a certificate: otherwise nothing waits for what it would say."""


def _names_somebody(certificate: Certificate) -> bool:
    return bool(sources_of(certificate))


class Documents:
    """Judges the documents of packages in cells; holds no thread longer than twice the seconds of one judgement."""

    def __init__(
        self, cells: Cells, *, book: StatusBook, seconds: float, stopwatch: Stopwatch, asks: Asks = _names_somebody
    ) -> None:
        self.asks: Final = asks
        self._cells = cells
        self._book = book
        self._seconds = seconds
        self._stopwatch = stopwatch

    def judge(
        self, envelope: Envelope, directory: Directory, *, at: datetime, evidence: RevocationEvidence = _NO_EVIDENCE
    ) -> JudgedDocument:
        """Return what the documents of a package say at the aware moment `at`.

        Raises `Busy` where every cell is taken and `CellUnusable` where none can be started.

        1. Each attachment is sniffed, inside a ZIP of one file too.
        2. Each PDF is judged in a cell, and with what is known of its signers' revocation. Once all of them together
           took as long as one may, the rest is not begun.
        3. Whose the certificates are, the directory says.
        4. Every file keeps its place: the first is the document, and one that carries no signatures is unsigned.
        5. The rules about persons and agencies say what it is worth.
        """
        question = Question(at, DOCUMENT_POLICY, evidence)
        until = self._stopwatch() + self._seconds
        seen = [self._look(one, question=question, until=until) for one in envelope.attachments]
        owners = owners_of(directory, envelope.sender.organ_id, verdicts=_verdicts(seen), moment=at)
        name = envelope.signer.full_name if envelope.signer else None
        alone = [_authenticity(one, owners=owners, signer_name=name) for one in seen]
        files = tuple(
            JudgedFile(number, one.name, one.kind, _in_place(number, NamedFile(one.name, says)), one.judged)
            for number, (one, says) in enumerate(zip(seen, alone, strict=True), start=1)
        )
        return JudgedDocument(files, judge_document([one.authenticity for one in files]))

    def _look(self, attachment: Attachment, *, question: Question, until: float) -> _Seen:
        kind, octets = _sniffed(attachment)
        if kind is not FileKind.PDF:
            return _Seen(attachment.name, kind)
        if self._stopwatch() > until:
            failure = PdfFailure(PdfFailureCode.TOO_LONG)
            judged = PdfVerdict(question.at, question.policy.name, failure=failure)
        else:
            judged = with_book(self._cells.judge_pdf(octets, question), self._book)
        return _Seen(attachment.name, kind, judged)


def _sniffed(attachment: Attachment) -> tuple[FileKind, bytes]:
    """Return what a file is and its octets; those of the one file inside, where it is a ZIP of one.

    1. A ZIP of one file is that file: nothing else in the archive hides it.
    2. What a viewer opens as a PDF is a PDF: by its octets, or because it calls itself one.
    3. An archive with parts that hold signatures is a signed Office file.
    """
    inner = only_file(attachment.content, PDF_BYTES_MAX)
    content = inner if isinstance(inner, bytes) else attachment.content
    is_archive = content.startswith(ZIP_MAGIC)
    if not is_archive and MAGIC in content[:_MAGIC_WITHIN]:
        return FileKind.PDF, content
    if _is_called_pdf(attachment):
        return FileKind.PDF, content
    names = (name.lower() for name in entry_names(content))
    return (FileKind.SIGNED_OFFICE if any(map(_holds_signatures, names)) else FileKind.OTHER), content


def _is_called_pdf(attachment: Attachment) -> bool:
    media_type, _, _ = attachment.media_type.partition(";")
    return attachment.name.lower().endswith(_PDF_NAME) or media_type.strip().lower() == _PDF_TYPE


def _holds_signatures(name: str) -> bool:
    return name.removeprefix("/").startswith(_SIGNED_OFFICE)


def _verdicts(files: list[_Seen]) -> list[PdfVerdict]:
    return [one.judged for one in files if one.judged is not None]


def _authenticity(file: _Seen, *, owners: Owners, signer_name: str | None) -> Authenticity:
    if file.judged is not None:
        return judge_file(file.judged, agencies=owners.agencies, signer_name=signer_name, lapsed=owners.lapsed)
    is_signed = file.kind is FileKind.SIGNED_OFFICE
    return Authenticity(DocumentVerdict.NOT_JUDGED if is_signed else DocumentVerdict.UNSIGNED)


def _in_place(number: int, file: NamedFile) -> Authenticity:
    return file.authenticity if number == 1 else as_annex(file)
