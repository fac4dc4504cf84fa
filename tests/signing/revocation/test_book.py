"""A verdict and what is known of its certificates, put together: refused, marked, or left as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from axis.demo.pki.authorities import Authorities
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.policy import PACKAGE_POLICY
from signing.revocation.book import Statuses, with_revocation
from signing.statuses import HOLD, Doubt, RevocationState, RevocationStatus, Source
from signing.trust import TrustStore
from signing.verdict import FailureCode, Indication, SubIndication, Verdict
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


def test_a_signature_that_failed_stays_as_it_is(passed: Verdict, authorities: Authorities) -> None:
    store = TrustStore([authorities.certificate("rogue-root")])
    holder = authorities["H51.15"]
    package = XmlSigner(parse, SIGNATURE_PARENT, holder.signer).sign(PACKAGE, at=MOMENT)
    refused = XmlVerifier(parse, SIGNATURE_PARENT, store, PACKAGE_POLICY).verify(package, at=MOMENT)
    assert with_revocation(refused, Statuses({})) == refused
