"""The signatures inside the documents of a package: which files carry any, and what they say alone and together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from axis.confinement.cells import Cells, Question
from envelopes.model import Attachment, Envelope
from envelopes.unzipping import only_file
from envelopes.zipping import ZIP_MAGIC
from routing.authenticity import Authenticity, DocumentVerdict, NamedFile, judge_document, judge_file
from routing.directory import Directory
from routing.sealing import owners_of
from signing.pdf.book import with_book
from signing.pdf.limits import MAGIC, PDF_BYTES_MAX
from signing.pdf.verdict import PdfFailure, PdfFailureCode, PdfVerdict, RevocationEvidence
from signing.policy import DOCUMENT_POLICY
from signing.revocation.book import StatusBook

_SIGNED_OFFICE: Final = (b"_xmlsignatures/", b"META-INF/documentsignatures.xml")
"""Names of the parts that hold the signatures of Office Open XML (ISO/IEC 29500-2 clause 10) and of OpenDocument; names
in an archive are never packed."""

_NO_EVIDENCE: Final = RevocationEvidence()

Stopwatch = Callable[[], float]
"""A monotonic count of seconds."""


class FileKind(StrEnum):
    """What a file is, by its first octets: names are the sender's word."""

    PDF = "pdf"
    SIGNED_OFFICE = "signed-office"
    OTHER = "other"
    """Nothing that carries signatures: it has no part in what the document is worth."""


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """One attachment: its place (counted from 1), its name, and what its signatures say; `judged` is for PDFs alone."""

    number: int
    name: str
    kind: FileKind
    authenticity: Authenticity | None
    judged: PdfVerdict | None = None


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """All attachments of a package in order, and what the document is worth by them."""

    files: tuple[JudgedFile, ...]
    authenticity: Authenticity


class Documents:
    """Judges the documents of packages in cells; holds no thread longer than twice the seconds of one judgement."""

    def __init__(self, cells: Cells, *, book: StatusBook, seconds: float, stopwatch: Stopwatch) -> None:
        self._cells = cells
        self._book = book
        self._seconds = seconds
        self._stopwatch = stopwatch

    def judge(
        self, envelope: Envelope, directory: Directory, *, at: datetime, evidence: RevocationEvidence = _NO_EVIDENCE
    ) -> JudgedDocument:
        """Return what the documents of a package say at the aware moment `at`; raises `Busy`.

        1. Each attachment is sniffed, inside a ZIP of one file too.
        2. Each PDF is judged in a cell, and with what is known of its signers' revocation. Once all of them together
           took as long as one may, the rest is not begun.
        3. Whose the certificates are, the directory says.
        4. The rules about persons and agencies say what it is worth.
        """
        question = Question(at, DOCUMENT_POLICY, evidence)
        until = self._stopwatch() + self._seconds
        seen = [self._look(number, one, question=question, until=until) for number, one in _numbered(envelope)]
        owners = owners_of(directory, envelope.sender.organ_id, verdicts=_verdicts(seen), moment=at)
        name = envelope.signer.full_name if envelope.signer else None
        files = tuple(_with_authenticity(one, owners=owners, signer_name=name) for one in seen)
        named = [NamedFile(one.name, one.authenticity) for one in files if one.authenticity is not None]
        return JudgedDocument(files, judge_document(named))

    def _look(self, number: int, attachment: Attachment, *, question: Question, until: float) -> JudgedFile:
        kind, octets = _sniffed(attachment.content)
        if kind is not FileKind.PDF:
            return JudgedFile(number, attachment.name, kind, None)
        if self._stopwatch() > until:
            failure = PdfFailure(PdfFailureCode.TOO_LONG)
            judged = PdfVerdict(question.at, question.policy.name, failure=failure)
        else:
            judged = with_book(self._cells.judge_pdf(octets, question), self._book)
        return JudgedFile(number, attachment.name, kind, None, judged)


def _numbered(envelope: Envelope) -> Iterator[tuple[int, Attachment]]:
    return enumerate(envelope.attachments, start=1)


def _sniffed(content: bytes) -> tuple[FileKind, bytes]:
    """Return what a file is and its octets; those of the one file inside, where it is a ZIP of one PDF."""
    if content.startswith(ZIP_MAGIC):
        if any(part in content for part in _SIGNED_OFFICE):
            return FileKind.SIGNED_OFFICE, content
        inner = only_file(content, PDF_BYTES_MAX)
        content = inner if isinstance(inner, bytes) else content
    return (FileKind.PDF if content.startswith(MAGIC) else FileKind.OTHER), content


def _verdicts(files: list[JudgedFile]) -> list[PdfVerdict]:
    return [one.judged for one in files if one.judged is not None]


def _with_authenticity(file: JudgedFile, *, owners: Mapping[str, bool], signer_name: str | None) -> JudgedFile:
    match file:
        case JudgedFile(kind=FileKind.SIGNED_OFFICE):
            authenticity = Authenticity(DocumentVerdict.NOT_JUDGED)
        case JudgedFile(judged=PdfVerdict() as judged):
            authenticity = judge_file(judged, agencies=owners, signer_name=signer_name)
        case _:
            return file
    return JudgedFile(file.number, file.name, file.kind, authenticity, file.judged)
