"""Identities of accepted submissions, and what is known of earlier messages when a new one is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, LiteralString

from psycopg import Cursor
from sqlalchemy import any_, select

from envelopes.identifiers import DocumentId, EnvelopeId, OrganId
from routing.enquiries import Enquiry
from routing.identity import DocumentNumber, SubmissionKey, SubmissionKind
from routing.precedents import EarlierDocument, OccupiedKey, Precedents, Redirect
from storage.database.bulk import driver_of, ids_of, texts_of, write_rows
from storage.database.deliveries import redirects_of
from storage.database.demands import demands_of, updates_of, with_reach
from storage.database.partitions import least_descendant
from storage.database.tables import DeliveryRow, DocumentNumberRow, SubmissionKeyRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.errors import Contention, KeyTaken
from storage.records import AcceptedSubmission

_TABLE = table_of(SubmissionKeyRow)
_C = _TABLE.c
BEARERS_MAX: Final = 20
"""Documents of one number that are told of: a warning names the first few, and a sender may number all alike."""

_CLAIM: Final[LiteralString] = (
    "INSERT INTO submission_keys (digest, kind, content_digest, envelope_id, sender, document_id, accepted_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (digest) DO NOTHING"
)
_KEY_AND_NUMBER: Final[LiteralString] = (
    "SELECT envelope_id, content_digest, NULL FROM submission_keys WHERE digest = %s UNION ALL"
    " (SELECT envelope_id, NULL, document_id FROM document_numbers WHERE digest = %s ORDER BY envelope_id LIMIT %s)"
)
_DOCUMENT_KINDS: Final = (SubmissionKind.DOCUMENT.value, SubmissionKind.OPERATION.value)


class Claim:
    """A claim of an identity key, on its way to the database."""

    def __init__(self, session: WriteSession, submission: AcceptedSubmission, *, answer: Cursor[Any]) -> None:
        self._session = session
        self._submission = submission
        self._answer = answer

    def require(self) -> None:
        """Return where the key is this submission's now; raises `KeyTaken` with the accepted message that holds it.

        Not before the turn is over in which the claim was sent (`in_one_turn`).
        """
        if self._answer.rowcount:
            return
        holder = find_submission(self._session, self._submission.key)
        if holder is None:
            raise Contention("the key was given back while it was claimed")
        raise KeyTaken(holder)


def claim_submission_key(session: WriteSession, submission: AcceptedSubmission) -> Claim:
    """Return a claim of the key; its `require` tells whether it was had.

    Of any number of equal submissions at once exactly one has it: the others wait here for its transaction to end, and
    if that rolls back the next one takes the key. It comes first in its transaction, before there is more to lose.
    """
    values = (
        submission.key.digest(),
        submission.key.kind.value,
        submission.content_digest,
        submission.envelope_id,
        str(submission.sender),
        None if submission.document_id is None else str(submission.document_id),
        submission.accepted_at,
    )
    return Claim(session, submission, answer=driver_of(session).execute(_CLAIM, values))


def find_submission(session: ReadSession, key: SubmissionKey) -> OccupiedKey | None:
    """Return the accepted message that holds this key."""
    query = select(_C.envelope_id, _C.content_digest).where(_C.digest == key.digest())
    found = session.execute(query).one_or_none()
    return None if found is None else OccupiedKey(EnvelopeId(found.envelope_id), found.content_digest)


def find_originals(
    session: ReadSession, senders: Sequence[OrganId], *, document_id: DocumentId
) -> tuple[EnvelopeId, ...]:
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
    """Return what the judgement of a submission asks for; recipients only as far as they are among its parties.

    Who was given a delivery in the place of its recipient is a party too where something may be asked back.

    One statement where no earlier document is spoken of, which is the rule.
    """
    key = None if enquiry.key is None else enquiry.key.digest()
    number = None if enquiry.number is None else enquiry.number.digest()
    found = driver_of(session).execute(_KEY_AND_NUMBER, (key, number, BEARERS_MAX)).fetchall()
    holders = [OccupiedKey(EnvelopeId(row[0]), row[1]) for row in found if row[1] is not None]
    bearers = sorted((row[0], row[2]) for row in found if row[1] is None)
    documents = _earlier_documents(session, enquiry)
    named = [document.envelope_id for document in documents]
    heirs = (one.target for document in documents for one in document.redirects)
    parties = tuple(dict.fromkeys((*enquiry.parties, *heirs)))
    demands = demands_of(session, named, recipients=parties) if enquiry.has_demands and named else ()
    return Precedents(
        existing=holders[0] if holders else None,
        documents=documents,
        same_number=tuple(DocumentId(document_id) for _, document_id in bearers),
        demands=with_reach(session, [one.demand for one in demands], parties=parties),
    )


def record_number(
    session: WriteSession, number: DocumentNumber, *, envelope_id: EnvelopeId, document_id: DocumentId
) -> None:
    """Write that a document bears this number, so that a second one is warned of."""
    write_rows(session, DocumentNumberRow, rows=[(number.digest(), envelope_id, str(document_id))])


def _earlier_documents(session: ReadSession, enquiry: Enquiry) -> tuple[EarlierDocument, ...]:
    if not enquiry.document_ids:
        return ()
    query = select(_C.envelope_id, _C.document_id, _C.sender, _C.kind).where(
        _C.document_id == any_(texts_of(map(str, enquiry.document_ids))), _C.kind.in_(_DOCUMENT_KINDS)
    )
    found = session.execute(query.order_by(_C.envelope_id)).all()
    ids = [EnvelopeId(row.envelope_id) for row in found]
    updates = updates_of(session, ids)
    redirects = _redirects(session, ids, updates=updates) if enquiry.has_demands else {}
    heirs = (one.target for each in redirects.values() for one in each)
    recipients = _recipients(session, ids, updates=updates, parties=(*enquiry.parties, *heirs))
    return tuple(
        EarlierDocument(
            envelope_id=EnvelopeId(row.envelope_id),
            document_id=DocumentId(row.document_id or ""),
            sender=OrganId(row.sender),
            recipients=frozenset(recipients.get(EnvelopeId(row.envelope_id), ())),
            is_operation=row.kind == SubmissionKind.OPERATION.value,
            redirects=tuple(redirects.get(EnvelopeId(row.envelope_id), ())),
        )
        for row in found
    )


def _redirects(
    session: ReadSession, envelope_ids: Sequence[EnvelopeId], *, updates: Mapping[EnvelopeId, EnvelopeId]
) -> dict[EnvelopeId, list[Redirect]]:
    """Return which deliveries of each message, and of the updates that carry it, were given to others."""
    redirects: dict[EnvelopeId, list[Redirect]] = {}
    for envelope_id, redirect in redirects_of(session, [*envelope_ids, *updates]):
        for carried in {envelope_id, updates.get(envelope_id, envelope_id)}:
            redirects.setdefault(carried, []).append(redirect)
    return redirects


def _recipients(
    session: ReadSession,
    envelope_ids: Sequence[EnvelopeId],
    *,
    updates: Mapping[EnvelopeId, EnvelopeId],
    parties: Iterable[OrganId],
) -> dict[EnvelopeId, list[OrganId]]:
    """Return which of the parties each message was routed to; who got an update of a document has the document."""
    recipients: dict[EnvelopeId, list[OrganId]] = {}
    if not envelope_ids:
        return recipients
    row = table_of(DeliveryRow).c
    query = select(row.envelope_id, row.recipient).where(
        row.envelope_id == any_(ids_of({*envelope_ids, *updates})),
        row.recipient == any_(texts_of(map(str, parties))),
        row.id >= least_descendant(min(envelope_ids)),
    )
    for found, recipient in session.execute(query):
        envelope_id = EnvelopeId(found)
        for carried in {envelope_id, updates.get(envelope_id, envelope_id)}:
            recipients.setdefault(carried, []).append(OrganId(recipient))
    return recipients
