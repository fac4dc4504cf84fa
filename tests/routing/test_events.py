"""The catalogue of events is closed, keeps its grammar, and says what evidence each event owes."""

from __future__ import annotations

import re

import pytest

from envelopes.evidence import EvidenceType
from routing.events import EVENTS, EventTag, evidence_owed

GRAMMAR = re.compile(r"[a-z]+\.(?:[a-z]+_)*(?:[a-z]+ed|held|withdrawn)(?:_over)?")


@pytest.mark.parametrize("tag", EventTag)
def test_every_event_keeps_the_grammar_and_has_words_in_both_languages(tag: EventTag) -> None:
    assert GRAMMAR.fullmatch(tag)
    assert EVENTS[tag].vi.strip()
    assert EVENTS[tag].en.strip()
    assert EVENTS[tag].vi != EVENTS[tag].en


def test_the_catalogue_is_complete() -> None:
    assert set(EVENTS) == set(EventTag)


def test_documents_owe_the_evidence_of_the_standard() -> None:
    owed = {tag: evidence_owed(tag, is_status=False) for tag in EventTag if evidence_owed(tag, is_status=False)}
    assert owed == {
        EventTag.ENVELOPE_ACCEPTED: EvidenceType.SUBMISSION_ACCEPTANCE,
        EventTag.ENVELOPE_REFUSED: EvidenceType.SUBMISSION_REJECTION,
        EventTag.STATUS_ACCEPTED: EvidenceType.SUBMISSION_ACCEPTANCE,
        EventTag.STATUS_REFUSED: EvidenceType.SUBMISSION_REJECTION,
        EventTag.SIGNATURE_JUDGED: EvidenceType.SIGNATURE_VALIDATION,
        EventTag.DOCUMENT_JUDGED: EvidenceType.SIGNATURE_VALIDATION,
        EventTag.CARRIAGE_REFUSED: EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
        EventTag.CARRIAGE_EXPIRED: EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
        EventTag.CARRIAGE_ENDED: EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
        EventTag.DELIVERY_CONSIGNED: EvidenceType.CONTENT_CONSIGNMENT,
        EventTag.DELIVERY_REDIRECTED: EvidenceType.CONTENT_WITHDRAWAL,
        EventTag.DELIVERY_FORWARDED: EvidenceType.CONTENT_WITHDRAWAL,
        EventTag.DELIVERY_HANDED_OVER: EvidenceType.CONTENT_HANDOVER,
        EventTag.DELIVERY_REFUSED: EvidenceType.CONTENT_HANDOVER_FAILURE,
        EventTag.DELIVERY_EXPIRED: EvidenceType.CONTENT_HANDOVER_FAILURE,
        EventTag.DELIVERY_ENDED: EvidenceType.CONTENT_HANDOVER_FAILURE,
        EventTag.DELIVERY_WITHDRAWN: EvidenceType.CONTENT_WITHDRAWAL,
        EventTag.NOTIFICATION_DELIVERED: EvidenceType.CONSIGNMENT_NOTIFICATION,
        EventTag.NOTIFICATION_REFUSED: EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE,
        EventTag.NOTIFICATION_EXPIRED: EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE,
        EventTag.RECALL_AGREED: EvidenceType.RECALL_AGREEMENT,
        EventTag.RECALL_DECLINED: EvidenceType.RECALL_REFUSAL,
    }


def test_a_status_gets_one_receipt_and_no_evidence_of_its_way() -> None:
    owed = {tag: evidence_owed(tag, is_status=True) for tag in EventTag if evidence_owed(tag, is_status=True)}
    assert owed == {
        EventTag.STATUS_ACCEPTED: EvidenceType.SUBMISSION_ACCEPTANCE,
        EventTag.STATUS_REFUSED: EvidenceType.SUBMISSION_REJECTION,
        EventTag.SIGNATURE_JUDGED: EvidenceType.SIGNATURE_VALIDATION,
    }
