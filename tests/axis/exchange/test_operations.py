"""Updates of a document, through the whole intake: accepted once, tied to what they update, repeated harmlessly."""

from __future__ import annotations

from dataclasses import replace

from axis.exchange.outcomes import Refusal
from envelopes.codes import BusinessDocType, ReceiverType
from envelopes.identifiers import OrganId
from envelopes.model import Business, Envelope, Organization, Receiver, UpdateInfo
from storage.database.envelopes import get_envelope
from tests.fixtures.exchange import Exchange


def update_of(letter: Envelope, reason: str = "Bổ sung nơi nhận") -> Envelope:
    """Return the update that adds H26.18 to the recipients of a letter."""
    changes = UpdateInfo(
        document_changes=False,
        receivers_change=True,
        receivers=(Receiver(OrganId("H26.18"), ReceiverType.ADDED),),
    )
    business = Business(BusinessDocType.UPDATE, reason, letter.document_id, updates=(changes,))
    recipients = (*letter.recipients, Organization(OrganId("H26.18")))
    return replace(letter, business=business, recipients=recipients)


def test_an_update_is_accepted_once_and_repeats_with_its_own_receipt(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document, update = exchange.accept(letter), exchange.accept(update_of(letter))
    assert not update.is_repeat
    assert update.envelope_id != document.envelope_id
    assert {str(one.organ_id) for one in update.recipients} == {"G22", "H26.18"}
    again = exchange.accept(update_of(letter))
    assert again.is_repeat
    assert (again.envelope_id, again.receipt) == (update.envelope_id, update.receipt)
    assert exchange.accept(letter).receipt == document.receipt
    with exchange.axis.premises.transactions.read() as session:
        stored = get_envelope(session, update.envelope_id)
    assert stored is not None
    assert (stored.business_type, stored.original_id) == (BusinessDocType.UPDATE, document.envelope_id)


def test_different_updates_are_different_operations(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    once, other = update_of(letter), update_of(letter, "Bổ sung căn cứ")
    assert exchange.accept(once).envelope_id != exchange.accept(other).envelope_id
    assert exchange.accept(once).is_repeat


def test_an_update_does_not_warn_of_the_number_of_the_document_it_updates(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    assert "document/duplicate-number" not in {one.code for one in exchange.accept(update_of(letter)).warnings}


def test_nothing_is_updated_that_was_never_accepted(exchange: Exchange) -> None:
    outcome = exchange.submit(update_of(exchange.letter(to=("G22",))))
    assert isinstance(outcome, Refusal)
    assert "business/unknown-target" in {one.code for one in outcome.findings}
