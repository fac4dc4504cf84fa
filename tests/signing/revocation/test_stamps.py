"""A stamp whose authority was revoked: void or not, and what becomes of a signature that passed by it (RFC 3161)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from axis.demo.pki.authorities import Authorities
from axis.exchange.attested import signature_of
from signing.revocation.book import Statuses, with_revocation
from signing.statuses import HOLD, Doubt, RevocationState, RevocationStatus, Source
from signing.verdict import (
    EmbeddedValues,
    Failure,
    FailureCode,
    Indication,
    RevocationFindings,
    SignatureLevel,
    SubIndication,
    Timestamp,
    Verdict,
)
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
    proof = outcome.facts.additions.proof_of_existence
    assert isinstance(first, Timestamp)
    assert proof is not None
    assert (proof.moment, proof.is_known) == (first.moment, True)
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


# ── authorities of which nothing certain is known ─────────────────────────────────────────────────────────────────────

NOBODY_ASKED = RevocationStatus.unknown(Doubt.NO_EVIDENCE)
NOBODY_TO_ASK = RevocationStatus.unknown(Doubt.NO_SOURCE)
OUT_OF_DATE = RevocationStatus(RevocationState.GOOD, Source.OCSP, MOMENT - 3 * DAY, MOMENT - DAY, bytes(32))
UNKNOWN = {"nobody asked": NOBODY_ASKED, "nobody to ask": NOBODY_TO_ASK, "out of date": OUT_OF_DATE}
MARKED = (Indication.INDETERMINATE, SubIndication.TRY_LATER, FailureCode.REVOCATION_UNKNOWN)


def stamp_of(verdict: Verdict) -> Timestamp:
    assert verdict.facts is not None
    (stamp,) = verdict.facts.additions.timestamps
    assert isinstance(stamp, Timestamp)
    return stamp


def mark_of(verdict: Verdict) -> tuple[Indication, SubIndication | None, FailureCode | None]:
    return verdict.indication, verdict.sub_indication, verdict.mark


@pytest.mark.parametrize(
    ("tsa", "state", "doubt"),
    [
        (GOOD, RevocationState.GOOD, None),
        (revoked(DAY, "superseded"), RevocationState.REVOKED, None),
        (NOBODY_ASKED, RevocationState.UNKNOWN, Doubt.NO_EVIDENCE),
        (NOBODY_TO_ASK, RevocationState.UNKNOWN, Doubt.NO_SOURCE),
        (OUT_OF_DATE, RevocationState.UNKNOWN, Doubt.STALE),
    ],
)
def test_each_stamp_carries_what_is_known_of_its_authority_at_the_judgement(
    passed: Verdict, authorities: Authorities, tsa: RevocationStatus, state: RevocationState, doubt: Doubt | None
) -> None:
    """Out of date is what was good at the stamp's own time: a key stolen since would void the stamp all the same."""
    outcome = judged(stamped(passed, authorities, STAMPED_AT), authorities, tsa, GOOD)
    findings = stamp_of(outcome).revocation
    assert isinstance(findings, RevocationFindings)
    ((certificate, status), (_, of_issuer)) = findings.statuses
    assert (certificate, status.state, status.doubt) == (authorities["tsa"].certificate, state, doubt)
    assert (of_issuer.state, findings.existed_at) == (RevocationState.GOOD, MOMENT)


@pytest.mark.parametrize("tsa", UNKNOWN.values(), ids=UNKNOWN)
def test_a_signature_that_needs_no_stamp_passes_whatever_is_known_of_its_authority(
    passed: Verdict, authorities: Authorities, tsa: RevocationStatus
) -> None:
    outcome = judged(stamped(passed, authorities, STAMPED_AT), authorities, tsa, GOOD)
    assert (outcome.indication, outcome.rests_on, outcome.revocation_word) == (Indication.TOTAL_PASSED, None, "good")


@pytest.mark.parametrize("tsa", [NOBODY_ASKED, OUT_OF_DATE])
def test_a_doubtful_stamp_proves_no_time(passed: Verdict, authorities: Authorities, tsa: RevocationStatus) -> None:
    outcome = judged(stamped(passed, authorities, STAMPED_AT), authorities, tsa, GOOD)
    assert (signature_of(outcome).level, signature_of(outcome).proven_at) == (SignatureLevel.B_B, None)
    assert outcome.revocation is not None
    assert outcome.revocation.existed_at == MOMENT


