"""Recalls, operators, the store and the end of a process while a package is carried."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from axis.demo.keys import KeyRing
from axis.exchange import carriage as carriage_module
from axis.exchange.carriage import GLANCE_EVERY
from envelopes.acknowledgement import (
    ACKNOWLEDGEMENT_BODY,
)
from envelopes.evidence import EvidenceType as Kind
from envelopes.identifiers import EnvelopeId
from routing.backoff import BREAKER_AFTER, REST_MAX
from routing.carriage import CARRIED_WITHIN, LOOK_AGAIN, SWEPT_SOON
from routing.lifecycle import DEADLINES, DeliveryState
from routing.webhooks import NoticeState, WebhookMode
from storage.errors import BlobStoreUnavailable, StoreFault
from tests.axis.exchange.carrying import WORD, acknowledging, again, interventions, statement
from tests.axis.exchange.hooked import TAKER, WHY, Hooked, hooked
from tests.axis.exchange.succeeding import close, forward
from tests.fixtures.exchange import SENDER
from tests.fixtures.operations import answer_to, recall_of
from tests.fixtures.receiver import Told, echo, receiving

S = DeliveryState
HEIR = "G22"


@pytest.fixture
def hook(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Hooked]:
    """A webhook that gets whole packages, and says what it got."""
    with hooked(engine, key_ring, tmp_path, mode=WebhookMode.PACKAGE) as made:
        made.receiver.reply = echo
        yield made


def test_the_breaker_rests_for_packages_too_and_retry_wakes_it(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 503
    sent = [hook.send() for _ in range(BREAKER_AFTER + 1)]
    while hook.courier.carry_due():
        pass
    assert len(hook.receiver.told) == BREAKER_AFTER
    hook.receiver.answer = lambda _number: 204
    assert hook.courier.carry_due() == 0
    chosen = [hook.delivery_of(one) for one in sent]
    done = interventions(hook).retry(chosen, WORD)
    assert (len(done.changed), done.passed_over) == (BREAKER_AFTER + 1, ())
    while hook.courier.carry_due():
        pass
    assert {hook.delivery_of(one).state for one in sent} == {S.CONSIGNED}
    assert all(hook.history(one).count("delivery.retried") == 1 for one in sent)


def test_a_recall_before_the_first_octet_withdraws_and_the_call_is_broken_off(hook: Hooked) -> None:
    """It is accepted while the courier already holds the delivery, and has not sent anything."""
    letter = hook.exchange.letter()
    envelope_id = hook.exchange.accept(letter).envelope_id
    blobs, original = hook.exchange.axis.premises.blobs, hook.exchange.axis.premises.blobs.open

    def open_and_recall(digest: bytes) -> Any:
        stream = original(digest)
        if hook.delivery_of(envelope_id).state is S.LEASED:
            hook.exchange.accept(recall_of(letter))
        return stream

    carriage = hook.courier._carriage
    carriage._blobs = _Opening(blobs, open_and_recall)  # type: ignore[assignment]
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.WITHDRAWN
    assert hook.outcomes() == ["called-off"]
    assert hook.receiver.told == []
    assert hook.standing().receiver.failures == 0  # type: ignore[union-attr]
    assert hook.proofs(envelope_id) == [Kind.CONTENT_WITHDRAWAL]


def test_a_system_that_is_suspended_during_the_call_gets_nothing_more(hook: Hooked) -> None:
    envelope_id = hook.send()
    registrar, blobs = hook.exchange.axis.registrar, hook.exchange.axis.premises.blobs
    original = blobs.open

    def open_and_suspend(digest: bytes) -> Any:
        registrar.suspend_system(hook.system_id, instruction=WHY)
        return original(digest)

    carriage = hook.courier._carriage
    carriage._blobs = _Opening(blobs, open_and_suspend)  # type: ignore[assignment]
    hook.courier.carry_due()
    assert (hook.outcomes(), hook.receiver.told) == (["called-off"], [])
    delivery = hook.delivery_of(envelope_id)
    assert (delivery.state, delivery.fetched_at) == (S.DEFERRED, None)


def test_an_acknowledgement_of_a_system_that_is_suspended_meanwhile_is_not_heard(hook: Hooked) -> None:
    reply = acknowledging(hook)

    def suspended(told: Told) -> tuple[Mapping[str, str], bytes]:
        answer: tuple[Mapping[str, str], bytes] = reply(told)
        hook.exchange.axis.registrar.suspend_system(hook.system_id, instruction=WHY)
        return answer

    hook.receiver.reply = suspended
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]


class _Opening:
    """A store in which something happens when an object is opened."""

    def __init__(self, inner: Any, opening: Any) -> None:
        self.inner = inner
        self.open = opening


@pytest.mark.parametrize("deed", ["agreed", "held", "nothing"])
def test_what_is_given_back_or_held_while_its_octets_leave_goes_no_further(
    hook: Hooked, deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriage_module, "PIECE_BYTES", 2_000)
    exchange, letter = hook.exchange, hook.exchange.letter()
    envelope_id = exchange.accept(letter).envelope_id
    content = exchange.axis.premises.blobs
    pieces: list[int] = []

    class Slow(io.BytesIO):
        """An object of which each read takes a second."""

        def read(self, size: int | None = -1, /) -> bytes:
            if size != 2_000:
                return super().read(size)
            if pieces:
                exchange.clock.advance(GLANCE_EVERY)
            if len(pieces) == 1 and deed == "agreed":
                exchange.accept(recall_of(letter))
                exchange.accept(answer_to(letter, exchange.people[TAKER], agreed=True, at=exchange.clock.now()), TAKER)
            if len(pieces) == 1 and deed == "held":
                interventions(hook).hold([hook.delivery_of(envelope_id)], WORD)
            pieces.append(0)
            return super().read(size)

    carriage = hook.courier._carriage
    carriage._blobs = _Opening(content, lambda digest: Slow(content.get(digest)))  # type: ignore[assignment]
    hook.courier.carry_due()
    told = [len(one.body) for one in hook.receiver.told]
    assert (hook.outcomes(), told != []) == ((["taken"], True) if deed == "nothing" else (["called-off"], False))
    assert (len(pieces) > 3) == (deed == "nothing")


def test_a_recall_after_the_first_octet_goes_by_notice(hook: Hooked) -> None:
    letter = hook.exchange.letter()

    def answer(number: int) -> int:
        if number == 1:
            hook.exchange.accept(recall_of(letter))
        return 204

    hook.receiver.answer = answer
    envelope_id = hook.exchange.accept(letter).envelope_id
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    history = hook.history(envelope_id)
    assert "recall.asked" in history
    assert "delivery.withdrawn" not in history


def test_what_its_recipient_gave_back_is_not_carried_again(hook: Hooked) -> None:
    hook.receiver.reply = lambda _told: ({}, b"")
    letter = hook.exchange.letter()
    envelope_id = hook.exchange.accept(letter).envelope_id
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).fetched_at is not None
    hook.exchange.accept(recall_of(letter))
    hook.exchange.accept(
        answer_to(letter, hook.exchange.people[TAKER], agreed=True, at=hook.exchange.clock.now()), TAKER
    )
    hook.exchange.clock.advance(timedelta(minutes=5))

    def calls() -> int:
        events = [one.event.consigned for one in hook.receiver.told]
        return len([one for one in events if one and one.envelope_id == envelope_id])

    before = calls()
    while hook.courier.carry_due():
        pass
    assert calls() == before == 1
    hook.courier.turn_over()
    assert hook.delivery_of(envelope_id).state is S.DEFERRED, "nothing is put at the disposal of who gave it back"
    hook.exchange.clock.advance(DEADLINES[S.DEFERRED].after)
    hook.exchange.axis.deadlines.end_due()
    assert hook.proofs(envelope_id) == [Kind.RECALL_AGREEMENT, Kind.CONTENT_CONSIGNMENT_FAILURE]


def test_an_operator_who_holds_it_during_the_call_has_it_carried_after(hook: Hooked) -> None:
    holding: list[EnvelopeId] = []

    def answer(number: int) -> int:
        if number == 1:
            done = interventions(hook).hold([hook.delivery_of(holding[0])], WORD)
            assert len(done.changed) == 1
        return 204

    hook.receiver.answer = answer
    holding.append(hook.send())
    hook.courier.carry_due()
    held = hook.delivery_of(holding[0])
    assert (held.state, held.held_from) == (S.HELD, S.READY)
    assert hook.outcomes() == ["taken"], "the log tells what came back"
    hook.exchange.clock.advance(timedelta(minutes=5))
    hook.courier.carry_due()
    assert len(hook.receiver.told) == 1
    assert interventions(hook).retry([held], WORD).changed == (), "an operator's hold is not for retry to end"
    interventions(hook).resume([held], WORD)
    assert hook.courier.carry_due() == 1
    assert len(set(hook.receiver.ids)) == 1
    assert hook.proofs(holding[0]) == [Kind.CONTENT_CONSIGNMENT]


def test_what_is_held_just_before_it_is_taken_keeps_its_receiver_from_nothing_else(
    hook: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The courier found it ready, and waits for its lock while somebody else holds it."""
    held, other = hook.send(), hook.send()
    carriage = hook.courier._carriage
    take = carriage.take

    def hold_and_take(*args: Any, **named: Any) -> Any:
        if hook.delivery_of(held).state is S.READY:
            interventions(hook).hold([hook.delivery_of(held)], WORD)
        return take(*args, **named)

    monkeypatch.setattr(carriage, "take", hold_and_take)
    while hook.courier.carry_due():
        pass
    assert hook.delivery_of(held).state is S.HELD
    assert hook.delivery_of(other).state is S.CONSIGNED
    assert hook.standing().receiver.busy_until == hook.exchange.clock.now()  # type: ignore[union-attr]


