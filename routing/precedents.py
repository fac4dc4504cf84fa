"""What is known of earlier messages when a new one is judged, as values."""

from __future__ import annotations

from dataclasses import dataclass

from envelopes.identifiers import DocumentId, EnvelopeId, OrganId


@dataclass(frozen=True, slots=True)
class OccupiedKey:
    """The accepted message that holds a submission's identity key, with its content digest (SHA-256)."""

    envelope_id: EnvelopeId
    content_digest: bytes


@dataclass(frozen=True, slots=True)
class EarlierDocument:
    """An accepted document message of any business type, with the canonical ids of its parties.

    `recipients` are those it was routed to, refused ones left out. It may be cut down to the agencies of the enquiry:
    nobody needs 20,000 rows to judge one status.
    """

    envelope_id: EnvelopeId
    document_id: DocumentId
    sender: OrganId
    recipients: frozenset[OrganId]

    def has_party(self, organ_id: OrganId) -> bool:
        """Return whether the agency sent or received it."""
        return organ_id == self.sender or organ_id in self.recipients


@dataclass(frozen=True, slots=True)
class Precedents:
    """What storage answers to an `Enquiry`.

    `existing` holds the submission's key. `documents` are all under one of the enquiry's document ids, whoever sent
    them: document ids are the senders' own, and two agencies may use one alike. `same_number` are the ids of the
    sender's documents that bear the enquiry's number.
    """

    existing: OccupiedKey | None = None
    documents: tuple[EarlierDocument, ...] = ()
    same_number: tuple[DocumentId, ...] = ()

    def documents_under(self, document_id: DocumentId | None) -> tuple[EarlierDocument, ...]:
        """Return the earlier documents with this id; none for None."""
        return tuple(document for document in self.documents if document.document_id == document_id)
