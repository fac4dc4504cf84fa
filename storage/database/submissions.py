"""Identities of accepted submissions, and what is known of earlier messages when a new one is judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import any_, select
from sqlalchemy.dialects.postgresql import insert

from envelopes.identifiers import DocumentId, EnvelopeId, OrganId
from routing.enquiries import Enquiry
from routing.identity import DocumentNumber, SubmissionKey, SubmissionKind
from routing.precedents import EarlierDocument, OccupiedKey, Precedents
from storage.database.bulk import ids_of, texts_of, write_rows
from storage.database.partitions import least_descendant
from storage.database.tables import DeliveryRow, DocumentNumberRow, SubmissionKeyRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import AcceptedSubmission

_TABLE = table_of(SubmissionKeyRow)
_C = _TABLE.c
_DOCUMENT_KINDS: Final = (SubmissionKind.DOCUMENT.value, SubmissionKind.OPERATION.value)


def claim_submission_key(session: WriteSession, submission: AcceptedSubmission) -> OccupiedKey | None:
    """Return None where the key is this submission's now, else the accepted message that holds it.

    Of any number of equal submissions at once exactly one gets None: the others wait here for its transaction to end,
    and if that rolls back the next one takes the key. It comes first in its transaction, before there is more to lose.
    """
    values = {
        "digest": submission.key.digest(),
        "kind": submission.key.kind.value,
        "content_digest": submission.content_digest,
        "envelope_id": submission.envelope_id,
        "sender": str(submission.sender),
        "document_id": None if submission.document_id is None else str(submission.document_id),
        "accepted_at": submission.accepted_at,
    }
    claim = insert(_TABLE).values(values).on_conflict_do_nothing(index_elements=[_C.digest]).returning(_C.digest)
    if session.execute(claim).one_or_none() is not None:
        return None
    return find_submission(session, submission.key)


def find_submission(session: ReadSession, key: SubmissionKey) -> OccupiedKey | None:
    """Return the accepted message that holds this key."""
    query = select(_C.envelope_id, _C.content_digest).where(_C.digest == key.digest())
    found = session.execute(query).one_or_none()
    return None if found is None else OccupiedKey(EnvelopeId(found.envelope_id), found.content_digest)


def find_originals(session: ReadSession, senders: Sequence[OrganId], document_id: DocumentId) -> tuple[EnvelopeId, ...]:
    """Return the envelopes that brought a document (type 0 or 3) of these senders (canonical ids), newest first.

    Of each sender there is at most one.
    """
    query = select(_C.envelope_id).where(
        _C.document_id == str(document_id),
        _C.sender == any_(texts_of(map(str, senders))),
        _C.kind == SubmissionKind.DOCUMENT.value,
    )
    return tuple(EnvelopeId(found) for found in session.scalars(query.order_by(_C.envelope_id.desc())))


def find_precedents(session: ReadSession, enquiry: Enquiry) -> Precedents:
    """Return what the judgement of a submission asks for; recipients only as far as they are among its parties."""
    return Precedents(
        existing=None if enquiry.key is None else find_submission(session, enquiry.key),
        documents=_earlier_documents(session, enquiry.document_ids, enquiry.parties),
        same_number=() if enquiry.number is None else _bearers(session, enquiry.number),
    )


def record_number(
    session: WriteSession, number: DocumentNumber, *, envelope_id: EnvelopeId, document_id: DocumentId
) -> None:
    """Write that a document bears this number, so that a second one is warned of."""
    write_rows(session, DocumentNumberRow, [(number.digest(), envelope_id, str(document_id))])


def _earlier_documents(
    session: ReadSession, document_ids: Sequence[DocumentId], parties: Sequence[OrganId]
) -> tuple[EarlierDocument, ...]:
    if not document_ids:
        return ()
    query = select(_C.envelope_id, _C.document_id, _C.sender).where(
        _C.document_id == any_(texts_of(map(str, document_ids))), _C.kind.in_(_DOCUMENT_KINDS)
    )
    found = session.execute(query.order_by(_C.envelope_id)).all()
    recipients = _recipients(session, [EnvelopeId(row.envelope_id) for row in found], parties)
    return tuple(
        EarlierDocument(
            envelope_id=EnvelopeId(row.envelope_id),
            document_id=DocumentId(row.document_id or ""),
            sender=OrganId(row.sender),
            recipients=frozenset(recipients.get(EnvelopeId(row.envelope_id), ())),
        )
        for row in found
    )


def _recipients(
    session: ReadSession, envelope_ids: Sequence[EnvelopeId], parties: Iterable[OrganId]
) -> dict[EnvelopeId, list[OrganId]]:
    recipients: dict[EnvelopeId, list[OrganId]] = {}
    if not envelope_ids:
        return recipients
    row = table_of(DeliveryRow).c
    query = select(row.envelope_id, row.recipient).where(
        row.envelope_id == any_(ids_of(envelope_ids)),
        row.recipient == any_(texts_of(map(str, parties))),
        row.id >= least_descendant(min(envelope_ids)),
    )
    for envelope_id, recipient in session.execute(query):
        recipients.setdefault(EnvelopeId(envelope_id), []).append(OrganId(recipient))
    return recipients


def _bearers(session: ReadSession, number: DocumentNumber) -> tuple[DocumentId, ...]:
    row = table_of(DocumentNumberRow).c
    query = select(row.document_id).where(row.digest == number.digest()).order_by(row.envelope_id)
    return tuple(DocumentId(document_id) for document_id in session.scalars(query))
