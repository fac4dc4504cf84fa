"""What storage is asked before a submission is judged."""

from __future__ import annotations

import pytest

from envelopes.codes import StatusCode
from envelopes.identifiers import DocumentId
from envelopes.model import Business
from routing.enquiries import enquire_document, enquire_status
from routing.identity import document_number, key_of_document, key_of_status
from tests.routing.examples import digest, envelope, organ, organs, recall, replacement, status, update

CONTENT = digest("content")


def test_a_new_document_asks_for_its_key_and_its_number() -> None:
    message = envelope()
    enquiry = enquire_document(organ("H26"), message, content_digest=CONTENT)
    assert enquiry.key == key_of_document(organ("H26"), message, content_digest=CONTENT)
    assert enquiry.number == document_number(organ("H26"), message)
    assert (enquiry.document_ids, enquiry.parties) == ((), organs("H26"))


@pytest.mark.parametrize("business", [recall("vb-1"), update("vb-1")])
def test_an_operation_asks_for_its_target_and_for_no_number(business: Business) -> None:
    enquiry = enquire_document(organ("H26"), envelope(name="vb-9", business=business), content_digest=CONTENT)
    assert enquiry.document_ids == (DocumentId("vb-1"),)
    assert enquiry.number is None


def test_a_replacement_asks_for_each_target_once() -> None:
    message = envelope(name="vb-9", business=replacement("vb-1", "vb-2", None, "vb-1"))
    enquiry = enquire_document(organ("H26"), message, content_digest=CONTENT)
    assert enquiry.document_ids == (DocumentId("vb-1"), DocumentId("vb-2"))
    assert enquiry.number is not None


def test_a_message_without_an_id_has_no_key_to_ask_for() -> None:
    assert enquire_document(organ("H26"), envelope(name=None), content_digest=CONTENT).key is None


def test_a_status_asks_for_its_document_and_both_parties() -> None:
    report = status("H41", StatusCode.RECEIVED, to="H26")
    enquiry = enquire_status(organ("H41"), report, addressee=organ("H26"))
    assert enquiry.key == key_of_status(organ("H41"), report, addressee=organ("H26"))
    assert enquiry.document_ids == (DocumentId("vb-1"),)
    assert enquiry.parties == organs("H41", "H26")


def test_a_status_to_nobody_and_about_nothing_asks_for_little() -> None:
    enquiry = enquire_status(organ("H41"), status("H41", StatusCode.RECEIVED, to=None, about=None), addressee=None)
    assert (enquiry.key, enquiry.document_ids, enquiry.parties) == (None, (), organs("H41"))
