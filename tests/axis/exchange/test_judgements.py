"""What evidence and verdicts say of a signature and of documents, as one value and as JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from axis.exchange.explaining import explained
from axis.exchange.judgements import judgement_document, judgement_of, judgement_on
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Digest, Reason
from envelopes.evidence_signatures import (
    DocumentWorth,
    FileSignatureKind,
    FileVerdict,
    RevocationState,
    SignatureIndication,
    SigningCertificate,
)
from signing.statuses import Doubt, RevocationStatus, Source
from signing.statuses import RevocationState as KnownState
from signing.verdict import RevocationFindings, SignatureLevel
from tests.axis.exchange.judged import (
    AT,
    documents,
    file_signature,
    good,
    judged,
    revoked,
    stamp,
    unknown,
    with_stamps,
)
from tests.envelopes.evidence_samples import acceptance, handover
from tests.signing.pki import MOMENT
from tests.signing.xml.packages import judge, signed


def test_evidence_that_only_follows_is_not_explained() -> None:
    assert judgement_of(handover()) is None


def test_an_acceptance_is_explained_with_its_sender_and_its_time() -> None:
    judgement = judgement_of(acceptance())
    assert judgement is not None
    assert (judgement.signer, judgement.existed_at, judgement.is_refused) == (
        "Sở Tài chính",
        acceptance().submission_time,
        False,
    )
    document = judgement_document(judgement)
    assert (document["indication"], document["code"], document["documents"]) == ("TOTAL-PASSED", None, None)


def test_a_rejection_waits_for_nothing() -> None:
    refused = replace(
        acceptance(),
        type=EvidenceType.SUBMISSION_REJECTION,
        reasons=(Reason("recipient/none-left", "Không còn bên nhận.", "No recipient is left."),),
    )
    judgement = judgement_of(refused)
    assert judgement is not None
    assert judgement.is_refused
    assert not judgement.is_reason, "the signature was not why"


def test_a_verdict_that_no_axis_sealed_is_told_in_the_same_words() -> None:
    verdict = judge(signed())
    assert verdict.facts is not None
    signer = verdict.facts.path.signer
    (first, *rest) = explained(judgement_on(verdict))
    assert first[0].startswith(f"Chữ ký số của {signer.common_name}, ký lúc ")
    assert "Chưa xét việc thu hồi chứng thư số." in [vi for vi, _ in rest]
    known = RevocationStatus(KnownState.GOOD, Source.OCSP, MOMENT, evidence=b"e" * 32)
    asked = replace(verdict, revocation=RevocationFindings(((signer, known),), MOMENT))
    assert "chứng thư số còn hiệu lực lúc" in explained(judgement_on(asked))[0][0]


def test_a_verdict_that_refuses_is_told_too() -> None:
    judgement = judgement_on(judge(signed().replace(b"OrganId>H26", b"OrganId>H27")))
    assert judgement.is_refused
    assert "không hợp lệ." in explained(judgement)[0][0]


def test_json_holds_every_state_with_the_digest_of_its_evidence() -> None:
    document = judgement_document(judged(good(), replace(revoked(), is_supplied=True)))
    assert document["statuses"] == [
        {
            "certificate": str(Digest.sha256(b"certificate")),
            "state": "good",
            "source": "ocsp",
            "this_update": AT - timedelta(minutes=41),
            "next_update": AT - timedelta(minutes=41) + timedelta(hours=8),
            "revoked_at": None,
            "reason": None,
            "evidence": str(Digest.sha256(b"answer")),
            "supplied_by_signer": False,
        },
        {
            "certificate": str(Digest.sha256(b"certificate")),
            "state": "revoked",
            "source": "crl",
            "this_update": AT - timedelta(minutes=41),
            "next_update": AT - timedelta(minutes=41) + timedelta(hours=8),
            "revoked_at": AT - timedelta(days=2),
            "reason": "key_compromise",
            "evidence": str(Digest.sha256(b"answer")),
            "supplied_by_signer": True,
        },
    ]
    assert (document["level"], document["proven_at"], document["judged_at"]) == (SignatureLevel.B_B, None, AT)


def test_json_holds_every_time_stamp_with_the_states_of_its_authority() -> None:
    judgement = with_stamps(judged(good()), stamp(AT, unknown(Doubt.NO_EVIDENCE), is_relied_on=True), stamp(AT))
    told: Any = judgement_document(judgement)["timestamps"]
    relied, bare = told
    assert (relied["time"], relied["token"], relied["relied_on"]) == (AT, str(Digest.sha256(b"token")), True)
    assert [(one["state"], one["reason"]) for one in relied["statuses"]] == [("unknown", "no-evidence")]
    assert (bare["statuses"], bare["relied_on"]) == ([], False)


INSIDE = file_signature(
    "pdf/changed",
    kind=FileSignatureKind.SIGNATURE,
    signer="Nguyễn Văn A",
    subfilter="ETSI.CAdES.detached",
    algorithm="sha256_ecdsa",
    coverage="revision",
    changes="OTHER",
    docmdp="NO_CHANGES",
    stamp="trusted",
    stamp_authority=SigningCertificate(Digest.sha256(b"tsa"), "CN=TSA", 7),
    stamp_revocation=RevocationState.UNKNOWN,
    anchor=Digest.sha256(b"anchor"),
    statuses=(good(),),
)


def test_json_holds_every_file_with_its_signatures() -> None:
    files = FileVerdict(1, DocumentWorth.BROKEN, None, (INSIDE,), doubts=("authenticity/other-name",))
    document = judgement_document(judged(good(), documents=documents(DocumentWorth.BROKEN, files)))
    assert document["documents"] == {
        "judged_at": AT,
        "worth": "broken",
        "code": None,
        "policy": None,
        "files": [
            {
                "number": 1,
                "worth": "broken",
                "code": None,
                "doubts": ["authenticity/other-name"],
                "signatures": [
                    {
                        "field": "Signature1",
                        "indication": SignatureIndication.TOTAL_FAILED.value,
                        "sub_indication": "HASH_FAILURE",
                        "code": "pdf/changed",
                        "certificate": None,
                        "claimed_at": None,
                        "stamped_at": AT - timedelta(hours=1),
                        "revocation": "good",
                        "kind": "signature",
                        "signer": "Nguyễn Văn A",
                        "subfilter": "ETSI.CAdES.detached",
                        "algorithm": "sha256_ecdsa",
                        "coverage": "revision",
                        "changes": "OTHER",
                        "docmdp": "NO_CHANGES",
                        "stamp": "trusted",
                        "stamp_authority": str(Digest.sha256(b"tsa")),
                        "stamp_revocation": "unknown",
                        "anchor": str(Digest.sha256(b"anchor")),
                        "statuses": judgement_document(judged(good()))["statuses"],
                    }
                ],
            }
        ],
    }
