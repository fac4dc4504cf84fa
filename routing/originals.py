"""Which earlier document a message speaks of, and whose part in it its sender takes."""

from __future__ import annotations

from dataclasses import dataclass

from envelopes.codes import BusinessDocType
from envelopes.identifiers import DocumentId, EnvelopeId, OrganId
from envelopes.model import Envelope
from envelopes.status import StatusReport
from routing.precedents import EarlierDocument, Precedents


@dataclass(frozen=True, slots=True)
class Original:
    """An earlier document, and the agency whose part in it is taken: the sender's own, or one it took over from."""

    envelope_id: EnvelopeId
    voice: OrganId


@dataclass(frozen=True, slots=True)
class Speech:
    """Who speaks, and to whom (canonical ids): `addressee` is the one of a status, None for a document message."""

    speaker: OrganId
    addressee: OrganId | None = None


def target_of(message: Envelope | StatusReport) -> DocumentId | None:
    """Return the id of the earlier document a message speaks of, of several the first; None for a new document."""
    if isinstance(message, StatusReport):
        return message.response_for.document_id
    if message.business.doc_type is BusinessDocType.NEW:
        return None
    replaced = message.business.replacements
    return replaced[0].document_id if replaced else message.target_document_id


def find_original(target: DocumentId | None, *, speech: Speech, precedents: Precedents) -> Original | None:
    """Return the earlier document a message speaks of. Several senders may use one document id.

    A recall, update or replacement speaks of its own sender's document. A status goes between its sender and a
    recipient, one way or the other. Of several messages about one document the first is the document itself. What the
    speaker did itself comes before what was done by those it took over from.
    """
    documents = precedents.documents_under(target)
    for voice in precedents.voices_of(speech.speaker):
        for document in documents:
            if _takes_part(voice, document, speech=speech, precedents=precedents):
                return Original(document.envelope_id, voice)
    return None


def _takes_part(voice: OrganId, document: EarlierDocument, *, speech: Speech, precedents: Precedents) -> bool:
    is_own = document.sender == voice and not document.is_operation
    if speech.addressee is None:
        return is_own
    addressed = precedents.voices_of(speech.addressee)
    is_answered = document.sender in addressed and voice in document.recipients
    return is_answered or (is_own and not document.recipients.isdisjoint(addressed))