def test_an_acknowledgement_that_came_twice_counts_once(hook: Hooked) -> None:
    """The system acknowledges by a call of its own while its answer, with the same word, is on the way."""
    envelope_id = hook.send()
    hook.courier.carry_due()
    again(hook)

    def reply(told: Told) -> tuple[Mapping[str, str], bytes]:
        token = statement(hook, told)
        delivery_id = hook.delivery_of(envelope_id).delivery_id
        hook.exchange.axis.acknowledgements.acknowledge(delivery_id, token, caller=hook.exchange.caller(TAKER))
        return {**echo(told)[0], "Content-Type": ACKNOWLEDGEMENT_BODY}, token.encode()

    hook.receiver.reply = reply
    hook.courier.carry_due()
    assert hook.history(envelope_id).count("delivery.handed_over") == 1
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONTENT_HANDOVER]


def test_an_acknowledgement_after_the_end_changes_nothing(hook: Hooked) -> None:
    """The delivery ends while the call is on its way: the answer is told in the log, and nowhere else."""
    envelope_id = hook.send()
    hook.courier.carry_due()
    again(hook)

    def reply(told: Told) -> tuple[Mapping[str, str], bytes]:
        interventions(hook).end([hook.delivery_of(envelope_id)], WORD)
        return acknowledging(hook)(told)  # type: ignore[no-any-return]

    hook.receiver.reply = reply
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.EXPIRED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONTENT_HANDOVER_FAILURE]
    assert hook.outcomes() == ["taken", "taken"]


