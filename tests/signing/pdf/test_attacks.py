"""Every published attack on signed PDFs, and every file made to hang its reader, is refused for its own reason."""

from __future__ import annotations

import pytest

from signing.pdf.verdict import Changes, Coverage, PdfVerdict
from signing.pdf.verify import PdfVerifier
from signing.verdict import Indication
from tests.signing.pdf_making import person_and_agency
from tests.signing.pki import MOMENT, trust
from tests.vectors.attacks import pdf as attacks
from tests.vectors.attacks.pdf_reasons import ON_READERS, ON_SIGNATURES, Attack


def judged(octets: bytes) -> PdfVerdict:
    return PdfVerifier(trust()).verify(octets, at=MOMENT)


@pytest.mark.parametrize(("attack", "code"), ON_SIGNATURES)
def test_an_attack_on_a_signature_is_refused_for_its_own_reason(attack: Attack, code: str) -> None:
    assert [one.failure.code for one in judged(attack()).signatures if one.failure] == [code]


@pytest.mark.parametrize(("attack", "code"), ON_READERS)
def test_a_file_made_to_hang_or_fool_its_reader_is_refused_whole(attack: Attack, code: str) -> None:
    verdict = judged(attack())
    assert verdict.failure is not None
    assert (verdict.failure.code, verdict.signatures) == (code, ())


def test_a_refused_signature_tells_what_is_known_of_it_all_the_same() -> None:
    (signature,) = judged(attacks.incremental_saving()).signatures
    assert (signature.indication, signature.coverage, signature.changes) == (
        Indication.TOTAL_FAILED,
        Coverage.REVISION,
        Changes.OTHER,
    )
    assert signature.certificate is not None
    assert "Nguyễn Văn A" in signature.certificate.subject
    assert signature.path is not None, "whose signature it is was known before what was appended was looked at"


@pytest.mark.parametrize("length", range(1_000, 13_000, 1_700))
def test_a_torn_file_is_refused(length: int) -> None:
    verdict = judged(person_and_agency()[:length])
    assert verdict.failure or not verdict.signatures or verdict.signatures[-1].failure
