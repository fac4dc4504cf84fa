"""Authorities are trusted for what they are for, from when on and until when the operator says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from axis.demo.authority import Subject, Validity
from signing.errors import TrustUnusable
from signing.policy import DOCUMENT_POLICY, PACKAGE_POLICY, SEAL_POLICY, TIMESTAMP_POLICY, SignaturePolicy
from signing.purposes import Purpose, TrustedAuthority
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode
from tests.signing.forgery import Forgery, as_credential
from tests.signing.pki import MOMENT, certificate, chain, credential, hierarchy
from tests.signing.stamping import Stamp, authority, usage
from tests.signing.xml.packages import assert_refused, signed
from tests.signing.xml.stamped import judge_at, signed_at, stamped

DAY = timedelta(days=1)
ROOT = TrustedAuthority(certificate(hierarchy().root))
INTERMEDIATE = TrustedAuthority(certificate(hierarchy().intermediate), is_anchor=False)
POLICIES = (PACKAGE_POLICY, DOCUMENT_POLICY, SEAL_POLICY, TIMESTAMP_POLICY)


def judge(
    *authorities: TrustedAuthority, policy: SignaturePolicy = PACKAGE_POLICY, at: datetime = MOMENT
) -> CertificatePath | Failure:
    holder = authority() if policy is TIMESTAMP_POLICY else credential()
    store = TrustStore(authorities=authorities)
    return store.judge(certificate(holder), chain(holder), at=at, policy=policy)


def code_of(judged: CertificatePath | Failure) -> FailureCode | None:
    return judged.code if isinstance(judged, Failure) else None


@pytest.mark.parametrize("purpose", Purpose)
def test_an_anchor_serves_its_purposes_and_no_other(purpose: Purpose) -> None:
    anchor = replace(ROOT, purposes=frozenset({purpose}))
    for policy in POLICIES:
        expected = None if policy.purpose is purpose else FailureCode.UNTRUSTED
        assert code_of(judge(anchor, policy=policy)) is expected


def test_each_policy_has_its_purpose() -> None:
    assert {one.purpose for one in POLICIES} == set(Purpose)


def test_an_intermediate_is_held_to_its_purposes_even_where_it_comes_along() -> None:
    documents = replace(INTERMEDIATE, purposes=frozenset({Purpose.DOCUMENT}))
    assert code_of(judge(ROOT, documents, policy=PACKAGE_POLICY)) is FailureCode.UNTRUSTED
    assert code_of(judge(ROOT, documents, policy=DOCUMENT_POLICY)) is None


def test_a_purpose_without_an_anchor_is_told_at_once() -> None:
    store = TrustStore(authorities=[replace(ROOT, purposes=frozenset({Purpose.PACKAGE})), INTERMEDIATE])
    store.require(Purpose.PACKAGE)
    with pytest.raises(TrustUnusable, match="timestamp"):
        store.require(Purpose.PACKAGE, Purpose.TIMESTAMP)


@pytest.mark.parametrize("narrowed", [ROOT, INTERMEDIATE], ids=["anchor", "intermediate"])
def test_a_window_has_nothing_to_do_with_the_certificates_validity(narrowed: TrustedAuthority) -> None:
    tick = timedelta(microseconds=1)
    windowed = replace(narrowed, trusted_from=MOMENT - DAY / 2, trusted_until=MOMENT + DAY)
    store = TrustStore(authorities=[windowed, INTERMEDIATE if narrowed is ROOT else ROOT])
    for moment, expected in (
        (MOMENT, None),
        (MOMENT - DAY / 2, None),
        (MOMENT - DAY / 2 - tick, FailureCode.UNTRUSTED),
        (MOMENT + DAY - tick, None),
        (MOMENT + DAY, FailureCode.AUTHORITY_GIVEN_UP),
        (MOMENT, None),
    ):
        judged = store.judge(certificate(credential()), chain(credential()), at=moment, policy=PACKAGE_POLICY)
        assert code_of(judged) is expected, moment


def test_who_was_never_trusted_is_not_called_given_up() -> None:
    other = replace(TrustedAuthority(certificate(authority())), is_anchor=True)
    with pytest.raises(TrustUnusable):
        TrustStore(authorities=[other])
    given_up = replace(ROOT, trusted_until=MOMENT - DAY, purposes=frozenset({Purpose.DOCUMENT}))
    assert code_of(judge(given_up, replace(ROOT, purposes=frozenset({Purpose.SEAL})))) is FailureCode.UNTRUSTED


GIVEN_UP = MOMENT + 10 * DAY


STAMPING = Forgery.authority("gốc dấu thời gian").under(None)
TSA = as_credential(Forgery("TSA", extensions=usage()).under(STAMPING))


def giving_up() -> TrustStore:
    """A store that gave up the signers' authority, and goes on trusting that of time stamps."""
    signers = replace(ROOT, purposes=frozenset({Purpose.PACKAGE}), trusted_until=GIVEN_UP)
    stamps = TrustedAuthority(STAMPING.certificate, purposes=frozenset({Purpose.TIMESTAMP}))
    return TrustStore(authorities=[signers, stamps])


