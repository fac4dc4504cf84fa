"""A signature is judged by the time that is proved for it, and its algorithms and stamps by the table of their time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from axis.demo.authority import Credential, KeyKind
from signing.allowances import TABLE, Allowance, Use
from signing.digests import DigestAlgorithm
from signing.pdf.book import with_book
from signing.pdf.verdict import PdfFailureCode, PdfSignature, SignatureKind, StampState
from signing.pdf.verify import PdfVerifier
from signing.policy import DOCUMENT_POLICY
from signing.revocation.book import Statuses
from signing.verdict import FailureCode
from tests.signing.pdf.test_book import since
from tests.signing.pdf.test_verify import code_of, evidence, judged
from tests.signing.pdf_making import Signing, blank, document_stamped, signed, stamper
from tests.signing.pki import MOMENT, credential, expired, trust
from tests.signing.revocation.test_book import GOOD

EXPIRY: Final = expired().certificate.not_valid_after_utc
BEFORE: Final = EXPIRY - timedelta(hours=2)


def signature_in(octets: bytes) -> PdfSignature:
    (signature,) = (one for one in judged(octets).signatures if one.kind is SignatureKind.SIGNATURE)
    return signature


def test_a_time_stamp_on_the_document_proves_the_time_of_the_signatures_in_it() -> None:
    made = signed(blank(), expired(), Signing(at=BEFORE))
    assert code_of(signature_in(made)) == FailureCode.CERTIFICATE_EXPIRED
    signature = signature_in(document_stamped(made, at=BEFORE + timedelta(hours=1)))
    assert (code_of(signature), signature.stamp, signature.rests_on_stamp) == (None, StampState.TRUSTED, True)
    assert signature.stamped_at == BEFORE + timedelta(hours=1)
    assert signature.stamp_path is not None


def test_the_earliest_of_several_time_stamps_counts() -> None:
    made = signed(blank(), credential("A"), Signing(at=BEFORE, stamper=stamper(MOMENT - timedelta(hours=1))))
    once = document_stamped(made, at=MOMENT - timedelta(hours=2))
    signature = signature_in(document_stamped(once, at=MOMENT, field="second"))
    assert signature.stamped_at == MOMENT - timedelta(hours=2)


def test_a_time_stamp_on_the_document_made_after_the_certificate_expired_mends_nothing() -> None:
    late = document_stamped(signed(blank(), expired(), Signing(at=BEFORE)), at=EXPIRY + timedelta(hours=1))
    assert code_of(signature_in(late)) == FailureCode.CERTIFICATE_EXPIRED


def test_a_time_stamp_proves_nothing_of_a_signature_that_was_appended_after_it() -> None:
    early = document_stamped(blank(), at=BEFORE)
    assert code_of(signature_in(signed(early, expired(), Signing(at=BEFORE)))) == FailureCode.CERTIFICATE_EXPIRED


def test_a_time_stamp_of_a_stranger_proves_nothing() -> None:
    stranger = stamper(BEFORE, credential("không ai", KeyKind.RSA_2048))
    made = document_stamped(signed(blank(), expired(), Signing(at=BEFORE)), by=stranger)
    assert [code_of(one) for one in judged(made).signatures] == [
        FailureCode.CERTIFICATE_EXPIRED,
        PdfFailureCode.TIME_STAMP,
    ]


@pytest.mark.parametrize(("hours", "expected"), [(3, None), (0.9, PdfFailureCode.CERTIFICATE_REVOKED)])
def test_a_certificate_revoked_after_a_time_stamp_on_the_document_has_signed_in_time(
    hours: float, expected: str | None
) -> None:
    then = MOMENT - timedelta(hours=hours)
    octets = document_stamped(signed(blank(), credential("A"), Signing(at=then)), at=then)
    signature, _ = judged(octets, evidence=evidence(credential("A"))).signatures
    assert code_of(signature) == expected


def test_a_time_stamp_of_a_stolen_key_on_the_document_is_taken_back() -> None:
    verdict = judged(document_stamped(signed(blank(), expired(), Signing(at=BEFORE)), at=BEFORE + timedelta(hours=1)))
    signature, stamp = verdict.signatures
    assert signature.path is not None
    assert stamp.path is not None
    known = {one.fingerprint: GOOD for one in (*signature.path.certificates, *stamp.path.certificates)}
    known[stamp.path.signer.fingerprint] = since(timedelta(minutes=1))
    assert [code_of(one) for one in with_book(verdict, Statuses(known)).signatures] == [
        FailureCode.CERTIFICATE_EXPIRED,
        PdfFailureCode.TIME_STAMP,
    ]


RETIRED_AT: Final = MOMENT - timedelta(minutes=30)


def retired(row: Allowance) -> Allowance:
    return replace(row, until=RETIRED_AT) if (row.use, row.name) == (Use.DIGEST, DigestAlgorithm.SHA256.value) else row


def judged_after_retirement(octets: bytes) -> list[PdfSignature]:
    """The signatures, judged by a table from which SHA-256 was retired half an hour ago."""
    policy = replace(DOCUMENT_POLICY, table=tuple(map(retired, TABLE)))
    return list(PdfVerifier(trust(), policy).verify(octets, at=MOMENT).signatures)


@pytest.mark.parametrize("holder", [credential("A"), expired()])
def test_an_algorithm_that_is_retired_leaves_what_was_stamped_before_verifiable(holder: Credential) -> None:
    then = (BEFORE if holder == expired() else RETIRED_AT) - timedelta(minutes=1)
    made = signed(blank(), holder, Signing(at=then))
    own = signed(blank(), holder, Signing(at=then, stamper=stamper(then)))
    assert [code_of(one) for one in judged_after_retirement(own)] == [None]
    assert [code_of(one) for one in judged_after_retirement(document_stamped(made, at=then))] == [None, None]


def test_an_algorithm_that_is_retired_refuses_what_nobody_stamped_before() -> None:
    made = signed(blank(), credential("A"))
    assert [code_of(one) for one in judged_after_retirement(made)] == [FailureCode.ALGORITHM_FORBIDDEN]
    late = signed(blank(), credential("A"), Signing(stamper=stamper(RETIRED_AT)))
    assert [(code_of(one), one.stamp) for one in judged_after_retirement(late)] == [
        (FailureCode.ALGORITHM_FORBIDDEN, StampState.UNPROVED)
    ]
