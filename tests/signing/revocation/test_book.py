"""A verdict and what is known of its certificates, put together: refused, marked, or left as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from axis.demo.pki.authorities import Authorities
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.policy import PACKAGE_POLICY
from signing.revocation.book import Statuses, with_revocation
from signing.statuses import HOLD, Doubt, RevocationState, RevocationStatus, Source
from signing.trust import TrustStore
from signing.verdict import CertificatePath, FailureCode, Indication, SubIndication, Timestamp, Verdict
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier
from tests.fixtures.postgres import MOMENT
from tests.signing.xml.packages import PACKAGE

DAY = timedelta(days=1)
GOOD = RevocationStatus(RevocationState.GOOD, Source.OCSP, MOMENT, MOMENT + DAY, bytes(32))


def revoked(ago: timedelta, reason: str = "key_compromise") -> RevocationStatus:
    return RevocationStatus(
        RevocationState.REVOKED, Source.CRL, MOMENT, MOMENT + DAY, bytes(32), revoked_at=MOMENT - ago, reason=reason
    )


@pytest.fixture(scope="module")
def passed(authorities: Authorities) -> Verdict:
    holder = authorities["H51.15"]
    package = XmlSigner(parse, SIGNATURE_PARENT, holder.signer).sign(PACKAGE, at=MOMENT)
    store = TrustStore(authorities.anchors, authorities.intermediates)
    verdict = XmlVerifier(parse, SIGNATURE_PARENT, store, PACKAGE_POLICY).verify(package, at=MOMENT)
    assert verdict.facts is not None
    return verdict


def judged(verdict: Verdict, *states: RevocationStatus | None) -> Verdict:
    assert verdict.facts is not None
    path = verdict.facts.path.certificates[:-1]
    known = {one.fingerprint: state for one, state in zip(path, states, strict=True) if state is not None}
    return with_revocation(verdict, Statuses(known))


def test_a_signature_whose_certificates_are_all_good_passes(passed: Verdict) -> None:
    verdict = judged(passed, GOOD, GOOD)
    assert (verdict.indication, verdict.revocation_word) == (Indication.TOTAL_PASSED, "good")
    assert verdict.covered == passed.covered


@pytest.mark.parametrize(
    ("states", "code", "sub"),
    [
        ((revoked(DAY), GOOD), FailureCode.CERTIFICATE_REVOKED, SubIndication.REVOKED_NO_POE),
        ((revoked(DAY, HOLD), GOOD), FailureCode.CERTIFICATE_ON_HOLD, SubIndication.TRY_LATER),
        ((GOOD, revoked(DAY)), FailureCode.AUTHORITY_REVOKED, SubIndication.REVOKED_CA_NO_POE),
        ((None, revoked(DAY)), FailureCode.AUTHORITY_REVOKED, SubIndication.REVOKED_CA_NO_POE),
        ((revoked(DAY), revoked(DAY)), FailureCode.CERTIFICATE_REVOKED, SubIndication.REVOKED_NO_POE),
    ],
)
def test_one_revoked_certificate_refuses(
    passed: Verdict, states: tuple[RevocationStatus | None, ...], code: FailureCode, sub: SubIndication
) -> None:
    verdict = judged(passed, *states)
    assert verdict.failure is not None
    assert (verdict.failure.code, verdict.sub_indication) == (code, sub)
    assert verdict.covered is None
    assert verdict.facts == passed.facts
    assert verdict.revocation_word == "revoked"


def test_a_certificate_that_was_revoked_afterwards_was_good_then(passed: Verdict) -> None:
    assert judged(passed, revoked(-DAY), GOOD).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("states", [(None, GOOD), (GOOD, None), (None, None)])
def test_what_is_unknown_marks_and_does_not_refuse(
    passed: Verdict, states: tuple[RevocationStatus | None, ...]
) -> None:
    verdict = judged(passed, *states)
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert verdict.mark is FailureCode.REVOCATION_UNKNOWN
    assert verdict.covered == passed.covered


def test_the_mark_says_why_nothing_is_known(passed: Verdict) -> None:
    old = RevocationStatus(RevocationState.GOOD, Source.OCSP, MOMENT - 3 * DAY, MOMENT - 2 * DAY, bytes(32))
    verdict = judged(passed, old, None)
    assert verdict.revocation is not None
    (_, first), (_, second) = verdict.revocation.statuses
    assert (first.doubt, first.this_update) == (Doubt.STALE, MOMENT - 3 * DAY)
    assert second.doubt is Doubt.NO_EVIDENCE


def stamped(verdict: Verdict, authorities: Authorities, at: datetime) -> Verdict:
    """The verdict with a stamp of the given moment that counts."""
    assert verdict.facts is not None
    store = TrustStore(authorities.anchors, authorities.intermediates)
    holder = authorities["tsa"]
    path = store.path_of(holder.certificate, holder.chain, at=at)
    assert isinstance(path, CertificatePath)
    stamp = Timestamp(at, None, serial=1, policy="1.2.3", path=path, digest=bytes(32))
    additions = replace(verdict.facts.additions, timestamps=(stamp,))
    return replace(verdict, facts=replace(verdict.facts, additions=additions))


def test_a_stamp_proves_that_the_signature_is_older_than_the_revocation(
    passed: Verdict, authorities: Authorities
) -> None:
    since = revoked(DAY)
    assert judged(passed, since, GOOD).failure is not None
    older = stamped(passed, authorities, MOMENT - 2 * DAY)
    assert older.facts is not None
    signer, issuing = older.facts.path.certificates[:-1]
    known = {signer: since, issuing: GOOD, authorities["tsa"].certificate: GOOD}
    verdict = with_revocation(older, Statuses({one.fingerprint: state for one, state in known.items()}))
    assert verdict.indication is Indication.TOTAL_PASSED
    assert verdict.revocation is not None
    assert verdict.revocation.existed_at == MOMENT - 2 * DAY


def test_the_stamp_of_a_revoked_authority_proves_nothing(passed: Verdict, authorities: Authorities) -> None:
    older = stamped(passed, authorities, MOMENT - 2 * DAY)
    assert older.facts is not None
    own = {one.fingerprint: GOOD for one in older.facts.path.certificates[:-1]}
    signer = older.facts.path.signer.fingerprint
    known = {**own, signer: revoked(DAY), authorities["tsa"].certificate.fingerprint: revoked(3 * DAY)}
    verdict = with_revocation(older, Statuses(known))
    assert verdict.failure is not None
    assert verdict.failure.code is FailureCode.CERTIFICATE_REVOKED


def test_what_passed_by_such_a_stamp_alone_has_expired(passed: Verdict, authorities: Authorities) -> None:
    older = stamped(passed, authorities, MOMENT - 2 * DAY)
    assert older.facts is not None
    late = replace(older, judged_at=older.facts.path.signer.not_after + DAY)
    known = {one.fingerprint: GOOD for one in late.facts.path.certificates[:-1]} if late.facts else {}
    assert with_revocation(late, Statuses(known)).failure is None
    broken = {**known, authorities["tsa"].certificate.fingerprint: revoked(3 * DAY)}
    verdict = with_revocation(late, Statuses(broken))
    assert verdict.failure is not None
    assert verdict.failure.code is FailureCode.CERTIFICATE_EXPIRED


def test_a_signature_that_failed_stays_as_it_is(passed: Verdict, authorities: Authorities) -> None:
    store = TrustStore([authorities.certificate("rogue-root")])
    holder = authorities["H51.15"]
    package = XmlSigner(parse, SIGNATURE_PARENT, holder.signer).sign(PACKAGE, at=MOMENT)
    refused = XmlVerifier(parse, SIGNATURE_PARENT, store, PACKAGE_POLICY).verify(package, at=MOMENT)
    assert with_revocation(refused, Statuses({})) == refused
