"""Signed PDFs are judged signature by signature: who, when, over what, and what happened to the file since."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm

from axis.demo.authority import Authority, Credential, KeyKind, Usage
from signing.pdf.verdict import (
    Changes,
    Coverage,
    DocMdp,
    PdfFailureCode,
    PdfSignature,
    PdfVerdict,
    Revocation,
    RevocationEvidence,
    SignatureKind,
    StampState,
)
from signing.pdf.verify import PdfVerifier
from signing.purposes import Purpose, TrustedAuthority
from signing.trust import TrustStore
from signing.verdict import FailureCode, Indication, SubIndication
from tests.signing.pdf_making import (
    PKCS7,
    SIGNED_AT,
    Signing,
    WrongStamper,
    appended,
    blank,
    document_stamped,
    fill_in_amount,
    hybrid,
    person_and_agency,
    person_only,
    signed,
    stamper,
    with_amount,
)
from tests.signing.pki import MOMENT, certificate, credential, expired, future, hierarchy, stranger, trust

LATER = MOMENT + timedelta(days=365 * 3)
"""When every certificate of these tests has expired, but not the authorities'."""


def judged(octets: bytes, at: datetime = MOMENT, evidence: RevocationEvidence | None = None) -> PdfVerdict:
    return PdfVerifier(trust()).verify(octets, at=at, evidence=evidence or RevocationEvidence())


def only(octets: bytes, at: datetime = MOMENT, evidence: RevocationEvidence | None = None) -> PdfSignature:
    (signature,) = judged(octets, at, evidence).signatures
    return signature


def code_of(signature: PdfSignature) -> str | None:
    return signature.failure.code if signature.failure else None


def revocation_list(issuer: Authority, *revoked: Credential, at: datetime = MOMENT) -> bytes:
    """The issuer's list, half an hour old; what is on it was revoked an hour ago."""
    draft = x509.CertificateRevocationListBuilder().issuer_name(issuer.credential.certificate.subject)
    draft = draft.last_update(at - timedelta(minutes=30)).next_update(at + timedelta(days=6))
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        draft = draft.add_revoked_certificate(entry.revocation_date(at - timedelta(hours=1)).build())
    return draft.sign(issuer.credential.key, hashes.SHA256()).public_bytes(Encoding.DER)


def evidence(*revoked: Credential) -> RevocationEvidence:
    authorities = hierarchy()
    return RevocationEvidence((revocation_list(authorities.intermediate, *revoked), revocation_list(authorities.root)))


def test_a_document_without_signatures_has_none() -> None:
    assert judged(blank()) == PdfVerdict(MOMENT, "urn:axis:policy:document:1")


def test_a_person_and_then_an_agency_each_get_their_own_verdict() -> None:
    person, agency = judged(person_and_agency()).signatures
    assert (person.field, person.subfilter, person.coverage, person.changes) == (
        "person",
        "ETSI.CAdES.detached",
        Coverage.REVISION,
        Changes.SIGNATURES,
    )
    assert (agency.field, agency.subfilter, agency.coverage, agency.changes) == (
        "agency",
        "adbe.pkcs7.detached",
        Coverage.WHOLE_FILE,
        Changes.NONE,
    )
    assert {one.indication for one in (person, agency)} == {Indication.TOTAL_PASSED}
    assert agency.path is not None
    assert agency.path.signer == certificate(credential("B"))
    assert (person.claimed_at, person.stamped_at, person.revocation) == (SIGNED_AT, None, Revocation.UNKNOWN)


def test_signatures_that_show_themselves_on_the_page_are_accepted() -> None:
    shown = signed(blank(), credential("A"), Signing(box=(300, 100, 500, 160)))
    sealed = signed(shown, credential("B"), Signing("agency", PKCS7, box=(230, 90, 330, 190)))
    assert [code_of(one) for one in judged(sealed).signatures] == [None, None]


@pytest.mark.parametrize("kind", KeyKind)
def test_every_kind_of_key_agencies_have_is_accepted(kind: KeyKind) -> None:
    assert only(signed(blank(), credential("A", kind))).indication is Indication.TOTAL_PASSED


def test_an_rsa_signature_that_leaves_the_digest_to_its_own_field_is_accepted() -> None:
    signature = only(signed(blank(), credential("A", KeyKind.RSA_2048), Signing(mechanism="rsassa_pkcs1v15")))
    assert (code_of(signature), signature.algorithm) == (None, "sha256_rsa")


