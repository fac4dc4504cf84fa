"""Turns at deliveries, and what an acknowledgement does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from envelopes.acknowledgement import AckOutcome
from envelopes.identifiers import DeliveryId, SystemId
from routing.authority import Caller
from routing.delivery import Delivery, Lease, LeaseId
from routing.errors import LeaseTermsRefused
from routing.events import EventTag
from routing.leases import (
    LEASE_COUNT_MAX,
    LEASE_TIME_MAX,
    LEASE_TIME_MIN,
    LONG_POLL_MAX,
    PUSHED_FIRST,
    AcknowledgementJudgement,
    AcknowledgementRefused,
    AlreadySettled,
    LeaseTerms,
    Presentation,
    RecipientStatement,
    Settled,
    holds,
    is_live,
    judge_acknowledgement,
    may_lease,
)
from routing.lifecycle import DEADLINES, DeliveryState
from routing.state_words import STATE_WORDS
from tests.routing.examples import DIRECTORY, NOW, caller, delivery, digest, fingerprint, organ

S = DeliveryState
TICK = timedelta(microseconds=1)
OURS = LeaseId(UUID(int=1))
OTHERS = LeaseId(UUID(int=2))
PACKAGE = digest("package")
LEASE = Lease(OURS, SystemId("van-thu.h41"), NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    "terms",
    [
        {"count": 0},
        {"count": LEASE_COUNT_MAX + 1},
        {"duration": LEASE_TIME_MIN - TICK},
        {"duration": LEASE_TIME_MAX + TICK},
        {"wait": -TICK},
        {"wait": LONG_POLL_MAX + TICK},
    ],
)
def test_terms_outside_the_limits_are_refused(terms: dict[str, object]) -> None:
    with pytest.raises(LeaseTermsRefused):
        LeaseTerms(**terms)  # type: ignore[arg-type]


def test_terms_at_the_limits_and_the_defaults_are_fine() -> None:
    assert LeaseTerms(1, LEASE_TIME_MIN, timedelta()).wait == timedelta()
    assert LeaseTerms(LEASE_COUNT_MAX, LEASE_TIME_MAX, LONG_POLL_MAX).count == LEASE_COUNT_MAX
    assert LEASE_TIME_MIN < LeaseTerms().duration < LEASE_TIME_MAX
    assert timedelta(seconds=30) == LONG_POLL_MAX


def test_a_lease_lives_until_its_end() -> None:
    assert not is_live(None, NOW)
    assert is_live(LEASE, LEASE.until - TICK)
    assert not is_live(LEASE, LEASE.until)


def test_what_is_at_disposal_and_free_can_be_leased() -> None:
    assert may_lease(delivery(), NOW)
    assert not may_lease(delivery(lease=LEASE), NOW)
    assert may_lease(delivery(lease=LEASE), LEASE.until)


def test_what_is_being_carried_cannot_be_leased() -> None:
    assert not may_lease(delivery(S.LEASED), NOW)


def test_what_is_to_be_pushed_can_be_leased_once_that_failed_or_took_too_long() -> None:
    fresh = delivery(S.READY, accepted_at=NOW)
    assert not may_lease(fresh, NOW + PUSHED_FIRST - TICK)
    assert may_lease(fresh, NOW + PUSHED_FIRST)
    assert may_lease(delivery(S.READY, accepted_at=NOW, attempts=1), NOW)
    assert may_lease(delivery(S.DEFERRED, accepted_at=NOW, attempts=1), NOW)
    assert not may_lease(delivery(S.DEFERRED, accepted_at=NOW), NOW + DEADLINES[S.DEFERRED].after)


def test_what_was_held_or_has_ended_cannot_be_leased() -> None:
    assert not may_lease(delivery(S.HELD, held_from=S.CONSIGNED), NOW)
    assert not may_lease(delivery(S.EXPIRED, due_at=None, final_at=NOW), NOW)


def test_what_is_past_its_deadline_cannot_be_leased_even_before_the_sweep() -> None:
    end = delivery().accepted_at + DEADLINES[S.CONSIGNED].after
    assert may_lease(delivery(), end - TICK)
    assert not may_lease(delivery(), end)


def test_only_the_system_that_took_the_turn_holds_it() -> None:
    leased = delivery(lease=LEASE)
    ours, theirs = LEASE.system_id, SystemId("nen-tang")
    assert holds(ours, OURS, delivery=leased, moment=NOW)
    assert not holds(theirs, OURS, delivery=leased, moment=NOW)
    assert not holds(ours, OTHERS, delivery=leased, moment=NOW)
    assert not holds(ours, OURS, delivery=leased, moment=LEASE.until)
    assert not holds(ours, OURS, delivery=delivery(), moment=NOW)
    assert not holds(ours, OURS, delivery=delivery(S.LEASED, lease=LEASE), moment=NOW)


LEASED = delivery(lease=LEASE, fetched_at=NOW)
DONE = RecipientStatement(LEASED.delivery_id, PACKAGE, AckOutcome.DONE, fingerprint("H41.21"), organ("H41.21"), NOW)
FAIL = replace(DONE, outcome=AckOutcome.FAIL, reason="Tệp không mở được")


def judge(
    statement: RecipientStatement = DONE, at: Delivery = LEASED, *, by: Caller | None = None, lease: LeaseId = OURS
) -> AcknowledgementJudgement:
    presentation = Presentation(lease, by or caller("van-thu.h41"), PACKAGE)
    return judge_acknowledgement(at, statement, presentation=presentation, directory=DIRECTORY, moment=NOW)


def codes(judgement: AcknowledgementJudgement) -> list[str]:
    assert isinstance(judgement, AcknowledgementRefused)
    return [finding.code.removeprefix("acknowledgement/") for finding in judgement.findings]


@pytest.mark.parametrize(
    ("signed_by", "code"),
    [
        ("nobody", "certificate-not-registered"),
        ("H26", "not-recipient"),
        ("former", "not-recipient"),
        ("suspended", "not-recipient"),
    ],
)
def test_an_acknowledgement_is_signed_by_the_recipient_itself(signed_by: str, code: str) -> None:
    assert codes(judge(replace(DONE, certificate=fingerprint(signed_by)))) == [code]


@pytest.mark.parametrize(
    ("signed_by", "code"), [("suspended", "certificate-suspended"), ("former", "certificate-out-of-window")]
)
def test_the_recipients_certificate_must_be_in_force(signed_by: str, code: str) -> None:
    ours = replace(LEASED, recipient=organ("H26"))
    assert codes(judge(replace(DONE, certificate=fingerprint(signed_by)), ours, by=caller("van-thu.h26"))) == [code]


@pytest.mark.parametrize("by", [caller("van-thu.h26"), caller("van-thu.h41", "H41.99"), caller("bi-dung")])
def test_a_system_that_may_not_act_for_the_recipient_is_refused(by: Caller) -> None:
    assert codes(judge(by=by)) == ["system-may-not-act"]


def test_a_stranger_learns_nothing_of_the_delivery() -> None:
    ended = delivery(S.HANDED_OVER, due_at=None, final_at=NOW)
    wrong = replace(DONE, certificate=fingerprint("nobody"), digest=digest("other"))
    assert judge(wrong, ended, by=caller("vpcp")) == judge(wrong, by=caller("vpcp"))
    assert codes(judge(wrong, by=caller("vpcp"))) == ["system-may-not-act", "certificate-not-registered"]


def test_the_recipient_of_a_delivery_whose_agency_is_gone_from_the_directory_cannot_be_spoken_for() -> None:
    assert codes(judge(at=replace(LEASED, recipient=organ("H99")))) == ["system-may-not-act"]


def test_a_wrong_digest_is_refused_whatever_the_outcome() -> None:
    assert codes(judge(replace(DONE, digest=digest("other")))) == ["wrong-digest"]
    assert codes(judge(replace(FAIL, digest=digest("other")))) == ["wrong-digest"]


def test_everything_wrong_with_a_statement_is_said_at_once() -> None:
    other = DeliveryId(UUID(int=9))
    wrong = replace(FAIL, delivery_id=other, digest=b"", reason="  ")
    assert codes(judge(wrong)) == ["other-delivery", "wrong-digest", "no-reason"]


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_failure_says_why(reason: str | None) -> None:
    assert codes(judge(replace(FAIL, reason=reason))) == ["no-reason"]


def test_without_a_turn_nothing_is_acknowledged() -> None:
    assert codes(judge(lease=OTHERS)) == ["lease-not-live"]
    assert codes(judge(by=caller("nen-tang"))) == ["lease-not-live"]
    assert codes(judge(at=replace(LEASED, lease=replace(LEASE, until=NOW)))) == ["lease-not-live"]
    assert codes(judge(at=replace(LEASED, lease=None))) == ["lease-not-live"]


def test_what_was_never_fetched_is_not_handed_over() -> None:
    unfetched = replace(LEASED, fetched_at=None)
    assert codes(judge(at=unfetched)) == ["not-fetched"]
    assert judge(FAIL, unfetched) == Settled(EventTag.DELIVERY_REFUSED, S.REFUSED)


def test_what_is_not_at_disposal_is_not_acknowledged() -> None:
    assert codes(judge(at=delivery(S.HELD, held_from=S.CONSIGNED, fetched_at=NOW))) == ["not-at-disposal"]
    assert codes(judge(at=delivery(S.READY, fetched_at=NOW))) == ["not-at-disposal"]


@pytest.mark.parametrize(
    ("state", "statement"),
    [(S.HANDED_OVER, FAIL), (S.REFUSED, DONE), (S.EXPIRED, DONE), (S.EXPIRED, FAIL), (S.WITHDRAWN, DONE)],
)
def test_a_delivery_that_ended_otherwise_stays_ended(state: DeliveryState, statement: RecipientStatement) -> None:
    assert codes(judge(statement, delivery(state, due_at=None, final_at=NOW))) == ["already-final"]


@pytest.mark.parametrize("state", sorted({*S} - {S.CONSIGNED}))
def test_a_refused_acknowledgement_names_the_state_in_words(state: DeliveryState) -> None:
    if state in {S.HANDED_OVER, S.REFUSED, S.EXPIRED, S.WITHDRAWN}:
        at = delivery(state, due_at=None, final_at=NOW, fetched_at=NOW)
    else:
        at = delivery(state, held_from=S.CONSIGNED if state is S.HELD else None, fetched_at=NOW)
    judgement = judge(DONE if state is S.REFUSED else FAIL, at)
    assert isinstance(judgement, AcknowledgementRefused)
    words = judgement.findings[0].words
    vi, en = STATE_WORDS[state]
    assert f"({vi})." in words.vi
    assert f"({en})." in words.en


@pytest.mark.parametrize(("state", "statement"), [(S.HANDED_OVER, DONE), (S.REFUSED, FAIL)])
def test_the_same_acknowledgement_again_is_a_repeat_and_needs_no_turn(
    state: DeliveryState, statement: RecipientStatement
) -> None:
    ended = delivery(state, due_at=None, final_at=NOW)
    assert judge(statement, ended, lease=OTHERS) == AlreadySettled()
    assert codes(judge(replace(statement, digest=digest("other")), ended)) == ["wrong-digest"]


def test_an_acknowledgement_in_order_ends_the_delivery() -> None:
    assert judge() == Settled(EventTag.DELIVERY_HANDED_OVER, S.HANDED_OVER)
    assert judge(FAIL) == Settled(EventTag.DELIVERY_REFUSED, S.REFUSED)


def test_any_id_of_the_recipient_names_it_and_no_other_agencys() -> None:
    assert isinstance(judge(replace(DONE, recipient=organ("000.00.21.H41"))), Settled)
    assert codes(judge(replace(DONE, recipient=organ("H26.18")))) == ["not-recipient"]


@pytest.mark.parametrize(
    "said_at",
    [LEASED.accepted_at - timedelta(hours=1, seconds=1), NOW + timedelta(hours=1, seconds=1)],
)
def test_an_acknowledgement_is_not_made_before_acceptance_or_in_the_future(said_at: datetime) -> None:
    assert codes(judge(replace(DONE, said_at=said_at))) == ["impossible-time"]


@pytest.mark.parametrize("said_at", [LEASED.accepted_at - timedelta(hours=1), NOW + timedelta(hours=1)])
def test_a_clock_that_is_an_hour_off_is_forgiven(said_at: datetime) -> None:
    assert isinstance(judge(replace(DONE, said_at=said_at)), Settled)
