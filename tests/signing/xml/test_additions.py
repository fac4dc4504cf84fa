"""XAdES B-T and above: a time stamp proves when a signature existed; what proves nothing is told and not counted."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from axis.demo.authority import Credential, Subject, Validity
from signing.algorithms import DS, Canonicalization
from signing.policy import EMBEDDED_MAX, PACKAGE_POLICY, TIMESTAMP_BYTES_MAX, TIMESTAMPS_MAX
from signing.trust import TrustStore
from signing.verdict import Failure, FailureCode, Indication, SignatureLevel, Timestamp
from signing.xml.canonical import canonical_leaf
from signing.xml.structure import Transform
from tests.signing.forgery import Forgery
from tests.signing.pki import MOMENT, certificate, chain, credential, hierarchy, trust
from tests.signing.stamping import Stamp, authority
from tests.signing.xml.packages import PACKAGE, assert_refused, changed, one, sign, signed
from tests.signing.xml.stamped import (
    additions_of,
    beside,
    counted,
    judge_at,
    signed_at,
    stamp_element,
    stamped,
    token,
    value_octets,
)
from tests.signing.xml.workshop import Draft, made

DAY = timedelta(days=1)
REQUIRED = replace(PACKAGE_POLICY, requires_timestamp=True)
TIME, MALFORMED = FailureCode.TIMESTAMP_TIME_IMPOSSIBLE, FailureCode.TIMESTAMP_MALFORMED
LONG = Validity(MOMENT - timedelta(days=900), MOMENT + timedelta(days=900))


def failures(octets: bytes, at: datetime = MOMENT) -> list[Failure | Timestamp]:
    """What came of the time stamps of a package that passes with none of them counted."""
    verdict = judge_at(octets, at)
    additions = additions_of(verdict)
    assert verdict.indication is Indication.TOTAL_PASSED
    assert additions.proof_of_existence is None
    assert additions.verified_level is SignatureLevel.B_B
    return list(additions.timestamps)


# ── what a stamp is worth ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signature_without_a_stamp_is_of_the_basic_level() -> None:
    additions = additions_of(judge_at(signed()))
    assert (additions.claimed_level, additions.verified_level) == (SignatureLevel.B_B, SignatureLevel.B_B)
    assert additions.timestamps == ()


def test_a_signature_without_properties_has_no_level() -> None:
    additions = additions_of(judge_at(made(Draft())))
    assert (additions.claimed_level, additions.verified_level) == (None, None)


def test_a_stamp_proves_when_the_signature_existed() -> None:
    verdict = judge_at(stamped())
    assert counted(verdict).moment == MOMENT
    assert counted(verdict).path.signer == certificate(authority())
    assert additions_of(verdict).claimed_level is SignatureLevel.B_T
    assert additions_of(verdict).verified_level is SignatureLevel.B_T


def test_of_several_the_earliest_that_counts_is_the_proof() -> None:
    hours = [Stamp(moment=MOMENT - timedelta(hours=hour)) for hour in (1, 3, 2)]
    assert counted(judge_at(stamped(stamps=hours))).moment == MOMENT - timedelta(hours=3)
    by_agency = Stamp(moment=MOMENT - timedelta(hours=4), by=credential())
    verdict = judge_at(stamped(stamps=[*hours, by_agency]))
    assert counted(verdict).moment == MOMENT - timedelta(hours=3)
    assert isinstance(additions_of(verdict).timestamps[3], Failure)


def test_a_stamp_doubled_proves_no_more_than_one() -> None:
    doubled = beside(signed(), lambda root: 2 * stamp_element(token(Stamp(stamped=value_octets(root)).der)))
    verdict = judge_at(doubled)
    assert counted(verdict).moment == MOMENT
    assert len(set(additions_of(verdict).timestamps)) == 1


def test_several_tokens_in_one_property() -> None:
    def write(root: etree._Element) -> str:
        stamps = [Stamp(stamped=value_octets(root), moment=MOMENT - timedelta(hours=hour)) for hour in (1, 2)]
        return stamp_element(*(token(one.der) for one in stamps))

    assert counted(judge_at(beside(signed(), write))).moment == MOMENT - timedelta(hours=2)


def test_too_many_stamps_are_not_looked_at() -> None:
    assert counted(judge_at(stamped(stamps=[Stamp()] * TIMESTAMPS_MAX))).moment == MOMENT
    told = failures(stamped(stamps=[Stamp()] * (TIMESTAMPS_MAX + 1)))
    assert told == [Failure(FailureCode.TIMESTAMP_TOO_LARGE, f"{TIMESTAMPS_MAX + 1} time stamps")]


# ── what is not counted ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stamp_copied_from_another_signature() -> None:
    other = etree.fromstring(sign(signed_package("khác")))
    copied = stamp_element(token(Stamp(stamped=value_octets(other)).der))
    assert failures(beside(signed(), copied)) == [Failure(FailureCode.TIMESTAMP_OTHER_IMPRINT)]


def signed_package(subject: str) -> bytes:
    return PACKAGE.replace("kế hoạch".encode(), subject.encode())


BAD = {
    "by an agency": (Stamp(by=credential()), FailureCode.TIMESTAMP_UNTRUSTED),
    "with the id of another": (Stamp(names=certificate(credential("B"))), FailureCode.TIMESTAMP_CERTIFICATE_MISMATCH),
    "of a time to come": (Stamp(moment=MOMENT + DAY), TIME),
    "before the signing": (Stamp(moment=MOMENT - DAY - timedelta(seconds=1), by=authority(validity=LONG)), TIME),
}


@pytest.mark.parametrize("name", BAD)
def test_a_stamp(name: str) -> None:
    stamp, code = BAD[name]
    (failure,) = failures(stamped(stamps=[stamp]))
    assert isinstance(failure, Failure)
    assert failure.code is code


@pytest.mark.parametrize("delay", [timedelta(days=7), timedelta(days=7, seconds=1)])
def test_a_stamp_far_behind_the_signing(delay: timedelta) -> None:
    verdict = judge_at(stamped(stamps=[Stamp(moment=MOMENT + delay)]), MOMENT + delay)
    assert (additions_of(verdict).proof_of_existence is None) is (delay > timedelta(days=7))


def test_a_stamp_before_the_certificate_of_the_signer() -> None:
    young = issued(Validity(MOMENT - timedelta(hours=2), MOMENT + DAY))
    early = Stamp(moment=MOMENT - timedelta(hours=3))
    (failure,) = failures(stamped(signed_at(MOMENT, young), [early]))
    assert isinstance(failure, Failure)
    assert failure.code is TIME


def test_a_claimed_time_that_is_none_bounds_nothing() -> None:
    def change(root: etree._Element) -> None:
        one(root, "//xades:SigningTime").text = "hôm nay"

    assert_refused(judge_at(changed(stamped(), change)), FailureCode.INVALID)


SHAPES = {
    "empty": stamp_element(),
    "empty token": stamp_element("<xades:EncapsulatedTimeStamp/>"),
    "no base64": stamp_element("<xades:EncapsulatedTimeStamp>@</xades:EncapsulatedTimeStamp>"),
    "an XML token": stamp_element("<xades:XMLTimeStamp/>"),
    "an explicit reference": stamp_element('<xades:Include URI="#signed-properties"/>', token(b"0"), method=""),
    "another encoding": stamp_element(token(b"0", encoding="http://uri.etsi.org/01903/v1.2.2#XER")),
    "nothing at all": "<xades:SignatureTimeStamp/>",
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_stamp_of_another_shape(name: str) -> None:
    told = failures(beside(signed(), SHAPES[name]))
    assert [one.code for one in told if isinstance(one, Failure)] == [MALFORMED] * len(told)
    assert told


@pytest.mark.parametrize("named", ["http://www.w3.org/TR/1999/REC-xslt-19991116", f"{DS}base64", ""])
def test_a_canonical_form_that_is_not_listed(named: str) -> None:
    method = f'<ds:CanonicalizationMethod Algorithm="{named}"/>'
    assert failures(beside(signed(), stamp_element(token(b"0"), method=method))) == [
        Failure(FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN, named)
    ]


def test_a_token_that_is_too_long_is_not_decoded() -> None:
    (failure,) = failures(beside(signed(), stamp_element(token(bytes(2 * TIMESTAMP_BYTES_MAX)))))
    assert isinstance(failure, Failure)
    assert failure.code is FailureCode.TIMESTAMP_TOO_LARGE


@pytest.mark.parametrize("place", ["//ds:KeyInfo", "//ds:Object", "//ds:Signature/ds:Object[1]"])
def test_a_stamp_elsewhere_is_no_property_of_this_signature(place: str) -> None:
    def change(root: etree._Element) -> None:
        one(root, place).append(one(root, "//xades:UnsignedProperties"))

    additions = additions_of(judge_at(changed(stamped(), change)))
    assert (additions.timestamps, additions.claimed_level) == ((), SignatureLevel.B_B)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=150, deadline=None)
@given(position=st.integers(min_value=0), value=st.integers(0, 255))
def test_any_octet_of_a_stamp_changed_leaves_the_signature_as_it_is(position: int, value: int) -> None:
    def write(root: etree._Element) -> str:
        octets = bytearray(Stamp(stamped=value_octets(root)).der)
        octets[position % len(octets)] = value
        return stamp_element(token(bytes(octets)))

    verdict = judge_at(beside(signed(), write))
    assert verdict.covered == judge_at(signed()).covered
    assert len(additions_of(verdict).timestamps) == 1


# ── where the policy requires one ─────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_may_require_a_stamp() -> None:
    assert counted(judge_at(stamped(), policy=REQUIRED)).moment == MOMENT
    assert_refused(judge_at(signed(), policy=REQUIRED), FailureCode.TIMESTAMP_MISSING)
    assert_refused(judge_at(made(Draft()), policy=REQUIRED), FailureCode.TIMESTAMP_MISSING)
    bad = stamped(stamps=[Stamp(by=credential())])
    assert_refused(judge_at(bad, policy=REQUIRED), FailureCode.TIMESTAMP_UNTRUSTED)


def test_one_that_counts_beside_one_that_does_not_is_enough() -> None:
    both = stamped(stamps=[Stamp(by=credential()), Stamp()])
    assert counted(judge_at(both, policy=REQUIRED)).moment == MOMENT


# ── certificates that expired since ───────────────────────────────────────────────────────────────────────────────────

ENDED = MOMENT + timedelta(days=2)


def issued(validity: Validity) -> Credential:
    return hierarchy().intermediate.issue(Subject("Cơ quan hết hạn"), validity)


def ending() -> Credential:
    return issued(Validity(MOMENT - DAY, ENDED))


def test_a_signature_that_was_stamped_in_time_outlives_its_certificate() -> None:
    octets = signed_at(MOMENT, ending())
    assert judge_at(octets).failure is None
    assert_refused(judge_at(octets, ENDED + DAY), FailureCode.CERTIFICATE_EXPIRED)
    verdict = judge_at(stamped(octets), ENDED + DAY)
    assert counted(verdict).moment == MOMENT
    assert verdict.judged_at == ENDED + DAY


def test_a_stamp_after_the_certificates_end_is_too_late() -> None:
    late = stamped(signed_at(MOMENT, ending()), [Stamp(moment=ENDED + timedelta(seconds=1))])
    assert_refused(judge_at(late, ENDED + DAY), FailureCode.CERTIFICATE_EXPIRED)


def test_a_stamp_that_does_not_count_keeps_no_certificate_alive() -> None:
    octets = stamped(signed_at(MOMENT, ending()), [Stamp(by=credential())])
    assert_refused(judge_at(octets, ENDED + DAY), FailureCode.CERTIFICATE_EXPIRED)


def test_a_stamp_heals_nothing_but_expiry() -> None:
    assert_refused(judge_at(stamped(), store=elsewhere()), FailureCode.UNTRUSTED)
    altered = stamped().replace(b"H26.18", b"H26.19")
    assert_refused(judge_at(altered), FailureCode.ALTERED)
    assert_refused(
        judge_at(stamped(signed_at(MOMENT, ending())), MOMENT - 3 * DAY), FailureCode.CERTIFICATE_NOT_YET_VALID
    )


def elsewhere() -> TrustStore:
    return TrustStore([Forgery.authority("ai đó").under(None).certificate])


# ── values for later ──────────────────────────────────────────────────────────────────────────────────────────────────


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def values(certificates: tuple[bytes, ...] = (), crls: tuple[bytes, ...] = (), answers: tuple[bytes, ...] = ()) -> str:
    """CertificateValues and RevocationValues."""
    one, two, three = (
        "".join(f"<xades:Encapsulated{name}>{encoded(der)}</xades:Encapsulated{name}>" for der in ders)
        for name, ders in (("X509Certificate", certificates), ("CRLValue", crls), ("OCSPValue", answers))
    )
    return (
        f"<xades:CertificateValues>{one}</xades:CertificateValues><xades:RevocationValues>"
        f"<xades:CRLValues>{two}</xades:CRLValues><xades:OCSPValues>{three}</xades:OCSPValues></xades:RevocationValues>"
    )


def test_embedded_values_are_handed_on_as_claims() -> None:
    own = certificate(credential()).der
    additions = additions_of(judge_at(stamped(more=values((own,), (b"crl",), (b"ocsp", b"more")))))
    embedded = additions.embedded
    assert (embedded.certificates, embedded.crls, embedded.ocsp_answers) == ((own,), (b"crl",), (b"ocsp", b"more"))
    assert embedded.left_out == 0
    assert (additions.claimed_level, additions.verified_level) == (SignatureLevel.B_LT, SignatureLevel.B_T)


def test_values_of_the_stamps_are_handed_on_too() -> None:
    more = f"<x4:TimeStampValidationData>{values(crls=(b'crl',))}</x4:TimeStampValidationData>"
    assert additions_of(judge_at(stamped(more=more))).embedded.crls == (b"crl",)


@pytest.mark.parametrize("version", ["x4", "xades"])
def test_an_archive_time_stamp_is_named_and_not_read(version: str) -> None:
    more = f"<{version}:ArchiveTimeStamp><xades:EncapsulatedTimeStamp/></{version}:ArchiveTimeStamp>"
    additions = additions_of(judge_at(stamped(more=values() + more + "<xades:Unheard/>")))
    assert (additions.claimed_level, additions.verified_level) == (SignatureLevel.B_LTA, SignatureLevel.B_T)
    assert additions.unread == ("ArchiveTimeStamp", "Unheard")


def test_values_that_are_unreadable_or_too_many_are_left_out() -> None:
    many = values(crls=tuple(bytes([number]) for number in range(EMBEDDED_MAX + 3)))
    embedded = additions_of(judge_at(stamped(more=many))).embedded
    assert (len(embedded.crls), embedded.left_out) == (EMBEDDED_MAX, 3)
    broken = values(crls=(b"crl",)).replace(encoded(b"crl"), "@@")
    embedded = additions_of(judge_at(stamped(more=broken))).embedded
    assert (embedded.crls, embedded.left_out) == ((), 1)
    large = values(crls=(bytes(5 * 1024 * 1024), b"crl"))
    embedded = additions_of(judge_at(stamped(more=large))).embedded
    assert (embedded.crls, embedded.left_out) == ((b"crl",), 1)


def test_an_embedded_intermediate_helps_to_find_the_path() -> None:
    def alone(root: etree._Element) -> None:
        last = root.findall(f".//{{{DS}}}X509Certificate")[-1]
        last.getparent().remove(last)  # type: ignore[union-attr]

    bare = changed(signed(), alone)
    assert_refused(judge_at(bare, store=TrustStore(trust().anchors)), FailureCode.UNTRUSTED)
    (intermediate,) = chain(credential())
    store = TrustStore(trust().anchors)
    assert judge_at(beside(bare, values((intermediate.der, b"no certificate"))), store=store).failure is None


def test_embedded_certificates_are_trusted_for_nothing() -> None:
    root = certificate(hierarchy().root).der
    assert_refused(judge_at(beside(signed(), values((root,))), store=elsewhere()), FailureCode.UNTRUSTED)


# ── the canonical form of the value ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("algorithm", Canonicalization, ids=lambda one: one.name)
def test_a_stamp_over_any_listed_form(algorithm: Canonicalization) -> None:
    def write(root: etree._Element) -> str:
        octets = canonical_leaf(one(root, "//ds:SignatureValue"), Transform(algorithm))
        method = f'<ds:CanonicalizationMethod Algorithm="{algorithm}"/>'
        return stamp_element(token(Stamp(stamped=octets).der), method=method)

    assert counted(judge_at(beside(signed(), write))).moment == MOMENT


def test_without_a_word_the_form_is_inclusive() -> None:
    def write(root: etree._Element) -> str:
        octets = canonical_leaf(one(root, "//ds:SignatureValue"), Transform(Canonicalization.INCLUSIVE_1_0))
        return stamp_element(token(Stamp(stamped=octets).der), method="")

    assert counted(judge_at(beside(signed(), write))).moment == MOMENT
