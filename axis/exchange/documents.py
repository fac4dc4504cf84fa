"""The signatures inside the documents of a package: which files carry any, and what they say alone and together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from axis.confinement.cells import Cells, Question
from axis.exchange.sniffing import Allowance, FileKind, sniffed
from envelopes.model import Attachment, Envelope
from routing.authenticity import (
    Authenticity,
    DocumentVerdict,
    Doubt,
    DoubtCode,
    NamedFile,
    as_annex,
    judge_document,
    judge_file,
)
from routing.directory import Directory
from routing.sealing import Owners, owners_of
from signing.certificates import Certificate
from signing.pdf.book import with_book
from signing.pdf.verdict import UNFINISHED, PdfFailure, PdfFailureCode, PdfVerdict, RevocationEvidence
from signing.policy import DOCUMENT_POLICY
from signing.revocation.book import StatusBook
from signing.revocation.requests import sources_of

_NO_EVIDENCE: Final = RevocationEvidence()
_UNJUDGED: Final = {FileKind.ARCHIVE: DoubtCode.ARCHIVE, FileKind.TOO_LARGE: DoubtCode.FILE_TOO_LARGE}
"""What nobody looks into here, and what is said of it."""

Stopwatch = Callable[[], float]
"""A monotonic count of seconds."""


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

        1. Each attachment is sniffed, inside a ZIP of one file too, as far as the octets allow that all of them
           together may unpack to.
        2. Each PDF is judged in a cell, and with what is known of its signers' revocation. Once all of them together
           took as long as one may, the rest is not begun, and nothing more is unpacked.
        3. Whose the certificates are, the directory says.
        4. Every file keeps its place: the first is the document, and one that carries no signatures is unsigned.
        5. The rules about persons and agencies say what it is worth.
        """
        question = Question(at, DOCUMENT_POLICY, evidence)
        until = self._stopwatch() + self._seconds
        allowance = Allowance()
        seen = [self._look(one, allowance, question=question, until=until) for one in envelope.attachments]
        owners = owners_of(directory, envelope.sender.organ_id, verdicts=_verdicts(seen), moment=at)
        name = envelope.signer.full_name if envelope.signer else None
        alone = [_authenticity(one, owners=owners, signer_name=name) for one in seen]
        files = tuple(
            JudgedFile(number, one.name, one.kind, _in_place(number, NamedFile(one.name, says)), one.judged)
            for number, (one, says) in enumerate(zip(seen, alone, strict=True), start=1)
        )
        return JudgedDocument(files, judge_document([one.authenticity for one in files]))

    def _look(self, attachment: Attachment, allowance: Allowance, *, question: Question, until: float) -> _Seen:
        is_over = self._stopwatch() > until
        kind, octets = sniffed(attachment, Allowance(0) if is_over else allowance)
        if is_over and kind in {FileKind.PDF, FileKind.ARCHIVE}:
            failure = PdfFailure(PdfFailureCode.TOO_LONG)
            return _Seen(attachment.name, kind, PdfVerdict(question.at, question.policy.name, failure=failure))
        if kind is not FileKind.PDF:
            return _Seen(attachment.name, kind)
        return _Seen(attachment.name, kind, with_book(self._cells.judge_pdf(octets, question), self._book))


def _verdicts(files: list[_Seen]) -> list[PdfVerdict]:
    return [one.judged for one in files if one.judged is not None]


def _authenticity(file: _Seen, *, owners: Owners, signer_name: str | None) -> Authenticity:
    if file.judged is not None:
        return judge_file(file.judged, agencies=owners.agencies, signer_name=signer_name, lapsed=owners.lapsed)
    if file.kind in _UNJUDGED:
        return Authenticity(DocumentVerdict.NOT_JUDGED, (Doubt(_UNJUDGED[file.kind], file.name),))
    is_signed = file.kind is FileKind.SIGNED_OFFICE
    return Authenticity(DocumentVerdict.NOT_JUDGED if is_signed else DocumentVerdict.UNSIGNED)


def _in_place(number: int, file: NamedFile) -> Authenticity:
    return file.authenticity if number == 1 else as_annex(file)