@pytest.mark.parametrize("state", [S.READY, S.DEFERRED])
def test_an_operator_ends_what_could_not_be_carried(hook: Hooked, state: DeliveryState) -> None:
    hook.receiver.answer = lambda _number: 503
    envelope_id = hook.send()
    if state is S.DEFERRED:
        hook.courier.carry_due()
    interventions(hook).end([hook.delivery_of(envelope_id)], WORD)
    assert hook.history(envelope_id)[-1] == "carriage.ended"
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT_FAILURE]


def test_what_the_store_cannot_give_is_tried_again_and_no_fault_of_the_receiver(hook: Hooked) -> None:
    envelope_id = hook.send()
    carriage, blobs = hook.courier._carriage, hook.exchange.axis.premises.blobs

    def fails(_digest: bytes) -> Any:
        raise BlobStoreUnavailable(StoreFault.DISK, said="gone")

    carriage._blobs = _Opening(blobs, fails)  # type: ignore[assignment]
    hook.courier.carry_due()
    assert (hook.outcomes(), hook.receiver.told) == (["not-read"], [])
    assert hook.standing().receiver.failures == 0  # type: ignore[union-attr]
    carriage._blobs = blobs
    hook.exchange.clock.advance(timedelta(seconds=1))
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED


def test_what_was_read_so_slowly_that_a_call_could_outlast_the_turn_is_read_again(hook: Hooked) -> None:
    envelope_id = hook.send()
    carriage, blobs, clock = hook.courier._carriage, hook.exchange.axis.premises.blobs, hook.exchange.clock
    to_spare = CARRIED_WITHIN - timedelta(seconds=hook.courier._webhooks.package_seconds)
    for took, calls in ((to_spare + timedelta(milliseconds=1), 0), (to_spare, 1)):

        def reads(digest: bytes, took: timedelta = took) -> Any:
            clock.advance(took)
            return blobs.open(digest)

        carriage._blobs = _Opening(blobs, reads)  # type: ignore[assignment]
        hook.courier.carry_due()
        assert len(hook.receiver.told) == calls
        clock.advance(timedelta(minutes=1))
    assert hook.outcomes() == ["not-read", "taken"]
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED


def test_a_dead_receiver_was_given_nothing_so_that_a_recall_withdraws(hook: Hooked) -> None:
    with receiving() as gone:
        address = gone.url
    hook.rehook(address)
    letter = hook.exchange.letter()
    envelope_id = hook.exchange.accept(letter).envelope_id
    hook.courier.carry_due()
    assert hook.outcomes() == ["unreachable"]
    assert hook.delivery_of(envelope_id).fetched_at is None
    hook.exchange.accept(recall_of(letter))
    assert hook.delivery_of(envelope_id).state is S.WITHDRAWN