def test_a_signature_over_sha1_is_refused_by_its_algorithm() -> None:
    signature = only(signed(blank(), credential("A", KeyKind.RSA_2048), Signing(subfilter=PKCS7, digest="sha1")))
    assert code_of(signature) == FailureCode.ALGORITHM_FORBIDDEN


@pytest.mark.parametrize(
    ("holder", "code"),
    [
        (credential("web", usage=Usage.TLS), FailureCode.USAGE_FORBIDDEN),
        (credential("cipher", usage=Usage.ENCIPHERMENT), FailureCode.USAGE_FORBIDDEN),
        (credential("silent", usage=Usage.UNSTATED), FailureCode.USAGE_FORBIDDEN),
        (stranger(), FailureCode.UNTRUSTED),
        (expired(), FailureCode.CERTIFICATE_EXPIRED),
        (future(), FailureCode.CERTIFICATE_NOT_YET_VALID),
    ],
)
def test_a_certificate_that_may_not_sign_documents_is_refused_by_its_reason(holder: Credential, code: str) -> None:
    assert code_of(only(signed(blank(), holder))) == code


def test_a_trusted_stamp_proves_the_time_of_a_signature_whose_certificate_expired_since() -> None:
    octets = signed(blank(), credential("A"), Signing(stamper=stamper(SIGNED_AT)))
    signature = only(octets)
    assert (signature.stamp, signature.stamped_at) == (StampState.TRUSTED, SIGNED_AT)
    assert code_of(only(signed(blank(), credential("A")), at=LATER)) == FailureCode.CERTIFICATE_EXPIRED


def test_a_stamp_made_after_the_certificate_expired_does_not_mend_it() -> None:
    signature = only(signed(blank(), expired(), Signing(stamper=stamper(MOMENT))))
    assert code_of(signature) == FailureCode.CERTIFICATE_EXPIRED


def test_a_stamp_made_before_the_certificate_expired_mends_it() -> None:
    before = expired().certificate.not_valid_after_utc - timedelta(hours=1)
    signature = only(signed(blank(), expired(), Signing(at=before, stamper=stamper(before))))
    assert (code_of(signature), signature.stamped_at) == (None, before)


@pytest.mark.parametrize(
    "made_by",
    [
        stamper(SIGNED_AT, credential("no authority", KeyKind.RSA_2048)),
        stamper(MOMENT + timedelta(days=1)),
        WrongStamper(SIGNED_AT),
    ],
)
def test_a_stamp_of_nobody_trusted_of_the_future_or_of_something_else_proves_nothing_and_refuses_nothing(
    made_by: object,
) -> None:
    signature = only(signed(blank(), credential("A"), Signing(stamper=made_by)))  # type: ignore[arg-type]
    assert (code_of(signature), signature.stamp, signature.stamped_at) == (None, StampState.UNPROVED, None)


def test_authorities_count_in_documents_for_their_purposes_and_in_their_windows() -> None:
    root, later = TrustedAuthority(certificate(hierarchy().root)), MOMENT + timedelta(days=1)
    octets = signed(blank(), credential("A"), Signing(stamper=stamper(SIGNED_AT)))

    def judged_by(authority: TrustedAuthority, at: datetime = MOMENT) -> PdfSignature:
        (signature,) = PdfVerifier(TrustStore(authorities=[authority])).verify(octets, at=at).signatures
        return signature

    assert code_of(judged_by(root)) is None
    packages = judged_by(replace(root, purposes=frozenset({Purpose.PACKAGE})))
    assert code_of(packages) == FailureCode.UNTRUSTED
    documents = judged_by(replace(root, purposes=frozenset({Purpose.DOCUMENT})))
    assert (code_of(documents), documents.stamp) == (None, StampState.UNPROVED)
    given_up = replace(root, trusted_until=MOMENT + timedelta(hours=1))
    assert judged_by(given_up).stamp is StampState.TRUSTED
    assert code_of(judged_by(given_up, later)) == FailureCode.AUTHORITY_GIVEN_UP


