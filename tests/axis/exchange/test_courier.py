"""Systems are told at their webhooks: at least once, under one id, with evidence, and nobody waits for a dead one."""

from __future__ import annotations

import base64
import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import Engine

from axis.clock import SettableClock
from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, URGENT
from axis.enrolment.amendments import SystemApplication
from axis.exchange.courier import LEASE, SUSPENDED_FOR
from axis.exchange.desk import Repetition
from axis.exchange.interventions import Interventions, Word
from axis.sdk import NotificationKind, WebhookVerifier
from axis.settings import Settings
from axis.wiring import build
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId, OrganId, SystemId
from routing.backoff import BREAKER_AFTER, CALL_AGAIN_MAX, REST, REST_MAX
from routing.lifecycle import DeliveryState
from routing.webhooks import TOLD_WITHIN, NoticeState, WebhookMode
from signing.assertions import AssertionKey
from storage.database.bulk import HANDFUL
from tests.axis.exchange.hooked import TAKER, WHY, Hooked, hooked
from tests.fixtures.exchange import RECIPIENTS, SENDER
from tests.fixtures.postgres import MOMENT
from tests.fixtures.receiver import echo, receiving
from tests.fixtures.running import eventually

TOLD = [EvidenceType.CONSIGNMENT_NOTIFICATION]
NOT_TOLD = [EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE]


@pytest.fixture
def hook(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Hooked]:
    """A webhook that takes everything, unless a test changes its answer."""
    with hooked(engine, key_ring, tmp_path) as made:
        yield made


def test_a_system_is_told_of_its_delivery_alone_and_evidence_says_so(hook: Hooked, key_ring: KeyRing) -> None:
    envelope_id = hook.send()
    assert hook.courier.carry_due() == 1
    assert hook.courier.carry_due() == 0
    (told,) = hook.receiver.told
    verifier = WebhookVerifier.pinned(hook.receiver.url, key_ring.seal, clock=hook.exchange.clock)
    event = verifier.verify(told.headers, told.body)
    assert event.kind is NotificationKind.DELIVERY_CONSIGNED
    assert event.consigned is not None
    assert event.consigned.envelope_id == envelope_id
    assert event.consigned.recipient == OrganId(TAKER)
    assert event.consigned.link.endswith(f"/v1/deliveries/{event.consigned.delivery_id}")
    assert "V/v" not in told.body.decode()
    assert (hook.exchange.letter().subject or "?") not in told.body.decode()
    assert hook.events(envelope_id) == ["notification.delivered"]
    assert hook.evidence(envelope_id) == TOLD
    (offer,) = hook.exchange.lease(TAKER).offers
    assert offer.delivery_id == event.consigned.delivery_id


def test_the_signature_is_the_seals_by_nothing_but_the_standard(hook: Hooked) -> None:
    """Computed from the octets that came, without any code of ours."""
    hook.send()
    hook.courier.carry_due()
    (told,) = hook.receiver.told
    given = told.headers["signature-input"]
    digest = base64.b64encode(hashlib.sha256(told.body).digest()).decode()
    assert told.headers["content-digest"] == f"sha-256=:{digest}:"
    seal = hook.exchange.axis.notary.signer.certificate
    assert given == (
        'axis=("@method" "@target-uri" "content-type" "content-digest")'
        f';created={int(MOMENT.timestamp())};keyid="{seal.fingerprint}";alg="ecdsa-p256-sha256";tag="axis-webhook"'
    )
    base = (
        f'"@method": POST\n"@target-uri": {hook.receiver.url}\n"content-type": application/cloudevents+json\n'
        f'"content-digest": sha-256=:{digest}:\n"@signature-params": {given.removeprefix("axis=")}'
    )
    value = base64.b64decode(told.headers["signature"].removeprefix("axis=:").removesuffix(":"))
    key = seal.x509.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    key.verify(encode_dss_signature(r, s), base.encode(), ec.ECDSA(hashes.SHA256()))