def test_a_stamp_whose_authority_names_nobody_to_ask_still_proves_its_time(
    passed: Verdict, authorities: Authorities
) -> None:
    outcome = judged(stamped(passed, authorities, STAMPED_AT), authorities, NOBODY_TO_ASK, GOOD)
    assert (signature_of(outcome).level, signature_of(outcome).proven_at) == (SignatureLevel.B_T, STAMPED_AT)
    assert outcome.revocation is not None
    assert outcome.revocation.existed_at == STAMPED_AT


@pytest.mark.parametrize("tsa", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("need", ["required", "by the rules of its time", "expired"])
def test_what_passes_by_a_stamp_of_an_unknown_authority_alone_is_marked(
    passed: Verdict, authorities: Authorities, tsa: RevocationStatus, need: str
) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    assert verdict.facts is not None
    facts = verdict.facts
    if need == "expired":
        late = facts.path.signer.not_after + DAY
        verdict = replace(verdict, judged_at=late)
        tsa = replace(tsa, this_update=late - 3 * DAY, next_update=late - DAY) if tsa is OUT_OF_DATE else tsa
    else:
        moment = STAMPED_AT if need == "by the rules of its time" else None
        verdict = replace(verdict, facts=replace(facts, is_timestamp_required=need == "required", proved_at=moment))
    outcome = judged(verdict, authorities, tsa, GOOD)
    assert mark_of(outcome) == MARKED
    assert outcome.covered == passed.covered
    assert outcome.rests_on == stamp_of(outcome)
    assert signature_of(outcome).proven_at == STAMPED_AT
    assert (outcome.revocation_word, outcome.is_stale) == ("unknown", tsa.doubt is None)


def test_a_stamp_that_waits_for_its_authority_does_not_outweigh_a_revocation(
    passed: Verdict, authorities: Authorities
) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    for tsa in (NOBODY_ASKED, OUT_OF_DATE):
        assert code_of(judged(verdict, authorities, tsa, revoked(DAY))) is FailureCode.CERTIFICATE_REVOKED
    assert mark_of(judged(verdict, authorities, NOBODY_TO_ASK, revoked(DAY))) == MARKED


def test_what_passes_by_no_stamp_keeps_its_own_reason(passed: Verdict, authorities: Authorities) -> None:
    verdict = stamped(passed, authorities, STAMPED_AT)
    for tsa in UNKNOWN.values():
        assert code_of(judged(verdict, authorities, tsa, revoked(3 * DAY))) is FailureCode.CERTIFICATE_REVOKED


def test_of_a_known_and_an_unknown_authority_the_known_one_carries(passed: Verdict, authorities: Authorities) -> None:
    verdict = stamped(passed, authorities, MOMENT - DAY)
    assert verdict.facts is not None
    (second,) = verdict.facts.additions.counted
    other = replace(second, moment=STAMPED_AT, path=verdict.facts.path)  # of somebody else: the signer, for once
    both = replace(verdict.facts, additions=replace(verdict.facts.additions, timestamps=(other, second)))
    both = replace(both, is_timestamp_required=True)
    issuing = both.path.certificates[1]
    known = {issuing: GOOD, authorities["tsa"].certificate: GOOD}
    outcome = with_revocation(
        replace(verdict, facts=both), Statuses({one.fingerprint: state for one, state in known.items()})
    )
    assert mark_of(outcome) == MARKED, "the signer itself is unknown"
    assert (outcome.rests_on, signature_of(outcome).proven_at) == (None, MOMENT - DAY)


def test_evidence_that_came_along_tells_of_the_authority_too(passed: Verdict, authorities: Authorities) -> None:
    for answer, is_good in ((authorities.ocsp("tsa", at=MOMENT), True), (authorities.ocsp("G22", at=MOMENT), False)):
        verdict = stamped(passed, authorities, STAMPED_AT)
        assert verdict.facts is not None
        additions = replace(verdict.facts.additions, embedded=EmbeddedValues(ocsp_answers=(answer,)))
        facts = replace(verdict.facts, additions=additions, is_timestamp_required=True)
        known = Statuses({one.fingerprint: GOOD for one in facts.path.certificates[:-1]})
        outcome = with_revocation(replace(verdict, facts=facts), known)
        findings = stamp_of(outcome).revocation
        assert findings is not None
        assert findings.statuses[0][1].is_brought is is_good
        assert (outcome.indication is Indication.TOTAL_PASSED) is is_good
