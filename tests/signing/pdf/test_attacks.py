"""Every published attack on signed PDFs, and every file made to hang its reader, is refused for its own reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from signing.pdf.limits import PDF_BYTES_MAX
from signing.pdf.verdict import Changes, Coverage, PdfFailureCode, PdfVerdict
from signing.pdf.verify import PdfVerifier
from signing.verdict import FailureCode, Indication
from tests.signing.pdf_making import person_and_agency, person_only
from tests.signing.pki import MOMENT, trust
from tests.vectors.attacks import pdf as attacks

Attack = Callable[[], bytes]


def judged(octets: bytes) -> PdfVerdict:
    return PdfVerifier(trust()).verify(octets, at=MOMENT)


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (attacks.incremental_saving, PdfFailureCode.CHANGED),
        (attacks.evil_annotation, PdfFailureCode.CHANGED),
        (attacks.shadow_hide, PdfFailureCode.CHANGED),
        (attacks.shadow_replace, PdfFailureCode.CHANGED_UNSIGNED),
        (attacks.shadow_hide_and_replace, PdfFailureCode.CHANGED),
        (attacks.gap_too_large, PdfFailureCode.BYTE_RANGE),
        (attacks.overlapping_range, PdfFailureCode.BYTE_RANGE),
        (attacks.range_beyond_the_file, PdfFailureCode.BYTE_RANGE),
        (attacks.borrowed_gap, PdfFailureCode.BYTE_RANGE),
        (attacks.second_contents, PdfFailureCode.REPEATED_KEY),
        (attacks.later_hybrid, PdfFailureCode.HYBRID),
        (lambda: attacks.without(b"/Contents"), PdfFailureCode.INCOMPLETE),
        (lambda: attacks.without(b"/ByteRange"), PdfFailureCode.INCOMPLETE),
        (lambda: attacks.without(b"/SubFilter"), PdfFailureCode.SUBFILTER_FORBIDDEN),
        (attacks.zeroed_contents, PdfFailureCode.INCOMPLETE),
        (attacks.null_contents, PdfFailureCode.INCOMPLETE),
        (attacks.null_range, PdfFailureCode.INCOMPLETE),
        (attacks.old_encoding, PdfFailureCode.SUBFILTER_FORBIDDEN),
        (attacks.two_signers, PdfFailureCode.SIGNER_COUNT),
        (attacks.no_signer, PdfFailureCode.SIGNER_COUNT),
        (attacks.encapsulated, PdfFailureCode.NOT_DETACHED),
        (attacks.borrowed_message, FailureCode.ALTERED),
    ],
)
def test_an_attack_on_a_signature_is_refused_for_its_own_reason(
    attack: Attack, code: PdfFailureCode | FailureCode
) -> None:
    assert [one.failure.code for one in judged(attack()).signatures if one.failure] == [code]


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (attacks.encrypted, PdfFailureCode.ENCRYPTED),
        (attacks.page_tree_loop, PdfFailureCode.PAGE_TREE),
        (attacks.many_pages, PdfFailureCode.TOO_MANY_PAGES),
        (attacks.field_tree_loop, PdfFailureCode.UNREADABLE),
        (attacks.object_stream_loop, PdfFailureCode.TOO_DEEP),
        (attacks.object_stream_bomb, PdfFailureCode.SWELLS),
        (attacks.many_revisions, PdfFailureCode.TOO_MANY_REVISIONS),
        (attacks.references_in_a_ring, PdfFailureCode.UNREADABLE),
        (attacks.many_signatures, PdfFailureCode.TOO_MANY_SIGNATURES),
        (attacks.shared_signature, PdfFailureCode.SHARED),
        (lambda: b"%PDF-1.7\n" + bytes(PDF_BYTES_MAX), PdfFailureCode.TOO_LARGE),
        (lambda: b"\n" + person_only(), PdfFailureCode.UNREADABLE),
        (lambda: b"%PDF-", PdfFailureCode.UNREADABLE),
        (lambda: b"", PdfFailureCode.UNREADABLE),
    ],
)
def test_a_file_made_to_hang_or_fool_its_reader_is_refused_whole(attack: Attack, code: PdfFailureCode) -> None:
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
    assert signature.path is None


@pytest.mark.parametrize("place", range(0, 13_000, 1_300))
def test_no_octet_can_be_changed_under_the_last_signature(place: int) -> None:
    octets = bytearray(person_and_agency())
    octets[place] ^= 1
    verdict = judged(bytes(octets))
    assert verdict.failure or any(one.failure for one in verdict.signatures)


@pytest.mark.parametrize("length", range(1_000, 13_000, 1_700))
def test_a_torn_file_is_refused(length: int) -> None:
    verdict = judged(person_and_agency()[:length])
    assert verdict.failure or not verdict.signatures or verdict.signatures[-1].failure