def test_what_fails_twice_is_told_again_under_the_same_id_with_growing_pauses(hook: Hooked) -> None:
    hook.receiver.answer = lambda number: 503 if number < 3 else 204
    envelope_id = hook.send()
    assert hook.courier.carry_due() == 1
    assert hook.courier.carry_due() == 0, "not before its pause is over"
    hook.exchange.clock.advance(timedelta(seconds=1))
    assert hook.courier.carry_due() == 1
    hook.exchange.clock.advance(timedelta(seconds=2))
    assert hook.courier.carry_due() == 1
    assert hook.outcomes() == ["broken", "broken", "taken"]
    assert [one.http_status for one in hook.standing().calls] == [204, 503, 503]
    assert [one.attempt for one in hook.standing().calls] == [3, 2, 1]
    assert len(set(hook.receiver.ids)) == 1
    assert len({one.body for one in hook.receiver.told}) == 1
    assert len({one.headers["signature"] for one in hook.receiver.told}) == 3
    assert hook.events(envelope_id) == ["notification.delivered"]
    assert hook.evidence(envelope_id) == TOLD


def test_a_status_is_told_like_a_document_and_owes_no_evidence(hook: Hooked) -> None:
    hook.rehook(None)
    sender = hook.exchange.people[SENDER].credentials.system_id
    hook.exchange.axis.registrar.set_webhook(sender, hook.receiver.url, instruction=WHY)
    letter = hook.exchange.letter()
    hook.exchange.accept(letter)
    status = hook.exchange.accept(hook.exchange.status(letter, TAKER, StatusCode.ARRIVED), TAKER)
    assert hook.courier.carry_due() == 1
    consigned = hook.receiver.told[0].event.consigned
    assert consigned is not None
    assert consigned.is_status
    assert hook.events(status.envelope_id) == ["notification.delivered"]
    assert hook.evidence(status.envelope_id) == []


