"""A stamp whose authority was revoked: void or not, and what becomes of a signature that passed by it (RFC 3161)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from axis.demo.pki.authorities import Authorities
from axis.exchange.attested import signature_of
from signing.revocation.book import Statuses, with_revocation
from signing.statuses import HOLD, RevocationStatus
from signing.verdict import Failure, FailureCode, Indication, SignatureLevel, Verdict
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.test_book import DAY, GOOD, passed, revoked, stamped

__all__ = ["passed"]

STAMPED_AT = MOMENT - 2 * DAY
HARMLESS = ["unspecified", "affiliation_changed", "superseded", "cessation_of_operation"]
GRAVE = ["key_compromise", "ca_compromise", "aa_compromise", "privilege_withdrawn", "remove_from_crl", HOLD]


def judged(verdict: Verdict, authorities: Authorities, tsa: RevocationStatus, signer: RevocationStatus) -> Verdict:
    """The verdict where the authority of the stamps, the signer, and nobody else was revoked."""
    assert verdict.facts is not None
    known = {one.fingerprint: GOOD for one in verdict.facts.path.certificates[:-1]}
    known |= {verdict.facts.path.signer.fingerprint: signer, authorities["tsa"].certificate.fingerprint: tsa}
    return with_revocation(verdict, Statuses(known))


def code_of(verdict: Verdict) -> FailureCode | None:
    return verdict.failure.code if verdict.failure else None


@pytest.mark.parametrize("reason", GRAVE)
@pytest.mark.parametrize("ago", [timedelta(hours=1), 3 * DAY])
def test_every_stamp_of_a_key_that_was_stolen_is_void_whatever_time_it_states(
    passed: Verdict, authorities: Authorities, reason: str, ago: timedelta
) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    outcome = judged(verdict, authorities, revoked(ago, reason), revoked(DAY))
    assert code_of(outcome) is FailureCode.CERTIFICATE_REVOKED
    assert outcome.revocation is not None
    assert outcome.revocation.existed_at == outcome.judged_at


def test_every_stamp_is_void_where_no_reason_is_stated(passed: Verdict, authorities: Authorities) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    silent = replace(revoked(DAY), reason=None)
    assert code_of(judged(verdict, authorities, silent, revoked(DAY))) is FailureCode.CERTIFICATE_REVOKED


@pytest.mark.parametrize("reason", HARMLESS)
def test_a_stamp_from_before_its_authority_ended_in_order_still_counts(
    passed: Verdict, authorities: Authorities, reason: str
) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    assert judged(verdict, authorities, revoked(DAY, reason), revoked(DAY)).indication is Indication.TOTAL_PASSED
    late = judged(verdict, authorities, revoked(3 * DAY, reason), revoked(DAY))
    assert code_of(late) is FailureCode.CERTIFICATE_REVOKED


def test_what_is_told_of_a_void_stamp_is_that_it_does_not_count(passed: Verdict, authorities: Authorities) -> None:
    verdict = judged(stamped(passed, authorities, STAMPED_AT), authorities, revoked(DAY), GOOD)
    assert verdict.facts is not None
    assert verdict.facts.additions.timestamps == (Failure(FailureCode.TIMESTAMP_UNTRUSTED, "revoked"),)
    told = signature_of(verdict)
    assert (told.level, told.proven_at, verdict.indication) == (SignatureLevel.B_B, None, Indication.TOTAL_PASSED)


def test_of_two_stamps_the_one_that_is_not_void_counts(passed: Verdict, authorities: Authorities) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    other = stamped(passed, authorities, MOMENT - DAY)
    assert verdict.facts is not None
    assert other.facts is not None
    (first,), (second,) = verdict.facts.additions.timestamps, other.facts.additions.timestamps
    both = replace(verdict.facts, additions=replace(verdict.facts.additions, timestamps=(second, first)))
    outcome = judged(
        replace(verdict, facts=both),
        authorities,
        revoked(timedelta(hours=36), "superseded"),
        revoked(timedelta(hours=40)),
    )
    assert code_of(outcome) is None
    assert outcome.facts is not None
    assert outcome.facts.additions.proof_of_existence == first
    assert isinstance(outcome.facts.additions.timestamps[0], Failure)


def test_a_policy_that_requires_a_stamp_is_asked_again(passed: Verdict, authorities: Authorities) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    assert verdict.facts is not None
    required = replace(verdict, facts=replace(verdict.facts, is_timestamp_required=True))
    assert judged(required, authorities, GOOD, GOOD).indication is Indication.TOTAL_PASSED
    outcome = judged(required, authorities, revoked(DAY), GOOD)
    assert outcome.failure == Failure(FailureCode.TIMESTAMP_UNTRUSTED, "revoked")


def test_what_passed_by_the_rules_of_a_void_stamps_time_is_refused(passed: Verdict, authorities: Authorities) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    assert verdict.facts is not None
    by_date = replace(verdict, facts=replace(verdict.facts, proved_at=STAMPED_AT))
    assert judged(by_date, authorities, GOOD, GOOD).indication is Indication.TOTAL_PASSED
    outcome = judged(by_date, authorities, revoked(DAY), GOOD)
    assert outcome.failure == Failure(FailureCode.TIMESTAMP_UNTRUSTED, "revoked")
    assert outcome.covered is None
