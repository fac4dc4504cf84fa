"""What a document is worth by its own signatures (NĐ 30/2020 Art. 5 and 32, QĐ 28/2018 Art. 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.authenticity import (
    Authenticity,
    DocumentVerdict,
    Doubt,
    DoubtCode,
    NamedFile,
    as_annex,
    judge_document,
    judge_file,
)
from routing.authenticity_words import DOUBT_WORDS, VERDICT_WORDS
from signing.certificates import Certificate
from signing.pdf.verdict import (
    UNFINISHED,
    Changes,
    PdfFailure,
    PdfFailureCode,
    PdfSignature,
    PdfVerdict,
    SignatureKind,
)
from signing.verdict import CertificatePath, Indication, SubIndication
from tests.signing.pki import MOMENT, certificate, credential
from tests.vietnamese import foreign_in

SENDER, OTHER = certificate(credential("gửi")), certificate(credential("khác"))
PERSON = certificate(credential("Nguyễn Văn A"))
AGENCIES = {SENDER.fingerprint: True, OTHER.fingerprint: False}


def by(*certificates: Certificate, kind: SignatureKind = SignatureKind.SIGNATURE) -> tuple[PdfSignature, ...]:
    """Signatures that passed, one after another."""
    return tuple(
        PdfSignature(
            "field", kind, Indication.TOTAL_PASSED, None, revision=number, certificate=one, path=CertificatePath((one,))
        )
        for number, one in enumerate(certificates)
    )


def refused(signature: PdfSignature, indication: Indication = Indication.TOTAL_FAILED) -> PdfSignature:
    failure = PdfFailure(PdfFailureCode.CHANGED)
    return replace(
        signature, indication=indication, sub_indication=SubIndication.HASH_FAILURE, failure=failure, path=None
    )


def judge(*signatures: PdfSignature, name: str | None = None) -> Authenticity:
    return judge_file(PdfVerdict(MOMENT, "test", signatures=signatures), agencies=AGENCIES, signer_name=name)


def codes(judged: Authenticity) -> list[DoubtCode]:
    return [one.code for one in judged.doubts]


@pytest.mark.parametrize(
    ("signers", "verdict"),
    [
        ((PERSON, SENDER), DocumentVerdict.PERSON_AND_AGENCY),
        ((PERSON, PERSON, SENDER), DocumentVerdict.PERSON_AND_AGENCY),
        ((SENDER,), DocumentVerdict.AGENCY_ONLY),
        ((PERSON,), DocumentVerdict.PERSON_ONLY),
        ((), DocumentVerdict.UNSIGNED),
    ],
)
def test_who_signed_decides_what_a_document_is_worth(
    signers: tuple[Certificate, ...], verdict: DocumentVerdict
) -> None:
    assert judge(*by(*signers)) == Authenticity(verdict)


@pytest.mark.parametrize(
    ("signers", "verdict"),
    [
        ((PERSON, OTHER, SENDER), DocumentVerdict.PERSON_AND_AGENCY),
        ((PERSON, OTHER), DocumentVerdict.PERSON_ONLY),
        ((OTHER,), DocumentVerdict.UNSIGNED),
    ],
)
def test_another_agencys_signature_is_told_and_does_not_count(
    signers: tuple[Certificate, ...], verdict: DocumentVerdict
) -> None:
    assert judge(*by(*signers)) == Authenticity(verdict, (Doubt(DoubtCode.OTHER_AGENCY, "Cơ quan khác"),))


def test_the_senders_own_certificate_out_of_its_window_is_not_called_another_agencys() -> None:
    verdict = PdfVerdict(MOMENT, "test", signatures=by(PERSON, SENDER))
    owners = {SENDER.fingerprint: False}
    found = judge_file(verdict, agencies=owners, signer_name=None, lapsed={SENDER.fingerprint})
    assert (found.verdict, codes(found)) == (DocumentVerdict.PERSON_ONLY, [DoubtCode.OWN_NOT_IN_FORCE])


@pytest.mark.parametrize("place", [0, 1])
def test_one_signature_that_does_not_hold_breaks_the_document(place: int) -> None:
    signatures = list(by(PERSON, SENDER))
    signatures[place] = refused(signatures[place])
    assert judge(*signatures).verdict is DocumentVerdict.BROKEN


def test_a_signature_that_cannot_be_decided_breaks_the_document_too() -> None:
    person, agency = by(PERSON, SENDER)
    assert judge(refused(person, Indication.INDETERMINATE), agency).verdict is DocumentVerdict.BROKEN


def test_a_file_that_cannot_be_judged_is_broken() -> None:
    verdict = PdfVerdict(MOMENT, "test", failure=PdfFailure(PdfFailureCode.ENCRYPTED))
    assert judge_file(verdict, agencies=AGENCIES, signer_name=None).verdict is DocumentVerdict.BROKEN


@pytest.mark.parametrize("code", sorted(UNFINISHED))
def test_a_file_whose_judgement_came_to_no_end_is_not_judged(code: PdfFailureCode) -> None:
    verdict = PdfVerdict(MOMENT, "test", failure=PdfFailure(code))
    assert judge_file(verdict, agencies=AGENCIES, signer_name=None) == Authenticity(DocumentVerdict.NOT_JUDGED)


@pytest.mark.parametrize("signers", [(SENDER, PERSON), (PERSON, SENDER, PERSON)])
def test_an_agency_that_signed_before_a_person_did_not_sign_for_that_persons_signature(
    signers: tuple[Certificate, ...],
) -> None:
    judged = judge(*by(*signers))
    assert (judged.verdict, codes(judged)) == (DocumentVerdict.AGENCY_ONLY, [DoubtCode.AGENCY_BEFORE_PERSON])


@pytest.mark.parametrize("last", [OTHER, PERSON])
@pytest.mark.parametrize("changes", [Changes.FORM_FILLING, Changes.ANNOTATIONS])
def test_what_was_filled_in_after_the_agency_signed_breaks_the_file_whoever_signed_it(
    last: Certificate, changes: Changes
) -> None:
    person, agency, other = by(PERSON, SENDER, last)
    judged = judge(person, replace(agency, changes=changes), other)
    assert judged == Authenticity(DocumentVerdict.BROKEN, (Doubt(DoubtCode.CHANGED_AFTER_AGENCY, "Cơ quan gửi"),))


@pytest.mark.parametrize("changes", [Changes.NONE, Changes.LTA_UPDATES, Changes.SIGNATURES])
def test_proof_and_further_signatures_leave_the_agencys_signature_as_it_is(changes: Changes) -> None:
    person, agency, other = by(PERSON, SENDER, OTHER)
    judged = judge(person, replace(agency, changes=changes), other)
    assert (judged.verdict, codes(judged)) == (DocumentVerdict.PERSON_AND_AGENCY, [DoubtCode.OTHER_AGENCY])


def test_an_agency_that_signs_once_more_after_something_was_filled_in_signs_for_it() -> None:
    person, agency, again = by(PERSON, SENDER, SENDER)
    filled = replace(person, changes=Changes.FORM_FILLING), replace(agency, changes=Changes.FORM_FILLING)
    assert judge(*filled, again) == Authenticity(DocumentVerdict.PERSON_AND_AGENCY)


def test_an_agency_that_signs_once_more_after_the_person_puts_the_order_right() -> None:
    assert judge(*by(SENDER, PERSON, SENDER)) == Authenticity(DocumentVerdict.PERSON_AND_AGENCY)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cơ quan Nguyễn Văn A", []),
        ("NGUYỄN VĂN A", []),
        ("Nguyễn  Văn A", []),
        (None, []),
        ("Nguyễn Văn", []),
        ("Nguyen Van A", [DoubtCode.OTHER_NAME]),
        ("Trần Thị B", [DoubtCode.OTHER_NAME]),
        ("Nguyễn Văn An", [DoubtCode.OTHER_NAME]),
    ],
)
def test_a_signer_of_another_name_is_doubted(name: str | None, expected: list[DoubtCode]) -> None:
    assert codes(judge(*by(PERSON, SENDER), name=name)) == expected


def test_a_time_stamp_that_proves_nothing_is_doubted_and_a_false_one_breaks() -> None:
    (stamp,) = by(OTHER, kind=SignatureKind.TIME_STAMP)
    unproved = judge(*by(PERSON, SENDER), refused(stamp, Indication.INDETERMINATE))
    assert (unproved.verdict, codes(unproved)) == (
        DocumentVerdict.PERSON_AND_AGENCY,
        [DoubtCode.TIME_STAMP_UNPROVED],
    )
    assert judge(*by(PERSON, SENDER), refused(stamp)).verdict is DocumentVerdict.BROKEN


def files(*verdicts: DocumentVerdict) -> list[Authenticity]:
    return [Authenticity(one) for one in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        ((), DocumentVerdict.UNSIGNED),
        ((DocumentVerdict.PERSON_AND_AGENCY, DocumentVerdict.AGENCY_ONLY), DocumentVerdict.PERSON_AND_AGENCY),
        ((DocumentVerdict.AGENCY_ONLY, DocumentVerdict.PERSON_AND_AGENCY), DocumentVerdict.AGENCY_ONLY),
        ((DocumentVerdict.PERSON_AND_AGENCY, DocumentVerdict.BROKEN), DocumentVerdict.BROKEN),
        ((DocumentVerdict.NOT_JUDGED, DocumentVerdict.AGENCY_ONLY), DocumentVerdict.NOT_JUDGED),
        ((DocumentVerdict.UNSIGNED, DocumentVerdict.PERSON_AND_AGENCY), DocumentVerdict.UNSIGNED),
    ],
)
def test_the_first_file_is_the_document_and_one_broken_file_breaks_it(
    verdicts: tuple[DocumentVerdict, ...], together: DocumentVerdict
) -> None:
    assert judge_document(files(*verdicts)).verdict is together


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (DocumentVerdict.UNSIGNED, DoubtCode.FILE_UNSIGNED),
        (DocumentVerdict.NOT_JUDGED, DoubtCode.FILE_NOT_JUDGED),
    ],
)
def test_an_annex_without_judged_signatures_is_named(verdict: DocumentVerdict, code: DoubtCode) -> None:
    annex = as_annex(NamedFile("1.pdf", Authenticity(verdict)))
    assert annex == Authenticity(verdict, (Doubt(code, "1.pdf"),))
    document = Authenticity(DocumentVerdict.PERSON_AND_AGENCY)
    assert judge_document([document, annex]) == replace(document, doubts=annex.doubts)


def test_an_annex_with_the_agencys_signature_is_not_doubted() -> None:
    assert as_annex(NamedFile("1.pdf", Authenticity(DocumentVerdict.AGENCY_ONLY))).doubts == ()


def test_every_verdict_and_doubt_has_words_in_both_languages() -> None:
    assert (set(VERDICT_WORDS), set(DOUBT_WORDS)) == (set(DocumentVerdict), set(DoubtCode))
    assert [foreign_in(one) for one in (*VERDICT_WORDS.values(), *DOUBT_WORDS.values()) if foreign_in(one)] == []