def test_410_ends_the_notice_with_evidence_and_the_delivery_can_be_pulled(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 410
    envelope_id = hook.send()
    hook.courier.carry_due()
    hook.exchange.clock.advance(CALL_AGAIN_MAX)
    assert hook.courier.carry_due() == 0
    assert hook.standing().notices == {NoticeState.REFUSED: 1}
    assert hook.standing().receiver.failures == 0  # type: ignore[union-attr]
    assert hook.events(envelope_id) == ["notification.refused"]
    assert hook.evidence(envelope_id) == NOT_TOLD
    assert len(hook.exchange.lease(TAKER).offers) == 1


def test_a_receiver_that_is_down_for_days_is_given_up_with_evidence_and_the_delivery_stays(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 500
    envelope_id = hook.send()
    calls = 0
    while hook.exchange.clock.now() < MOMENT + TOLD_WITHIN:
        calls += hook.courier.carry_due()
        assert hook.courier.end_overdue() == 0
        hook.exchange.clock.advance(timedelta(hours=6))
    assert calls > 40
    hook.exchange.clock.set(MOMENT + TOLD_WITHIN)
    assert hook.courier.end_overdue() == 1
    assert hook.courier.carry_due() == 0
    assert hook.events(envelope_id) == ["notification.expired"]
    assert hook.evidence(envelope_id) == NOT_TOLD
    assert hook.delivery().state is DeliveryState.CONSIGNED
    assert len(hook.exchange.lease(TAKER).offers) == 1


def test_the_breaker_opens_after_failures_in_a_row_and_closes_with_the_first_success(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 500
    for _ in range(8):
        hook.send()
    assert hook.courier.carry_due() == 8
    assert len(hook.receiver.told) == BREAKER_AFTER, "the rest is not even tried"
    hook.exchange.clock.advance(REST - timedelta(seconds=1))
    assert hook.courier.carry_due() == 0
    hook.exchange.clock.advance(timedelta(seconds=1))
    assert hook.courier.carry_due() == 1, "one call, to see whether it is back"
    assert hook.courier.carry_due() == 0
    hook.receiver.answer = lambda _number: 204
    hook.exchange.clock.advance(REST_MAX)
    assert hook.courier.carry_due() == 1
    assert hook.courier.carry_due() == 7, "it is back, so nothing waits for its own pause"
    assert hook.standing().notices == {NoticeState.TAKEN: 8}
    assert hook.standing().receiver.failures == 0  # type: ignore[union-attr]


def test_what_was_not_called_about_counts_no_attempt(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 500
    for _ in range(BREAKER_AFTER + 1):
        hook.send()
    hook.courier.carry_due()
    hook.receiver.answer = lambda _number: 204
    hook.exchange.clock.advance(REST_MAX)
    hook.courier.carry_due()
    hook.courier.carry_due()
    last = hook.standing().calls[: BREAKER_AFTER + 1]
    assert sorted(one.attempt for one in last) == [1, *[2] * BREAKER_AFTER]


def test_who_hangs_is_left_and_keeps_no_other_receiver_waiting(hook: Hooked) -> None:
    let_go = threading.Event()

    def hang(_number: int) -> int:
        let_go.wait(20)
        return 204

    hook.receiver.answer = hang
    other = hook.exchange.people["G22"].credentials.system_id
    with receiving() as quick:
        hook.exchange.axis.registrar.set_webhook(other, quick.url, instruction=WHY)
        hook.send()
        hook.send()
        threads = [threading.Thread(target=hook.courier.carry_due) for _ in range(2)]
        for one in threads:
            one.start()
        assert eventually(lambda: len(quick.told) == 2 or None), "while the first receiver hangs"
        assert not let_go.is_set()
        assert hook.courier.carry_due() == 0, "a receiver is one worker's at a time"
        for one in threads:
            one.join(10)
    let_go.set()
    assert hook.outcomes() == ["too-slow"]
    assert hook.standing().notices == {NoticeState.WAITING: 2}
    assert len(hook.receiver.told) == 1, "who does not answer ends its turn"


def test_two_couriers_at_once_never_call_about_the_same_thing_at_the_same_time(hook: Hooked) -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def answer(_number: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.02)
        with lock:
            busy -= 1
        return 204

    hook.receiver.answer = answer
    for _ in range(12):
        hook.send()

    def carry() -> None:
        for _ in range(100):
            hook.courier.carry_due()

    threads = [threading.Thread(target=carry) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert most == 1
    assert len(hook.receiver.ids) == len(set(hook.receiver.ids)) == 12


def carry_elsewhere(settings: Settings) -> None:
    """Carry what is due, in a process of its own."""
    axis = build(settings, clock=SettableClock(MOMENT))
    axis.courier.carry_due()


def test_a_worker_killed_after_the_call_leaves_the_notice_to_be_told_again_under_its_id(hook: Hooked) -> None:
    """It dies while the receiver has the event and the answer is on its way; evidence comes once, of what was seen."""
    worker = multiprocessing.get_context("spawn").Process(target=carry_elsewhere, args=(hook.exchange.axis.settings,))

    def answer(number: int) -> int:
        if number == 1:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            worker.join(10)
        return 204

    hook.receiver.answer = answer
    envelope_id = hook.send()
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    assert len(hook.receiver.told) == 1
    assert hook.events(envelope_id) == []
    assert hook.courier.carry_due() == 0, "it may still be alive"
    hook.exchange.clock.advance(LEASE)
    assert hook.courier.carry_due() == 1
    first, second = hook.receiver.told
    assert (first.event, first.body) == (second.event, second.body)
    assert [one.attempt for one in hook.standing().calls] == [2], "the first call had no end that anybody saw"
    assert hook.evidence(envelope_id) == TOLD


def test_what_was_pulled_before_needs_no_notice(hook: Hooked) -> None:
    hook.send()
    (offer,) = hook.exchange.lease(TAKER).offers
    hook.exchange.hand_over(offer, TAKER)
    assert hook.courier.carry_due() == 1
    assert hook.receiver.told == []
    assert hook.standing().notices == {NoticeState.NEEDLESS: 1}


def test_whoever_may_not_pull_any_more_is_not_told(hook: Hooked) -> None:
    hook.send()
    hook.rehook(None)
    assert hook.courier.carry_due() == 1
    assert hook.receiver.told == []
    assert hook.standing().notices == {NoticeState.NEEDLESS: 1}
    hook.send()
    assert hook.courier.carry_due() == 0, "without a webhook there is nothing to tell"


def test_a_suspended_system_is_told_once_it_is_restored(hook: Hooked) -> None:
    hook.send()
    registrar = hook.exchange.axis.registrar
    registrar.suspend_system(hook.system_id, instruction=WHY)
    assert hook.courier.carry_due() == 1
    assert hook.receiver.told == []
    registrar.restore_system(hook.system_id, instruction=WHY)
    hook.exchange.clock.advance(SUSPENDED_FOR)
    assert hook.courier.carry_due() == 1
    assert len(hook.receiver.told) == 1
    assert [one.attempt for one in hook.standing().calls] == [1]


def test_a_new_address_gets_at_once_what_waited_for_the_old(hook: Hooked) -> None:
    dead = hook.receiver.url.replace("/axis", "/gone")
    hook.receiver.answer = lambda _number: 500
    for _ in range(BREAKER_AFTER):
        hook.send()
    hook.courier.carry_due()
    assert hook.courier.carry_due() == 0
    hook.receiver.answer = lambda _number: 204
    hook.rehook(dead)
    assert hook.courier.carry_due() == BREAKER_AFTER
    assert hook.standing().notices == {NoticeState.TAKEN: BREAKER_AFTER}


def test_a_span_of_time_is_told_again_under_the_same_ids_without_new_evidence(hook: Hooked) -> None:
    first = hook.send()
    hook.exchange.clock.advance(timedelta(hours=1))
    second = hook.send()
    hook.courier.carry_due()
    assert hook.evidence(first) == TOLD
    span = (MOMENT, MOMENT + timedelta(minutes=30))
    wanted = Repetition(hook.system_id, OrganId(TAKER), span, "tests", "máy chủ khôi phục từ bản sao lưu")
    assert hook.desk.repeat(wanted) == 1
    assert hook.courier.carry_due() == 1
    assert hook.receiver.ids[2] == hook.receiver.ids[0]
    assert hook.events(first) == ["notification.delivered"]
    assert hook.evidence(first) == TOLD
    assert hook.evidence(second) == TOLD
    for offer in hook.exchange.lease(TAKER).offers:
        hook.exchange.hand_over(offer, TAKER)
    assert hook.desk.repeat(wanted) == 0, "what has ended cannot be pulled any more"


def test_who_stops_gives_back_what_was_not_called_about(hook: Hooked) -> None:
    def answer(_number: int) -> int:
        hook.courier.stop()
        return 204

    hook.receiver.answer = answer
    for _ in range(3):
        hook.send()
    hook.courier.carry_due()
    assert len(hook.receiver.told) == 1
    assert hook.courier.carry_due() == 0
    assert hook.standing().notices == {NoticeState.TAKEN: 1, NoticeState.WAITING: 2}
    assert hook.standing().receiver.busy_until == MOMENT  # type: ignore[union-attr]


def test_urgent_documents_are_told_first(hook: Hooked) -> None:
    hook.exchange.accept(hook.exchange.letter(FIRST))
    hook.exchange.accept(hook.exchange.letter(URGENT))
    hook.courier.carry_due()
    ranks = [one.event.consigned.priority_rank for one in hook.receiver.told if one.event.consigned]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > ranks[1]


def test_a_test_call_tells_nothing_and_stands_in_the_log(hook: Hooked) -> None:
    system = hook.exchange.caller(TAKER).system
    assert system.webhook is not None
    call = hook.courier.test(system.system_id, system.webhook)
    assert call.http_status == 204
    assert hook.receiver.told[0].event.kind is NotificationKind.WEBHOOK_TESTED
    assert hook.receiver.told[0].event.consigned is None
    assert hook.standing().calls == (call,)
    assert hook.standing().notices == {}


def test_who_is_not_addressed_is_not_told(hook: Hooked) -> None:
    others = tuple(one for one in RECIPIENTS if one != TAKER)
    hook.exchange.accept(hook.exchange.letter(to=others))
    assert hook.courier.carry_due() == 0
    assert hook.receiver.told == []


def test_a_worker_that_did_not_see_the_new_webhook_yet_drops_nothing(
    hook: Hooked, engine: Engine, key_ring: KeyRing
) -> None:
    """Its directory is some seconds old when it finds the notice; it looks again before it believes that."""
    hook.rehook(None)
    elsewhere = build(hook.exchange.axis.settings, clock=hook.exchange.clock)
    assert elsewhere.atlas.directory().system(hook.system_id) is not None
    hook.rehook(hook.receiver.url)
    hook.send()
    assert elsewhere.courier.carry_due() == 1
    assert hook.standing().notices == {NoticeState.TAKEN: 1}
    elsewhere.close()


def test_a_letter_of_few_recipients_may_be_told_to_many_systems(hook: Hooked) -> None:
    """More notices than rows that are written one by one: the acceptance is one transaction all the same."""
    registrar = hook.exchange.axis.registrar
    for number in range(HANDFUL + 5):
        system_id, agency = SystemId(f"more.{number}"), OrganId(TAKER)
        key = AssertionKey.generate().public_jwk().encode()
        registrar.add_system(SystemApplication(system_id, agency, "Hệ thống", (agency,)), key, instruction=WHY)
        registrar.set_webhook(system_id, hook.receiver.url, instruction=WHY)
    hook.exchange.axis.atlas.refresh()
    hook.send()
    while hook.courier.carry_due():
        pass
    assert len(set(hook.receiver.ids)) == len(hook.receiver.ids) == HANDFUL + 6


def test_before_each_call_it_is_looked_whether_the_delivery_still_waits(hook: Hooked) -> None:
    """A turn of twenty calls may take half a minute; what happens meanwhile is seen by the next call."""
    sent: list[EnvelopeId] = []
    word = Word("tests", "tạm dừng")

    def answer(number: int) -> int:
        if number == 1:
            done = Interventions(hook.transactions, hook.exchange.clock, timekeeper=hook.exchange.axis.timekeeper)
            assert len(done.hold([hook.delivery_of(sent[1])], word).changed) == 1
            assert len(done.end([hook.delivery_of(sent[2])], word).changed) == 1
        return 204

    hook.receiver.answer = answer
    sent += [hook.send() for _ in range(4)]
    while hook.courier.carry_due():
        pass
    told = [one.event.consigned.envelope_id for one in hook.receiver.told if one.event.consigned]
    assert told == [sent[0], sent[3]]
    assert hook.standing().notices == {NoticeState.TAKEN: 2, NoticeState.WAITING: 1, NoticeState.NEEDLESS: 1}
    assert [hook.events(one) for one in sent[1:3]] == [[], []]


@pytest.mark.parametrize("change", ["suspended", "moved", "packages"])
def test_before_each_call_it_is_looked_whether_the_system_is_still_called_there(hook: Hooked, change: str) -> None:
    registrar = hook.exchange.axis.registrar
    with receiving(reply=echo) as elsewhere:

        def answer(number: int) -> int:
            if number == 1 and change == "suspended":
                registrar.suspend_system(hook.system_id, instruction=WHY)
            elif number == 1:
                mode = WebhookMode.PACKAGE if change == "packages" else None
                registrar.set_webhook(hook.system_id, elsewhere.url, instruction=WHY, mode=mode)
            return 204

        hook.receiver.answer = answer
        for _ in range(3):
            hook.send()
        while hook.courier.carry_due():
            pass
        assert len(hook.receiver.told) == 1
        later = 0 if change == "suspended" else 2
        assert [one.is_package for one in elsewhere.told] == [change == "packages"] * later
    assert hook.standing().notices[NoticeState.TAKEN] == (1 if change == "suspended" else 3)
