"""What evidence can be made at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.errors import InvalidModel
from envelopes.evidence import EvidenceType, SealedEvidence
from envelopes.evidence_facts import (
    AttachmentDigest,
    Decision,
    Digest,
    DigestMethod,
    KeptAcknowledgement,
    Message,
    MessageKind,
    Reason,
    RecipientDecision,
    carriable,
)
from envelopes.evidence_reader import read_evidence
from envelopes.evidence_signatures import SenderSignature, SignatureIndication
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import DeliveryId, DocumentId, EvidenceId
from envelopes.limits import ACKNOWLEDGEMENT_BYTES_MAX
from envelopes.texts import is_carried_unchanged
from tests.envelopes.evidence_samples import acceptance, handover


def test_events_of_the_standard_and_our_own_have_their_own_namespaces() -> None:
    assert EvidenceType.CONTENT_HANDOVER.uri == "http://uri.etsi.org/19522/Event/ContentHandover"
    assert EvidenceType.RELAY_TO_NON_ERDS.uri == "http://uri.etsi.org/19522/Event/RelayToNonERDS"
    assert EvidenceType.CONTENT_WITHDRAWAL.uri == "urn:axis:evidence:1:event:ContentWithdrawal"


@pytest.mark.parametrize("kind", EvidenceType)
def test_each_type_is_found_by_its_uri(kind: EvidenceType) -> None:
    assert EvidenceType.from_uri(kind.uri) is kind


def test_a_uri_of_another_event_is_no_type() -> None:
    with pytest.raises(ValueError, match="not an event"):
        EvidenceType.from_uri("http://uri.etsi.org/19522/Event/ContentWithdrawal")


@pytest.mark.parametrize("kind", [kind for kind in EvidenceType if kind.is_negative])
def test_negative_evidence_must_say_why(kind: EvidenceType) -> None:
    with pytest.raises(InvalidModel, match="says why"):
        replace(handover(), type=kind, reasons=())


@pytest.mark.parametrize("kind", [kind for kind in EvidenceType if kind.is_per_delivery])
def test_evidence_about_a_delivery_names_one_recipient_and_the_delivery(kind: EvidenceType) -> None:
    one = replace(handover(), type=kind, reasons=acceptance().reasons)
    with pytest.raises(InvalidModel, match="one recipient"):
        replace(one, recipients=one.recipients * 2)
    with pytest.raises(InvalidModel, match="one recipient"):
        replace(one, message=replace(one.message, delivery_id=None))


def test_a_handover_without_the_recipients_word_cannot_be_made() -> None:
    with pytest.raises(InvalidModel, match="acknowledgement"):
        replace(handover(), acknowledgement=None)


def test_a_handover_to_a_client_that_cannot_sign_is_marked() -> None:
    assert replace(handover(), acknowledgement=KeptAcknowledgement(None)).acknowledgement == KeptAcknowledgement(None)


def test_an_acceptance_says_what_was_decided_for_every_recipient() -> None:
    accepted = acceptance()
    undecided = replace(accepted.recipients[1], decision=None)
    with pytest.raises(InvalidModel, match="every recipient"):
        replace(accepted, recipients=(accepted.recipients[0], undecided))
    with pytest.raises(InvalidModel, match="every recipient"):
        replace(accepted, recipients=())


@pytest.mark.parametrize("field", ["content", "submission_time"])
def test_an_acceptance_names_what_was_accepted_and_when(field: str) -> None:
    with pytest.raises(InvalidModel, match="an acceptance names"):
        replace(acceptance(), **{field: None})  # type: ignore[arg-type]


def test_evidence_is_identified_by_a_time_ordered_uuid() -> None:
    with pytest.raises(InvalidModel, match="UUIDv7"):
        replace(acceptance(), identifier=EvidenceId(UUID("01938f00-0000-4000-8000-000000000001")))


@pytest.mark.parametrize("field", ["event_time", "issue_time", "submission_time"])
def test_times_are_aware_and_in_milliseconds(field: str) -> None:
    finer = acceptance().event_time + timedelta(microseconds=1)
    for moment in (finer, datetime(2026, 11, 20)):  # noqa: DTZ001
        with pytest.raises(InvalidModel, match="milliseconds"):
            replace(acceptance(), **{field: moment})  # type: ignore[arg-type]


def test_a_digest_has_the_length_of_its_method() -> None:
    assert [method.width for method in DigestMethod] == [32, 48, 64]
    with pytest.raises(InvalidModel):
        Digest(DigestMethod.SHA384, bytes(32))


def test_sealed_evidence_knows_its_own_digest_and_refuses_another() -> None:
    assert SealedEvidence.of(b"sealed").digest == Digest.sha256(b"sealed")
    with pytest.raises(InvalidModel):
        SealedEvidence(b"sealed", Digest.sha256(b"other"))


def test_only_an_accepted_recipient_has_a_delivery() -> None:
    delivery = DeliveryId(UUID(int=1))
    with pytest.raises(InvalidModel):
        RecipientDecision(Decision.ACCEPTED)
    with pytest.raises(InvalidModel):
        RecipientDecision(Decision.MERGED, delivery)
    with pytest.raises(InvalidModel):
        RecipientDecision(Decision.REFUSED)


def test_a_passed_signature_has_no_failure_and_any_other_has_one() -> None:
    with pytest.raises(InvalidModel):
        SenderSignature(SignatureIndication.TOTAL_PASSED, verdict="signature/altered")
    with pytest.raises(InvalidModel):
        SenderSignature(SignatureIndication.INDETERMINATE)


def test_of_an_unverified_message_nothing_it_says_is_attested() -> None:
    assert Message(MessageKind.UNVERIFIED).code is None
    with pytest.raises(InvalidModel):
        Message(MessageKind.UNVERIFIED, code="0")
    with pytest.raises(InvalidModel):
        Message(MessageKind.UNVERIFIED, document_id=DocumentId("H51.15,12"))


@pytest.mark.parametrize("code", ["", " a", "mã", "a b", "x" * 201])
def test_a_reason_code_is_a_stable_name(code: str) -> None:
    with pytest.raises(InvalidModel):
        Reason(code=code, vi="vì", en="because")


@pytest.mark.parametrize("jws", ["", "a.b", "a.b.c.d", "a.b.c=", "a..c", f"a.b.{'c' * ACKNOWLEDGEMENT_BYTES_MAX}"])
def test_an_acknowledgement_is_a_compact_jws(jws: str) -> None:
    with pytest.raises(InvalidModel):
        KeptAcknowledgement(jws)


def test_evidence_keeps_every_acknowledgement_that_the_door_takes() -> None:
    jws = "a.b.".ljust(ACKNOWLEDGEMENT_BYTES_MAX, "c")
    evidence = replace(handover(), acknowledgement=KeptAcknowledgement(jws))
    assert read_evidence(write_evidence(evidence)).acknowledgement == KeptAcknowledgement(jws)


def test_sizes_are_counts_of_octets() -> None:
    for size in (-1, 2**53 + 1):
        with pytest.raises(InvalidModel):
            AttachmentDigest("1", "a.pdf", size, "application/pdf", Digest.sha256(b""))


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_foreign_text_becomes_one_that_evidence_carries(foreign: str) -> None:
    text = carriable(foreign)
    assert text is None or is_carried_unchanged(text)


def test_a_foreign_text_that_is_in_order_stays_as_it_is() -> None:
    assert carriable("CN=Sở Tài chính\nO=H51") == "CN=Sở Tài chính\nO=H51"
    assert carriable(" \t ") is None
    assert carriable("a\x00b") == "a\ufffdb"
