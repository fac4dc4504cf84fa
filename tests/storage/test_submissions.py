"""Who was first, and what is known of earlier messages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine

from envelopes.identifiers import DocumentId, EnvelopeId, OrganId
from routing.enquiries import Enquiry
from routing.identity import DocumentNumber, SubmissionKey, SubmissionKind
from routing.precedents import EarlierDocument, OccupiedKey, Precedents
from storage.database.deliveries import insert_deliveries
from storage.database.engine import EngineLimits, make_engine
from storage.database.envelopes import insert_envelope
from storage.database.submissions import (
    BEARERS_MAX,
    claim_submission_key,
    find_originals,
    find_precedents,
    find_submission,
    record_number,
)
from storage.database.transactions import Transactions, WriteSession
from storage.errors import KeyTaken
from storage.records import AcceptedSubmission
from tests.storage.records import DOCUMENT, RECIPIENT, SENDER, delivery, envelope, new_id, sha256, submission

OTHER = OrganId("G22")
NUMBER = DocumentNumber(SENDER, "7", "ubnd", 2026)


def holder_of(session: WriteSession, record: AcceptedSubmission) -> OccupiedKey | None:
    """Return who else holds the key that was claimed, None where it is this one's."""
    try:
        claim_submission_key(session, record).require()
    except KeyTaken as taken:
        return taken.holder
    return None


def accept(transactions: Transactions, record: AcceptedSubmission) -> AcceptedSubmission:
    with transactions.begin() as session:
        assert holder_of(session, record) is None
    return record


def test_the_first_takes_the_key_and_the_second_is_told_who_has_it(transactions: Transactions) -> None:
    first = accept(transactions, submission())
    with transactions.begin() as session:
        holder = OccupiedKey(first.envelope_id, first.content_digest)
        assert holder_of(session, submission(content_digest=sha256("else"))) == holder
        assert find_submission(session, first.key) == holder


def test_a_key_that_was_rolled_back_is_free(transactions: Transactions) -> None:
    def refuse() -> None:
        with transactions.begin() as session:
            assert holder_of(session, submission()) is None
            raise LookupError

    with pytest.raises(LookupError):
        refuse()
    accept(transactions, submission())


def test_of_twenty_equal_submissions_at_once_one_is_first(engine: Engine) -> None:
    crowd = make_engine(engine.url.render_as_string(), EngineLimits(pool_size=20))
    transactions, together = Transactions(crowd), Barrier(20)

    def submit(_: int) -> tuple[EnvelopeId, bool]:
        record = envelope()
        together.wait(30)
        with transactions.begin() as session:
            holder = holder_of(session, submission(envelope_id=record.envelope_id))
            if holder is None:
                insert_envelope(session, record)
                return record.envelope_id, True
            return holder.envelope_id, False

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(submit, range(20)))
    crowd.dispose()
    assert [is_first for _, is_first in answers].count(True) == 1
    assert len({envelope_id for envelope_id, _ in answers}) == 1


def test_who_waits_for_a_key_gets_it_when_its_holder_fails(transactions: Transactions) -> None:
    claimed, waiting = Event(), Event()

    def fail() -> None:
        with transactions.begin() as session:
            holder_of(session, submission())
            claimed.set()
            assert waiting.wait(30)
            raise LookupError

    def succeed() -> OccupiedKey | None:
        assert claimed.wait(30)
        with transactions.begin() as session:
            waiting.set()
            return holder_of(session, submission())

    with ThreadPoolExecutor(2) as pool:
        failing, succeeding = pool.submit(fail), pool.submit(succeed)
        assert isinstance(failing.exception(30), LookupError)
        assert succeeding.result(30) is None


def test_the_original_of_a_document_is_its_senders_own(transactions: Transactions) -> None:
    mine = accept(transactions, submission())
    theirs = accept(transactions, submission(sender=OTHER))
    operation = SubmissionKey(SubmissionKind.OPERATION, (b"1", b"2"))
    accept(transactions, submission(key=operation))
    with transactions.read() as session:
        assert find_originals(session, [SENDER], document_id=DOCUMENT) == (mine.envelope_id,)
        assert find_originals(session, [OTHER, RECIPIENT, SENDER], document_id=DOCUMENT) == (
            theirs.envelope_id,
            mine.envelope_id,
        )
        assert find_originals(session, [RECIPIENT], document_id=DOCUMENT) == ()
        assert find_originals(session, [SENDER], document_id=DocumentId("else")) == ()


def test_precedents_are_every_document_under_the_id_with_the_parties_asked_for(transactions: Transactions) -> None:
    mine, theirs = accept(transactions, submission()), accept(transactions, submission(sender=OTHER))
    update = accept(transactions, submission(key=SubmissionKey(SubmissionKind.OPERATION, (b"update",))))
    status = SubmissionKey(SubmissionKind.STATUS, (b"status",))
    accept(transactions, submission(key=status))
    accept(transactions, submission("another"))
    with transactions.begin() as session:
        insert_deliveries(
            session,
            [
                delivery(mine.envelope_id, recipient=RECIPIENT),
                delivery(mine.envelope_id, recipient=OrganId("Z01")),
                delivery(theirs.envelope_id, recipient=SENDER),
            ],
        )
    enquiry = Enquiry(key=mine.key, document_ids=(DOCUMENT,), parties=(SENDER, RECIPIENT))
    with transactions.read() as session:
        assert find_precedents(session, enquiry) == Precedents(
            existing=OccupiedKey(mine.envelope_id, mine.content_digest),
            documents=(
                EarlierDocument(mine.envelope_id, DOCUMENT, SENDER, frozenset({RECIPIENT})),
                EarlierDocument(theirs.envelope_id, DOCUMENT, OTHER, frozenset({SENDER})),
                EarlierDocument(update.envelope_id, DOCUMENT, SENDER, frozenset(), is_operation=True),
            ),
        )


def test_there_are_no_precedents_for_what_is_new(transactions: Transactions) -> None:
    enquiry = Enquiry(key=submission().key, document_ids=(DOCUMENT,), number=NUMBER, parties=(SENDER,))
    with transactions.read() as session:
        assert find_precedents(session, enquiry) == Precedents()
        assert find_precedents(session, Enquiry(key=None)) == Precedents()


def test_a_number_that_was_used_before_is_found_with_all_who_bear_it(transactions: Transactions) -> None:
    bearers = [DocumentId("first"), DocumentId("second")]
    with transactions.begin() as session:
        for document_id in bearers:
            record_number(session, NUMBER, envelope_id=EnvelopeId(new_id()), document_id=document_id)
    with transactions.read() as session:
        assert find_precedents(session, Enquiry(key=None, number=NUMBER)).same_number == tuple(bearers)
        other_year = DocumentNumber(SENDER, "7", "ubnd", 2027)
        assert find_precedents(session, Enquiry(key=None, number=other_year)).same_number == ()


def test_of_very_many_documents_with_one_number_the_first_few_are_told(transactions: Transactions) -> None:
    bearers = [DocumentId(f"d-{number:03}") for number in range(BEARERS_MAX + 5)]
    with transactions.begin() as session:
        for document_id in bearers:
            record_number(session, NUMBER, envelope_id=EnvelopeId(new_id()), document_id=document_id)
    with transactions.glance() as session:
        assert find_precedents(session, Enquiry(key=None, number=NUMBER)).same_number == tuple(bearers[:BEARERS_MAX])
