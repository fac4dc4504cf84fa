"""What is known by now: the acceptance, and what became known since, in the order in which it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from axis.exchange.document_facts import details_of
from axis.inquiry.verdicts import judgement_by_now
from envelopes.evidence import Evidence
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentWorth,
    FileVerdict,
    RevocationState,
    SignatureIndication,
)
from envelopes.evidence_writer import write_evidence
from routing.events import EventTag
from signing.statuses import Doubt
from storage.records import EventRecord, EvidenceRecord, JsonObject
from tests.axis.exchange.judged import AT, documents, file_signature, unknown
from tests.envelopes.evidence_samples import acceptance
from tests.storage.records import event, evidence

DOUBTED = unknown(Doubt.NO_EVIDENCE)


def kept(said: Evidence | None = None) -> EvidenceRecord:
    """Return the acceptance of a message whose signer's certificate was not known of, as it is kept."""
    made = said or acceptance()
    signature, validation = made.sender_signature, made.validation
    assert signature is not None
    assert validation is not None
    marked = replace(
        made,
        sender_signature=replace(
            signature,
            indication=SignatureIndication.INDETERMINATE,
            sub_indication="TRY_LATER",
            verdict="signature/revocation-unknown",
        ),
        validation=replace(validation, revocation="unknown", statuses=(DOUBTED,)),
    )
    return replace(evidence(event().event_id), octets=write_evidence(marked))


def completed(state: RevocationState) -> EventRecord:
    """Return the event of a state that became known."""
    said = CertificateStatus(DOUBTED.certificate, state)
    details: JsonObject = {
        "statuses": [
            {
                "certificate": str(said.certificate),
                "state": said.state.value,
                "source": "ocsp",
                "reason": "key_compromise" if state is RevocationState.REVOKED else None,
                "evidence": str(said.certificate),
                "this_update": AT.isoformat(),
                "next_update": None,
                "revoked_at": AT.isoformat() if state is RevocationState.REVOKED else None,
            }
        ]
    }
    return event(tag=EventTag.SIGNATURE_JUDGED, details=details)


def appraised(worth: DocumentWorth) -> EventRecord:
    """Return the event of judged documents."""
    file = FileVerdict(1, worth, None, (file_signature(),))
    return event(tag=EventTag.DOCUMENT_JUDGED, details=details_of(documents(worth, file)))


def test_nothing_known_since_is_what_was_accepted() -> None:
    judgement = judgement_by_now(kept(), ())
    assert judgement is not None
    assert (judgement.signature.verdict, judgement.documents) == ("signature/revocation-unknown", None)


@pytest.mark.parametrize(
    ("state", "code"),
    [(RevocationState.GOOD, None), (RevocationState.REVOKED, "signature/certificate-revoked")],
)
def test_what_became_known_takes_the_place_of_what_was_unknown(state: RevocationState, code: str | None) -> None:
    judgement = judgement_by_now(kept(), (completed(state),))
    assert judgement is not None
    assert (judgement.signature.verdict, judgement.validation.revocation) == (code, state.value)
    assert [one.state for one in judgement.validation.statuses] == [state]


def test_signature_and_documents_are_told_together_whichever_was_judged_first() -> None:
    events = (completed(RevocationState.GOOD), appraised(DocumentWorth.PERSON_AND_AGENCY))
    for order in (events, events[::-1]):
        judgement = judgement_by_now(kept(), order)
        assert judgement is not None
        assert judgement.signature.indication is SignatureIndication.TOTAL_PASSED
        assert judgement.documents is not None
        assert judgement.documents.worth is DocumentWorth.PERSON_AND_AGENCY


def test_the_last_judgement_of_documents_counts() -> None:
    events = (appraised(DocumentWorth.AGENCY_ONLY), appraised(DocumentWorth.BROKEN))
    judgement = judgement_by_now(kept(), events)
    assert judgement is not None
    assert judgement.documents is not None
    assert judgement.documents.worth is DocumentWorth.BROKEN


@pytest.mark.parametrize(
    "strange",
    [
        event(tag=EventTag.SIGNATURE_JUDGED, details={}),
        event(tag=EventTag.SIGNATURE_JUDGED, details={"statuses": [{"state": "good"}]}),
        event(tag=EventTag.DOCUMENT_JUDGED, details={"time": AT.isoformat()}),
        event(tag=EventTag.DOCUMENT_JUDGED, details={"time": "now", "worth": "unsigned", "files": []}),
    ],
)
def test_an_event_that_says_nothing_changes_nothing(strange: EventRecord) -> None:
    events = (strange, completed(RevocationState.GOOD))
    assert judgement_by_now(kept(), events) == judgement_by_now(kept(), events[1:])


def test_an_acceptance_that_cannot_be_read_leaves_the_trace_without() -> None:
    assert judgement_by_now(replace(kept(), octets=b"<Evidence/>"), ()) is None


def test_what_is_known_is_of_the_moment_at_which_the_signature_existed() -> None:
    said = replace(acceptance(), submission_time=AT - timedelta(days=1))
    judgement = judgement_by_now(kept(said), (completed(RevocationState.GOOD),))
    assert judgement is not None
    assert judgement.existed_at == AT - timedelta(days=1)