def test_a_stamp_on_the_whole_document_is_a_verdict_of_its_own_kind() -> None:
    person, stamp = judged(document_stamped(person_only())).signatures
    assert (stamp.kind, stamp.stamped_at, code_of(stamp)) == (SignatureKind.TIME_STAMP, MOMENT, None)
    assert (person.changes, code_of(person)) == (Changes.LTA_UPDATES, None)


def test_a_signature_dated_impossibly_is_refused() -> None:
    signature = only(signed(blank(), credential("A"), Signing(at=MOMENT + timedelta(days=2))))
    assert code_of(signature) == FailureCode.SIGNING_TIME_IMPOSSIBLE


def test_a_signature_that_permits_no_changes_refuses_a_second_one() -> None:
    locked = signed(blank(), credential("A"), Signing(permits=MDPPerm.NO_CHANGES))
    assert only(locked).docmdp is DocMdp.NO_CHANGES
    first, second = judged(signed(locked, credential("B"), Signing("agency"))).signatures
    assert (code_of(first), first.changes) == (PdfFailureCode.CHANGES_FORBIDDEN, Changes.SIGNATURES)
    assert code_of(second) is None


def test_a_field_that_a_signature_locks_may_not_be_filled_in_even_if_somebody_signs_it_again() -> None:
    locked = signed(blank(with_amount), credential("A"), Signing(locks=True))
    assert code_of(only(locked)) is None
    filled = appended(locked, fill_in_amount)
    assert code_of(only(filled)) == PdfFailureCode.CHANGED
    first, second = judged(signed(filled, credential("B"), Signing("agency"))).signatures
    assert (code_of(first), code_of(second)) == (PdfFailureCode.CHANGED, None)


def test_a_field_that_is_filled_in_and_then_signed_by_the_next_one_is_permitted() -> None:
    filled = appended(signed(blank(with_amount), credential("A")), fill_in_amount)
    person, agency = judged(signed(filled, credential("B"), Signing("agency"))).signatures
    assert (code_of(person), person.changes, code_of(agency)) == (None, Changes.FORM_FILLING, None)


def test_evidence_tells_good_certificates_from_revoked_ones_and_from_those_it_says_nothing_of() -> None:
    assert only(person_only()).revocation is Revocation.UNKNOWN
    assert only(person_only(), evidence=evidence()).revocation is Revocation.GOOD
    half = RevocationEvidence((revocation_list(hierarchy().intermediate),))
    assert only(person_only(), evidence=half).revocation is Revocation.UNKNOWN
    revoked = only(person_only(), evidence=evidence(credential("Nguyễn Văn A")))
    assert (revoked.revocation, code_of(revoked)) == (Revocation.REVOKED, PdfFailureCode.CERTIFICATE_REVOKED)
    assert (revoked.indication, revoked.sub_indication) == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)


@pytest.mark.parametrize(("hours", "expected"), [(3, None), (0.9, PdfFailureCode.CERTIFICATE_REVOKED)])
def test_a_certificate_revoked_after_a_trusted_stamp_has_signed_in_time(hours: float, expected: str | None) -> None:
    then = MOMENT - timedelta(hours=hours)
    octets = signed(blank(), credential("A"), Signing(at=then, stamper=stamper(then)))
    assert code_of(only(octets, evidence=evidence(credential("A")))) == expected


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"no list"])
def test_evidence_that_cannot_be_read_says_nothing(octets: bytes) -> None:
    signature = only(person_only(), evidence=RevocationEvidence((octets,), (octets,)))
    assert (code_of(signature), signature.revocation) == (None, Revocation.UNKNOWN)


def test_hybrid_references_from_before_the_signature_are_read() -> None:
    sealed = signed(signed(hybrid(), credential("A")), credential("B"), Signing("agency"))
    assert [code_of(one) for one in judged(sealed).signatures] == [None, None]


def test_a_revision_that_changes_nothing_is_told_as_such() -> None:
    def touch(writer: IncrementalPdfFileWriter) -> None:
        writer.update_root()

    signature = only(appended(person_only(), touch))
    assert (signature.coverage, signature.changes) == (Coverage.REVISION, Changes.LTA_UPDATES)


def test_documents_are_judged_at_an_aware_moment() -> None:
    with pytest.raises(ValueError, match="aware"):
        judged(blank(), at=datetime(2026, 11, 21))  # noqa: DTZ001 - the point of the test
