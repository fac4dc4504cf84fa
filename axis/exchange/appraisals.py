"""The first look at the documents of a message that is accepted: now, later, or never, as the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from axis.errors import Busy
from axis.exchange.appraiser import seen_signers
from axis.exchange.document_facts import summary_of
from axis.exchange.document_words import FILE_PATH, doubts_of, findings_of
from axis.exchange.documents import Documents, JudgedDocument
from envelopes.errors import Finding
from envelopes.evidence_signatures import DocumentSummary
from envelopes.model import Envelope
from envelopes.status import StatusReport
from routing.directory import Directory
from storage.records import SeenCertificate


@dataclass(frozen=True, slots=True)
class Appraised:
    """What the receipt says of the documents, warnings for the sender, and whether they are judged (again) later."""

    summary: DocumentSummary | None = None
    findings: tuple[Finding, ...] = ()
    seen: tuple[SeenCertificate, ...] = ()
    is_owed: bool = False


NOTHING = Appraised()
"""Of a message without files, or where nobody judges them."""


@dataclass(frozen=True, slots=True)
class Appraisals:
    """Judges before the answer where `waits`, else afterwards; never where there are no `documents`."""

    documents: Documents | None = None
    waits: bool = False

    def first(self, message: Envelope | StatusReport, directory: Directory, *, at: datetime) -> Appraised:
        """Return what is known of a message's documents when it is accepted.

        An axis that has no cell free, or whose cells did not come to an end, does not send an urgent document away: it
        judges it afterwards, and until then says nothing of it.
        """
        if self.documents is None or not isinstance(message, Envelope) or not message.attachments:
            return NOTHING
        if not self.waits:
            return Appraised(is_owed=True)
        try:
            judged = self.documents.judge(message, directory, at=at)
        except Busy:
            return Appraised(is_owed=True)
        seen = tuple(seen_signers(judged, self.documents.asks))
        if not judged.is_finished:
            return Appraised(seen=seen, is_owed=True)
        return Appraised(summary_of(judged, at=at), tuple(_findings(judged)), seen, is_owed=bool(seen))


def _findings(judged: JudgedDocument) -> Iterator[Finding]:
    """Yield what is wrong with each file, and what a clerk should look at in it."""
    for file in judged.files:
        path = f"{FILE_PATH}{file.number}]"
        if file.judged is not None:
            yield from findings_of(file.judged, path)
        yield from doubts_of(file.authenticity, path)
