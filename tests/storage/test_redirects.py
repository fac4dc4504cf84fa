"""What is kept of redirects and successions, and how what waits at closed agencies is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from envelopes.codes import StatusCode
from envelopes.identifiers import OrganId
from routing.enquiries import Enquiry
from routing.lifecycle import DeliveryState
from routing.precedents import Redirect
from storage.database.deliveries import (
    deliveries_of,
    deliveries_to,
    find_records,
    get_delivery_record,
    insert_deliveries,
    lock_records,
    recipients_waiting,
    redirects_of,
    waiting_deliveries,
)
from storage.database.envelopes import get_envelope, insert_envelope, statuses_about
from storage.database.submissions import claim_submission_key, find_precedents
from storage.database.transactions import Transactions
from storage.records import DeliveryRecord
from tests.fixtures.postgres import MOMENT
from tests.storage.records import DOCUMENT, MINUTE, RECIPIENT, delivery, envelope, lease, submission

HEIR, OTHER = OrganId("G22.1"), OrganId("G22.2")


def keep(transactions: Transactions, *records: DeliveryRecord) -> None:
    with transactions.begin() as session:
        insert_deliveries(session, records)


def redirected(former: DeliveryRecord, to: OrganId = HEIR, **changes: object) -> DeliveryRecord:
    """Return a delivery that was made instead of another one."""
    made = delivery(former.delivery.envelope_id)
    return DeliveryRecord(
        replace(made.delivery, recipient=to, **changes),  # type: ignore[arg-type]
        former.asked_as,
        former.delivery.delivery_id,
    )


def test_a_delivery_keeps_where_it_came_from(transactions: Transactions) -> None:
    former = delivery(state=DeliveryState.WITHDRAWN, due_at=None, final_at=MOMENT)
    latter = redirected(former)
    keep(transactions, former, latter)
    ids = [former.delivery.delivery_id, latter.delivery.delivery_id]
    with transactions.begin() as session:
        assert get_delivery_record(session, ids[1]) == latter
        assert set(find_records(session, ids)) == {former, latter}
        assert lock_records(session, ids[::-1]) == (former, latter)
        assert deliveries_of(session, former.delivery.envelope_id) == (former, latter)
        assert deliveries_to(session, HEIR, envelopes=(former.delivery.envelope_id,)) == (latter.delivery,)
        assert redirects_of(session, (former.delivery.envelope_id,)) == (
            (former.delivery.envelope_id, Redirect(RECIPIENT, HEIR)),
        )
        assert redirects_of(session, ()) == ()


def test_what_waits_is_found_by_its_recipient_urgent_first(transactions: Transactions) -> None:
    plain, urgent, other = delivery(), delivery(priority_rank=3), delivery(recipient=OTHER)
    keep(transactions, plain, urgent, other)
    with transactions.read() as session:
        found = recipients_waiting(session, (HEIR, RECIPIENT, OTHER), now=MOMENT)
        assert found == tuple(sorted((RECIPIENT, OTHER), key=str))
        assert recipients_waiting(session, (), now=MOMENT) == ()
        first = waiting_deliveries(session, RECIPIENT, now=MOMENT, after=None, limit=1)
        assert first == (urgent.delivery,)
        assert waiting_deliveries(session, RECIPIENT, now=MOMENT, after=first[0], limit=9) == (plain.delivery,)
        assert waiting_deliveries(session, RECIPIENT, now=MOMENT, after=plain.delivery, limit=9) == ()


def test_what_is_in_hand_fetched_held_or_over_does_not_wait(transactions: Transactions) -> None:
    keep(
        transactions,
        delivery(lease=lease(MOMENT + 5 * MINUTE)),
        delivery(fetched_at=MOMENT),
        delivery(state=DeliveryState.HELD, held_from=DeliveryState.CONSIGNED),
        delivery(state=DeliveryState.HANDED_OVER, due_at=None, final_at=MOMENT),
    )
    with transactions.read() as session:
        assert recipients_waiting(session, (RECIPIENT,), now=MOMENT) == ()
        later = MOMENT + timedelta(hours=1)
        assert recipients_waiting(session, (RECIPIENT,), now=later) == (RECIPIENT,)
        assert len(waiting_deliveries(session, RECIPIENT, now=later, after=None, limit=9)) == 1


def test_what_waits_is_found_by_its_index(transactions: Transactions) -> None:
    keep(transactions, *(delivery(recipient=OTHER) for _ in range(3_000)), delivery())
    with transactions.begin() as session:
        session.execute(text("ANALYZE deliveries"))
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            session.scalars(
                text(
                    "EXPLAIN SELECT asked FROM unnest(ARRAY['H41.21', 'G22.9']) AS asked WHERE EXISTS (SELECT 1 FROM"
                    " deliveries WHERE recipient = asked AND state = 'consigned' AND fetched_at IS NULL)"
                )
            )
        )
    assert "recipient_priority_rank" in plan or "waiting" in plan, plan


def test_a_status_is_found_by_who_it_was_said_for(transactions: Transactions) -> None:
    document = envelope()
    said = envelope(
        business_type=None,
        status_code=StatusCode.RECEIVED,
        sender=HEIR,
        spoken_for=RECIPIENT,
        original_id=document.envelope_id,
    )
    with transactions.begin() as session:
        insert_envelope(session, document)
        insert_envelope(session, said)
        assert get_envelope(session, said.envelope_id) == said
        for speaker, found in ((HEIR, 1), (RECIPIENT, 1), (OTHER, 0)):
            assert len(statuses_about(session, document.envelope_id, speakers=(speaker,))) == found
        (line,) = statuses_about(session, document.envelope_id)
    assert (line.sender, line.spoken_for) == (HEIR, RECIPIENT)


def test_who_was_given_a_delivery_is_a_party_where_something_is_asked_back(transactions: Transactions) -> None:
    document = envelope()
    former = delivery(document.envelope_id, state=DeliveryState.WITHDRAWN, due_at=None, final_at=MOMENT)
    latter = redirected(former)
    with transactions.begin() as session:
        claim_submission_key(session, submission(envelope_id=document.envelope_id)).require()
        insert_envelope(session, document)
        insert_deliveries(session, (former, latter))
        enquiry = Enquiry(None, (DOCUMENT,), parties=(RECIPIENT,))
        (plain,) = find_precedents(session, enquiry).documents
        (asking,) = find_precedents(session, replace(enquiry, has_demands=True)).documents
    assert (plain.recipients, plain.redirects) == (frozenset({RECIPIENT}), ())
    assert (asking.recipients, asking.redirects) == (frozenset({RECIPIENT, HEIR}), (Redirect(RECIPIENT, HEIR),))
