"""What is known of earlier messages when a new one is judged, as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from envelopes.identifiers import DocumentId, EnvelopeId, OrganId
from routing.demands import EarlierDemand


@dataclass(frozen=True, slots=True)
class OccupiedKey:
    """The accepted message that holds a submission's identity key, with its content digest (SHA-256)."""

    envelope_id: EnvelopeId
    content_digest: bytes


@dataclass(frozen=True, slots=True)
class Redirect:
    """That one recipient's delivery of a message was given to another agency instead (canonical ids)."""

    source: OrganId
    target: OrganId


@dataclass(frozen=True, slots=True)
class EarlierDocument:
    """An accepted document message of any business type, with the canonical ids of its parties.

    `recipients` are those it was routed to, refused ones left out. It may be cut down to the agencies of the enquiry:
    nobody needs 20,000 rows to judge one status. `is_operation` is True for a recall or an update, which carries the id
    of a document and is none. `redirects` are all that were made of its deliveries; their targets are recipients too.
    """

    envelope_id: EnvelopeId
    document_id: DocumentId
    sender: OrganId
    recipients: frozenset[OrganId]
    is_operation: bool = False
    redirects: tuple[Redirect, ...] = ()

    def has_party(self, organ_id: OrganId) -> bool:
        """Return whether the agency sent or received it."""
        return organ_id == self.sender or organ_id in self.recipients

    def heirs_of(self, recipients: Collection[OrganId]) -> tuple[OrganId, ...]:
        """Return who was given the deliveries of these recipients, through all redirects; they themselves left out."""
        known, heirs = set(recipients), list[OrganId]()
        while found := [one.target for one in self.redirects if one.source in known and one.target not in known]:
            heirs += dict.fromkeys(found)
            known.update(found)
        return tuple(heirs)


@dataclass(frozen=True, slots=True)
class Precedents:
    """What storage answers to an `Enquiry`.

    `existing` holds the submission's key. `documents` are all under one of the enquiry's document ids, whoever sent
    them: document ids are the senders' own, and two agencies may use one alike. `same_number` are the ids of the
    sender's documents that bear the enquiry's number. `demands` are those made of the parties about any of `documents`,
    in the order they were made in. `succeeded` tells, as routing adds it from the directory, for which closed agencies
    an agency speaks; those that took over from nobody are left out.
    """

    existing: OccupiedKey | None = None
    documents: tuple[EarlierDocument, ...] = ()
    same_number: tuple[DocumentId, ...] = ()
    demands: tuple[EarlierDemand, ...] = ()
    succeeded: Mapping[OrganId, tuple[OrganId, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def voices_of(self, organ_id: OrganId) -> tuple[OrganId, ...]:
        """Return for whom an agency speaks: itself first, then the closed ones that it took over from."""
        return (organ_id, *self.succeeded.get(organ_id, ()))

    def documents_under(self, document_id: DocumentId | None) -> tuple[EarlierDocument, ...]:
        """Return the earlier messages with this id, documents before recalls and updates; none for None."""
        named = (document for document in self.documents if document.document_id == document_id)
        return tuple(sorted(named, key=lambda document: document.is_operation))

    def document_of(self, sender: OrganId, document_id: DocumentId | None) -> EarlierDocument | None:
        """Return this sender's document with this id, recalls and updates left out.

        Where it has none of its own, that of an agency it took over from.
        """
        documents = [one for one in self.documents_under(document_id) if not one.is_operation]
        return next((one for voice in self.voices_of(sender) for one in documents if one.sender == voice), None)

    def barred_from(self, original_id: EnvelopeId) -> frozenset[OrganId]:
        """Return the recipients of whom nothing more is asked about a document: it is given back, or asked for."""
        return frozenset(one.recipient for one in self.demands if one.original_id == original_id and one.is_barring)
