"""What is nested deeper than any evidence is refused before a library recurses into it; real evidence is not."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axis.demo.pki.authorities import Authorities
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.nesting import DEPTH_MAX, ELEMENTS_MAX, TooNested, refuse_nested
from signing.paths import readable
from signing.pdf.verdict import Revocation, RevocationEvidence
from signing.pdf.verify import PdfVerifier
from signing.timestamps import judge_token
from signing.verdict import Failure, FailureCode
from tests.fixtures.postgres import MOMENT
from tests.signing.pdf_making import person_only
from tests.signing.pki import MOMENT as PDF_MOMENT
from tests.signing.pki import trust
from tests.signing.revocation.forged import deep_answer, deep_certificate, deep_list, element, nested


@pytest.mark.parametrize("tag", [0x30, 0x04, 0xA0, 0x24, 0x03])
def test_what_is_nested_too_deep_is_refused_whatever_it_is_nested_in(tag: int) -> None:
    refuse_nested(nested(DEPTH_MAX - 2, tag))
    with pytest.raises(TooNested):
        refuse_nested(nested(DEPTH_MAX + 10, tag))


def test_a_nested_value_is_found_behind_others_and_within_them() -> None:
    around = element(0x30, b"\x02\x01\x05" * 100 + element(0x04, element(0x31, nested(900))) + b"\x05\x00")
    with pytest.raises(TooNested):
        refuse_nested(around)


def test_lengths_that_are_not_said_or_not_kept_hide_nothing() -> None:
    for header in (b"\x30\x80", b"\x30\x84\x7f\xff\xff\xff", b"\x3f\x81\x01\x80"):
        with pytest.raises(TooNested):
            refuse_nested(header * 1000)


def test_more_elements_than_the_longest_list_are_refused_without_reading_on() -> None:
    with pytest.raises(TooNested):
        refuse_nested(element(0x30, b"\x05\x00" * (ELEMENTS_MAX + 1)))


def test_a_long_list_costs_a_step_for_each_entry() -> None:
    entry = element(0x30, element(0x02, bytes(20)) + element(0x17, b"261129000000Z"))
    started = time.process_time()
    refuse_nested(element(0x30, element(0x30, entry * 200_000)))
    assert time.process_time() - started < timedelta(seconds=2).total_seconds()


def test_real_evidence_is_not_nested(authorities: Authorities) -> None:
    refuse_nested(authorities.certificate("issuing").der)
    refuse_nested(authorities.ocsp("H51.15", at=MOMENT))
    refuse_nested(authorities.crl("issuing", at=MOMENT))


@given(st.binary(max_size=400))
def test_any_octets_are_looked_through_or_refused(octets: bytes) -> None:
    refuse_nested(octets[: 2 * DEPTH_MAX])


@pytest.mark.parametrize("levels", [70, 3000])
def test_a_nested_certificate_builds_no_path(authorities: Authorities, levels: int) -> None:
    with pytest.raises(CertificateUnreadable):
        readable(Certificate(deep_certificate(authorities.certificate("issuing"), levels)))


@pytest.mark.parametrize("levels", [70, 3000])
def test_nested_evidence_says_nothing_of_a_document(authorities: Authorities, levels: int) -> None:
    evidence = RevocationEvidence((deep_list(authorities, levels),), (deep_answer(authorities, levels),))
    (signature,) = PdfVerifier(trust()).verify(person_only(), at=PDF_MOMENT, evidence=evidence).signatures
    assert (signature.failure, signature.revocation) == (None, Revocation.UNKNOWN)


@pytest.mark.parametrize("levels", [70, 3000])
def test_a_nested_token_is_no_time_stamp(levels: int) -> None:
    judged = judge_token(nested(levels), b"", trust=trust(), at=PDF_MOMENT)
    assert judged == Failure(FailureCode.TIMESTAMP_MALFORMED, "ContentInfo")