def test_what_a_webhook_did_not_get_before_its_agency_closed_follows_the_rule(hook: Hooked) -> None:
    """Whoever closes switches its systems off: what waits to be pushed there would expire otherwise."""
    with receiving() as gone:
        address = gone.url
    hook.rehook(address)
    deferred = hook.send(to=(TAKER,))
    hook.courier.carry_due()
    ready = hook.send(to=(TAKER,))
    assert [hook.delivery_of(one).state for one in (deferred, ready)] == [S.DEFERRED, S.READY]
    close(hook.exchange, TAKER, HEIR, forwards_to=HEIR)
    assert forward(hook.exchange) == 2
    for envelope_id in (deferred, ready):
        assert hook.history(envelope_id)[-1] == "delivery.forwarded"
        assert hook.proofs(envelope_id) == [Kind.CONTENT_WITHDRAWAL]
    assert {one.envelope_id for one in hook.exchange.lease(HEIR).offers} == {deferred, ready}


def test_a_rule_for_a_closed_agency_is_asked_before_a_first_octet_leaves(hook: Hooked) -> None:
    """Its proxy answers 410 sooner than anybody looks what waits; what was fetched would follow no rule any more."""
    hook.receiver.answer = lambda _number: 410
    envelope_id = hook.send()
    close(hook.exchange, TAKER, HEIR, forwards_to=HEIR)
    assert hook.courier.carry_due() == 1
    assert hook.courier.carry_due() == 0
    assert (hook.receiver.told, hook.delivery_of(envelope_id).state) == ([], S.READY)
    assert forward(hook.exchange) == 1
    assert hook.proofs(envelope_id) == [Kind.CONTENT_WITHDRAWAL]
    hook.exchange.clock.advance(LOOK_AGAIN)
    assert hook.courier.carry_due() == 1
    assert hook.standing().notices == {NoticeState.NEEDLESS: 1}


def test_what_cannot_follow_the_rule_of_its_agency_is_carried_as_ever(hook: Hooked) -> None:
    """It would come back to its own sender."""
    envelope_id = hook.send()
    close(hook.exchange, TAKER, SENDER, forwards_to=SENDER)
    assert hook.courier.carry_due() == 1
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED


def test_a_notice_of_a_held_delivery_waits_until_it_is_released(hook: Hooked) -> None:
    hook.rehook(hook.receiver.url, WebhookMode.EVENT)
    envelope_id = hook.send()
    held = [hook.delivery_of(envelope_id)]
    interventions(hook).hold(held, WORD)
    assert hook.courier.carry_due() == 1
    hook.exchange.clock.advance(timedelta(hours=1))
    hook.courier.carry_due()
    assert hook.receiver.told == []
    interventions(hook).resume(held, WORD)
    assert hook.courier.carry_due() == 1
    assert len(hook.receiver.told) == 1
    assert [one.attempt for one in hook.standing().calls] == [1]


def test_who_stops_in_the_middle_of_a_call_gives_it_back_for_others(hook: Hooked) -> None:
    def answer(number: int) -> int:
        if number == 1:
            hook.courier.abandon()
        return 204

    hook.receiver.answer = answer
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.READY
    assert hook.history(envelope_id) == ["carriage.leased", "delivery.fetched", "carriage.released"]
    hook.courier._stopping = threading.Event()
    assert hook.courier.carry_due() == 1
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]
    assert len(set(hook.receiver.ids)) == 1


def test_what_a_dead_courier_left_is_carried_though_another_looks_before_the_sweep(
    hook: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The worker is gone."""

    def dies(*_: object) -> None:
        raise Killed

    envelope_id = hook.send()
    with monkeypatch.context() as dying:
        dying.setattr(type(hook.courier._carriage), "call", dies)
        with pytest.raises(Killed):
            hook.courier.carry_due()
    hook.exchange.clock.advance(CARRIED_WITHIN)
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.LEASED
    hook.exchange.axis.deadlines.end_due()
    hook.exchange.clock.advance(SWEPT_SOON)
    assert hook.courier.carry_due() == 1
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED


def test_a_failed_call_rests_for_its_own_pause_only(hook: Hooked) -> None:
    hook.receiver.answer = lambda number: 503 if number == 1 else 204
    hook.send()
    hook.courier.carry_due()
    assert hook.courier.carry_due() == 0
    hook.exchange.clock.advance(REST_MAX)
    assert hook.courier.carry_due() == 1
