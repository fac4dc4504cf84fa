"""Whether a recall, an update or a replacement speaks of a document that its sender once sent."""

from __future__ import annotations

from dataclasses import dataclass

from envelopes import paths
from envelopes.codes import BusinessDocType
from envelopes.errors import Finding
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import Envelope
from envelopes.parser import Tag
from routing.precedents import Precedents
from routing.reasons import Judgement, ReasonCode, found


@dataclass(frozen=True, slots=True)
class Target:
    """An earlier document that a message speaks of, and where in the message it is named."""

    path: str
    document_id: DocumentId | None


def targets_of(envelope: Envelope) -> tuple[Target, ...]:
    """Return the documents that a message recalls, updates or replaces; none for a new document.

    Where a replacement lists nothing, one target without an id stands for what is missing.
    """
    match envelope.business.doc_type:
        case BusinessDocType.RECALL | BusinessDocType.UPDATE:
            parent = paths.MESSAGE_HEADER if envelope.business.document_id is None else paths.BUSINESS
            return (Target(paths.inside(parent, Tag.DOCUMENT_ID), envelope.target_document_id),)
        case BusinessDocType.REPLACE:
            return _replaced_by(envelope) or (Target(paths.REPLACEMENTS, None),)
        case _:
            return ()


def judge_targets(envelope: Envelope, sender: OrganId, *, precedents: Precedents) -> Judgement:
    """Return what is wrong with the targets; `sender` is the canonical id, its right to speak already proven.

    A recall or an update carries a document's id and is none: it is not itself recalled, updated or replaced. What a
    closed agency sent may be changed by whoever took over from it.
    Whoever merely received a document is told that only its sender may change it. For all others a foreign document
    does not exist (threat 71).
    """
    findings: list[Finding] = []
    alarms: list[Finding] = []
    voices = precedents.voices_of(sender)
    for target in targets_of(envelope):
        if precedents.document_of(sender, target.document_id) is not None:
            continue
        documents = precedents.documents_under(target.document_id)
        if any(document.sender in voices for document in documents):
            findings.append(found(ReasonCode.BUSINESS_NOT_A_DOCUMENT, target.path, value=target.document_id))
            continue
        foreign = found(ReasonCode.BUSINESS_NOT_ORIGINAL_SENDER, target.path, value=target.document_id)
        unknown = found(ReasonCode.BUSINESS_UNKNOWN_TARGET, target.path, value=target.document_id)
        has_part = any(document.has_party(voice) for document in documents for voice in voices)
        findings.append(foreign if has_part else unknown)
        if documents:
            alarms.append(foreign)
    return Judgement(tuple(findings), tuple(alarms))


def _replaced_by(envelope: Envelope) -> tuple[Target, ...]:
    places = enumerate(envelope.business.replacements, start=1)
    return tuple(
        Target(paths.inside(paths.numbered(paths.REPLACEMENT, number), Tag.DOCUMENT_ID), replacement.document_id)
        for number, replacement in places
    )
