"""The first look at the documents of a message that is accepted: now, later, or never, as the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from axis.confinement.cell import CellUnusable
from axis.errors import Busy
from axis.exchange.appraiser import seen_signers
from axis.exchange.document_facts import summary_of
from axis.exchange.document_words import FILE_PATH, doubts_of, findings_of, unknown_of, worth_refused
from axis.exchange.documents import Documents, JudgedDocument
from axis.logs import LogEvent, logger
from envelopes.errors import Finding, Severity
from envelopes.evidence_signatures import DocumentSummary, UnknownRule
from envelopes.identifiers import OrganId
from envelopes.model import Envelope
from envelopes.status import StatusReport
from routing.assurance import Assurance, Demands
from routing.authenticity import BREAKING, DocumentVerdict
from routing.directory import Directory
from storage.records import SeenCertificate


@dataclass(frozen=True, slots=True)
class Appraised:
    """What the receipt says of the documents, findings for the sender, and whether they are judged (again) later.

    A finding that is an error refuses the message.
    """

    summary: DocumentSummary | None = None
    findings: tuple[Finding, ...] = ()
    seen: tuple[SeenCertificate, ...] = ()
    is_owed: bool = False

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What the message is refused for."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)


NOTHING = Appraised()
"""Of a message without files, or where nobody judges them."""


@dataclass(frozen=True, slots=True)
class Appraisals:
    """Judges before the answer where `waits`, else afterwards; never where there are no `documents`.

    `demands` and `assurance` are what is asked of documents, and of their signers' revocation, before the answer.
    """

    documents: Documents | None = None
    waits: bool = False
    demands: Demands = field(default_factory=Demands)
    assurance: Assurance = field(default_factory=Assurance)

    def first(
        self, message: Envelope | StatusReport, directory: Directory, *, sender: OrganId, at: datetime
    ) -> Appraised:
        """Return what is known of a message's documents when it is accepted, or what it is refused for.

        An axis that has no cell free, that cannot start one, or whose cells did not come to an end, does not send an
        urgent document away: it judges it afterwards, and until then says nothing of it. `sender` is the canonical id.
        """
        if self.documents is None or not isinstance(message, Envelope) or not message.attachments:
            return NOTHING
        if not self.waits:
            return Appraised(is_owed=True)
        try:
            judged = self.documents.judge(message, directory, at=at)
        except Busy:
            return Appraised(is_owed=True)
        except CellUnusable as error:
            logger.error(LogEvent.WORK_FAILED, work="judge_documents", exc_info=error)
            return Appraised(is_owed=True)
        seen = tuple(seen_signers(judged, self.documents.asks))
        if not judged.is_finished:
            return Appraised(seen=seen, is_owed=True)
        findings = (*self._demanded(judged, sender), *self._findings(judged, sender))
        return Appraised(summary_of(judged, at=at), findings, seen, is_owed=bool(seen))

    def _demanded(self, judged: JudgedDocument, sender: OrganId) -> Iterator[Finding]:
        """Yield why a document is refused for its worth; for a broken one, what broke it says so better."""
        worth = judged.authenticity.verdict
        if worth is not DocumentVerdict.BROKEN and self.demands.refuses(sender, worth):
            yield worth_refused(worth)

    def _findings(self, judged: JudgedDocument, sender: OrganId) -> Iterator[Finding]:
        """Yield what is wrong with each file, what is unknown of its signers, and what a clerk should look at in it."""
        rule = self.assurance.rule_for(sender, is_stale=False)
        for file in judged.files:
            path = f"{FILE_PATH}{file.number}]"
            is_broken = file.authenticity.verdict is DocumentVerdict.BROKEN
            is_refused = is_broken and self.demands.refuses(sender, DocumentVerdict.BROKEN)
            if file.judged is not None:
                yield from _as_grave(findings_of(file.judged, path), is_refused=is_refused)
                if rule is not UnknownRule.ALLOW:
                    yield from _as_grave(unknown_of(file.judged, path), is_refused=rule is UnknownRule.REQUIRE)
            for doubt in doubts_of(file.authenticity, path):
                yield from _as_grave(iter([doubt]), is_refused=is_refused and doubt.code in BREAKING)


def _as_grave(findings: Iterator[Finding], *, is_refused: bool) -> Iterator[Finding]:
    """Yield findings as errors where they refuse the message, and as the warnings they are where they do not."""
    for one in findings:
        yield replace(one, severity=Severity.ERROR) if is_refused else one
