"""What is to be done about a signature of which not all is known: where the message passed, and where it did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from axis.exchange.explaining import explained, summarized
from axis.exchange.explaining_words import FOR_THE_REASONS, UNASKABLE, WAITING
from axis.exchange.judgements import Judgement, judgement_of
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Reason
from envelopes.evidence_signatures import SenderSignature, SignatureIndication
from signing.statuses import Doubt
from signing.verdict import FailureCode
from tests.axis.exchange.judged import AT, good, judged, stamp, unknown, with_stamps
from tests.envelopes.evidence_samples import acceptance

UNKNOWN = FailureCode.REVOCATION_UNKNOWN
STAMPED = AT - timedelta(hours=3)


def told(judgement: Judgement) -> tuple[str, str]:
    vi, en = zip(*explained(judgement), strict=True)
    return " ".join(vi), " ".join(en)


def test_a_signature_that_was_not_why_the_message_was_refused_is_not_blamed() -> None:
    judgement = replace(judged(unknown(Doubt.NO_EVIDENCE), code=UNKNOWN, is_refused=True), is_reason=False)
    vi, en = told(judgement)
    assert "chưa kết luận được là hợp lệ, nhưng đó không phải lý do gói tin bị từ chối." in vi
    assert "cannot be called valid yet; this was not why the package was refused." in en
    assert "không được công nhận" not in vi
    assert "is not accepted" not in en
    assert f"Cần làm: {FOR_THE_REASONS[0]}" in vi
    assert UNKNOWN.value in vi, "the state itself is told all the same"
    blamed = told(judged(unknown(Doubt.NO_EVIDENCE), code=UNKNOWN, is_refused=True))[1]
    assert "is not accepted." in blamed


def test_a_code_in_a_file_is_not_the_packages_own_signature() -> None:
    unknown_yet = SenderSignature(SignatureIndication.INDETERMINATE, "TRY_LATER", UNKNOWN.value)
    for place, is_reason in (("edXMLHeader/Signature", True), ("Attachment[1]/Signature[person]", False)):
        refused = replace(
            acceptance(),
            type=EvidenceType.SUBMISSION_REJECTION,
            sender_signature=unknown_yet,
            reasons=(Reason(UNKNOWN.value, "Chưa rõ.", "Not known.", place=place),),
        )
        judgement = judgement_of(refused)
        assert judgement is not None
        assert judgement.is_reason is is_reason


def test_what_was_let_pass_waits_for_the_authority_and_what_was_refused_is_sent_again() -> None:
    doubt = unknown(Doubt.NO_EVIDENCE)
    assert WAITING[0] in told(judged(doubt, code=UNKNOWN))[0]
    assert WAITING[0] not in told(judged(doubt, code=UNKNOWN, is_refused=True))[0]


def test_an_authority_of_a_stamp_is_waited_for_where_it_can_be_asked() -> None:
    for doubt, words in ((Doubt.NO_EVIDENCE, WAITING), (Doubt.NO_SOURCE, UNASKABLE)):
        on_stamp = stamp(STAMPED, unknown(doubt), is_relied_on=True)
        judgement = with_stamps(judged(good(), code=UNKNOWN, proven_at=STAMPED), on_stamp)
        assert [words[language] in told(judgement)[language] for language in (0, 1)] == [True, True]


def test_one_certificate_that_can_be_asked_about_is_waited_for() -> None:
    statuses = (unknown(Doubt.NO_EVIDENCE), unknown(Doubt.NO_SOURCE))
    assert WAITING[1] in told(judged(*statuses, code=UNKNOWN))[1]


def test_a_signer_without_a_name_is_the_sender() -> None:
    vi, en = summarized(replace(judged(), signer=None))
    assert (vi, en) == (
        "Chữ ký số của bên gửi không có lỗi, nhưng chưa kết luận được là hợp lệ.",
        "The signature of the sender holds, but cannot be called valid yet.",
    )