def test_an_authority_that_was_given_up_stays_good_for_what_is_proved_to_be_older() -> None:
    store = giving_up()
    octets = stamped(signed(), [Stamp(moment=MOMENT + DAY, by=TSA)])
    assert judge_at(octets, GIVEN_UP - DAY, store=store).failure is None
    verdict = judge_at(octets, GIVEN_UP + DAY, store=store)
    assert verdict.facts is not None, verdict.failure
    assert verdict.facts.proved_at == MOMENT + DAY
    assert_refused(judge_at(signed(), GIVEN_UP + DAY, store=store), FailureCode.AUTHORITY_GIVEN_UP)


def test_a_certificate_that_has_also_expired_since_passes_by_the_same_proof() -> None:
    ending = hierarchy().intermediate.issue(Subject("Cơ quan hết hạn"), Validity(MOMENT - DAY, MOMENT + 5 * DAY))
    octets = stamped(signed_at(MOMENT, ending), [Stamp(moment=MOMENT + DAY, by=TSA)])
    assert judge_at(octets, GIVEN_UP + DAY, store=giving_up()).failure is None
    assert_refused(
        judge_at(signed_at(MOMENT, ending), GIVEN_UP + DAY, store=giving_up()), FailureCode.CERTIFICATE_EXPIRED
    )


def test_a_stamp_from_after_it_was_given_up_is_too_late() -> None:
    signers = replace(ROOT, purposes=frozenset({Purpose.PACKAGE}), trusted_until=MOMENT + DAY)
    store = TrustStore(authorities=[signers, TrustedAuthority(STAMPING.certificate)])
    octets = stamped(signed(), [Stamp(moment=MOMENT + 2 * DAY, by=TSA)])
    assert_refused(judge_at(octets, MOMENT + 3 * DAY, store=store), FailureCode.AUTHORITY_GIVEN_UP)


def test_a_stamp_of_an_authority_that_was_given_up_itself_proves_nothing_any_more() -> None:
    store = TrustStore(authorities=[replace(ROOT, trusted_until=GIVEN_UP)])
    octets = stamped(signed(), [Stamp(moment=MOMENT + DAY)])
    assert judge_at(octets, GIVEN_UP - DAY, store=store).failure is None
    assert_refused(judge_at(octets, GIVEN_UP + DAY, store=store), FailureCode.AUTHORITY_GIVEN_UP)


@pytest.mark.parametrize(
    "change",
    [
        {"purposes": frozenset()},
        {"trusted_from": MOMENT.replace(tzinfo=None)},
        {"trusted_from": MOMENT, "trusted_until": MOMENT},
    ],
)
def test_what_cannot_be_meant_is_a_mistake(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="trusted"):
        replace(ROOT, **change)  # type: ignore[arg-type] # the fields by name


def test_the_store_knows_whom_it_names() -> None:
    store = TrustStore(authorities=[ROOT, INTERMEDIATE])
    assert store.names(ROOT.certificate)
    assert store.names(INTERMEDIATE.certificate)
    assert not store.names(certificate(credential()))
    assert store.anchors_for(Purpose.SEAL) == (ROOT.certificate,)
