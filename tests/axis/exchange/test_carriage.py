"""Whole packages at webhooks: consigned once the digest comes back, handed over by a signed word, and never lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, URGENT
from axis.enrolment.amendments import SystemApplication
from axis.sdk import NotificationKind, WebhookVerifier
from envelopes.acknowledgement import (
    ACKNOWLEDGEMENT_BODY,
    AckOutcome,
)
from envelopes.bundles import type_at
from envelopes.evidence import EvidenceType as Kind
from envelopes.identifiers import OrganId, SystemId
from envelopes.model import Attachment
from envelopes.notification import RECEIVED_DIGEST
from envelopes.packages import package_of
from routing.leases import LEASE_TIME_DEFAULT, PUSHED_FIRST
from routing.lifecycle import DEADLINES, DeliveryState
from routing.webhooks import NoticeState, WebhookMode
from signing.assertions import AssertionKey
from signing.http_signatures import content_digest
from tests.axis.exchange.carrying import CARRIED, acknowledging, again, statement
from tests.axis.exchange.hooked import TAKER, WHY, Hooked, hooked
from tests.envelopes.bundling import files
from tests.fixtures.exchange import SENDER
from tests.fixtures.receiver import echo, receiving

S = DeliveryState
OTHER = "G22"


@pytest.fixture
def hook(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Hooked]:
    """A webhook that gets whole packages, and says what it got."""
    with hooked(engine, key_ring, tmp_path, mode=WebhookMode.PACKAGE) as made:
        made.receiver.reply = echo
        yield made


def remarks(hook: Hooked) -> list[str | None]:
    return [one.acknowledgement for one in reversed(hook.standing().calls)]


@pytest.mark.parametrize("beside", [(), files()], ids=["one message", "in parts"])
def test_a_package_is_carried_octet_for_octet_and_consigned_by_its_digest(
    hook: Hooked, key_ring: KeyRing, beside: tuple[Attachment, ...]
) -> None:
    letter = hook.exchange.letter()
    package = hook.exchange.sign(replace(letter, attachments=beside or letter.attachments))
    envelope_id = hook.exchange.axis.intake.submit(package_of(package), hook.exchange.caller(SENDER)).envelope_id  # type: ignore[union-attr]
    assert hook.delivery_of(envelope_id).state is S.READY
    assert hook.proofs(envelope_id) == [], "nothing is at its disposal yet"
    assert hook.courier.carry_due() == 1
    (told,) = hook.receiver.told
    assert told.body == package
    assert told.headers["content-type"] == type_at(io.BytesIO(package))
    event = WebhookVerifier.pinned(hook.receiver.url, key_ring.seal, clock=hook.exchange.clock).verify(
        told.headers, told.body
    )
    delivery = hook.delivery_of(envelope_id)
    assert event.kind is NotificationKind.DELIVERY_CARRIED
    assert event.consigned is not None
    assert event.consigned.delivery_id == delivery.delivery_id
    assert event.consigned.recipient == OrganId(TAKER)
    assert (delivery.state, delivery.attempts) == (S.CONSIGNED, 1)
    assert hook.history(envelope_id) == CARRIED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]
    assert hook.standing().notices == {NoticeState.TAKEN: 1}
    assert hook.courier.carry_due() == 0


def test_others_recipients_are_consigned_at_once(hook: Hooked) -> None:
    envelope_id = hook.send()
    assert len(hook.exchange.lease(OTHER).offers) == 1
    assert hook.delivery_of(envelope_id).state is S.READY


def test_an_answer_with_the_acknowledgement_hands_it_over(hook: Hooked) -> None:
    hook.receiver.reply = acknowledging(hook)
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.HANDED_OVER
    assert hook.history(envelope_id) == [*CARRIED, "delivery.handed_over"]
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONTENT_HANDOVER]
    assert remarks(hook) == ["handed_over"]


def test_an_answer_that_acknowledges_failure_refuses_it_with_the_reason(hook: Hooked) -> None:
    hook.receiver.reply = acknowledging(hook, outcome=AckOutcome.FAIL, reason="Tệp đính kèm không mở được")
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.REFUSED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONTENT_HANDOVER_FAILURE]
    assert remarks(hook) == ["refused"]


def test_who_took_a_package_may_acknowledge_it_by_a_call_of_its_own(hook: Hooked) -> None:
    envelope_id = hook.send()
    hook.courier.carry_due()
    (told,) = hook.receiver.told
    done = hook.exchange.axis.acknowledgements.acknowledge(
        hook.delivery_of(envelope_id).delivery_id, statement(hook, told), caller=hook.exchange.caller(TAKER)
    )
    assert done.state is S.HANDED_OVER
    assert hook.history(envelope_id)[-1] == "delivery.handed_over"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by": OTHER}, "acknowledgement/not-recipient"),
        ({"digest": "0" * 64}, "acknowledgement/wrong-digest"),
        ({"time": None}, "acknowledgement/impossible-time"),
    ],
)
def test_a_bad_acknowledgement_does_not_undo_the_consignment(hook: Hooked, changes: dict[str, Any], code: str) -> None:
    if "time" in changes:
        changes = {"time": hook.exchange.clock.now() + timedelta(days=2)}
    by = changes.pop("by", TAKER) if "by" in changes else TAKER
    hook.receiver.reply = acknowledging(hook, by, **changes)
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    assert hook.history(envelope_id) == [*CARRIED, "acknowledgement.refused"]
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]
    assert remarks(hook) == [code]
    assert hook.courier.carry_due() == 0, "it is not sent again"


@pytest.mark.parametrize(
    ("body", "remark"),
    [
        (b"OK", "acknowledgement/invalid-signature"),
        (b"\xff\xfe", "acknowledgement/invalid-signature"),
        (b"x" * 20_000, "too-large"),
    ],
)
def test_rubbish_in_the_place_of_an_acknowledgement_is_told_in_the_log(hook: Hooked, body: bytes, remark: str) -> None:
    hook.receiver.reply = lambda told: ({**echo(told)[0], "Content-Type": ACKNOWLEDGEMENT_BODY}, body)
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    assert remarks(hook) == [remark]


def test_a_body_of_another_type_is_not_read(hook: Hooked) -> None:
    hook.receiver.reply = lambda told: ({**echo(told)[0], "Content-Type": "text/html"}, b"<p>OK</p>")
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    assert remarks(hook) == [None]


@pytest.mark.parametrize("echoed", [None, content_digest(b"other"), "sha-256=:x:", "md5=:AAAA:", ","])
def test_a_2xx_without_the_right_digest_is_a_failure_and_tried_again(hook: Hooked, echoed: str | None) -> None:
    hook.receiver.reply = lambda _told: ({} if echoed is None else {RECEIVED_DIGEST: echoed}, b"")
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.DEFERRED
    assert hook.proofs(envelope_id) == []
    hook.receiver.reply = echo
    hook.exchange.clock.advance(timedelta(seconds=1))
    hook.courier.carry_due()
    assert hook.outcomes() == ["wrong-digest", "taken"]
    assert len(set(hook.receiver.ids)) == 1
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]
    assert hook.history(envelope_id) == [
        "carriage.leased",
        "delivery.fetched",
        "carriage.deferred",
        "carriage.leased",
        "delivery.consigned",
    ]


def test_410_refuses_it_for_good_with_evidence(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 410
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.REFUSED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT_FAILURE]
    assert hook.events(envelope_id) == [], "the delivery says it all"


def test_who_is_down_for_twelve_days_gets_nothing_and_the_sender_evidence(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 503
    envelope_id = hook.send()
    for _ in range(20):
        hook.courier.carry_due()
        hook.exchange.clock.advance(timedelta(hours=14))
    hook.exchange.clock.advance(timedelta(days=1))
    hook.exchange.axis.deadlines.end_due()
    hook.courier.end_overdue()
    assert hook.delivery_of(envelope_id).state is S.EXPIRED
    assert hook.history(envelope_id)[-1] == "carriage.expired"
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT_FAILURE]
    assert hook.courier.turn_over() == 0
    assert hook.standing().notices == {NoticeState.NEEDLESS: 1}


def test_what_could_not_be_pushed_can_be_pulled_at_once(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 503
    envelope_id = hook.send()
    assert hook.exchange.lease(TAKER).offers == (), "the courier has not tried yet"
    hook.courier.carry_due()
    (offer,) = hook.exchange.lease(TAKER).offers
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    hook.exchange.clock.advance(timedelta(minutes=1))
    assert hook.courier.carry_due() == 1
    assert len(hook.receiver.told) == 1, "somebody has his turn at it"
    hook.exchange.hand_over(offer, TAKER)
    assert hook.history(envelope_id) == [
        "carriage.leased",
        "delivery.fetched",
        "carriage.deferred",
        "delivery.consigned",
        "delivery.leased",
        "delivery.handed_over",
    ]
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONTENT_HANDOVER]


def test_without_any_worker_it_can_be_pulled_after_a_minute(hook: Hooked) -> None:
    hook.send()
    hook.exchange.clock.advance(PUSHED_FIRST)
    assert len(hook.exchange.lease(TAKER).offers) == 1


def test_what_was_taken_and_not_acknowledged_can_be_leased_by_others_later(hook: Hooked) -> None:
    hook.send()
    hook.courier.carry_due()
    assert hook.exchange.lease(TAKER).offers == ()
    hook.exchange.clock.advance(LEASE_TIME_DEFAULT)
    assert len(hook.exchange.lease(TAKER).offers) == 1


def test_a_webhook_that_is_removed_leaves_nothing_stuck(hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 503
    deferred = hook.send()
    hook.courier.carry_due()
    ready = hook.send()
    assert hook.courier.turn_over() == 0
    hook.rehook(None)
    assert hook.courier.turn_over() == 2
    for envelope_id in (deferred, ready):
        delivery = hook.delivery_of(envelope_id)
        assert delivery.state is S.CONSIGNED
        assert delivery.due_at == delivery.accepted_at + DEADLINES[S.CONSIGNED].after
        assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]
    assert len(hook.exchange.lease(TAKER).offers) == 2


def test_who_changes_to_events_is_told_of_what_was_to_be_pushed(hook: Hooked) -> None:
    envelope_id = hook.send()
    hook.rehook(hook.receiver.url, WebhookMode.EVENT)
    assert hook.courier.carry_due() == 1
    assert hook.receiver.told == [], "not before it is at its disposal"
    assert hook.courier.turn_over() == 1
    assert hook.courier.carry_due() == 1
    assert hook.receiver.told[0].event.kind is NotificationKind.DELIVERY_CONSIGNED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONSIGNMENT_NOTIFICATION]


def test_who_changes_to_packages_gets_what_waits_whole(hook: Hooked) -> None:
    hook.rehook(hook.receiver.url, WebhookMode.EVENT)
    envelope_id = hook.send()
    hook.rehook(hook.receiver.url, WebhookMode.PACKAGE)
    hook.receiver.reply = acknowledging(hook)
    assert hook.courier.carry_due() == 1
    assert hook.receiver.told[0].is_package
    assert hook.history(envelope_id) == [
        "delivery.consigned",
        "delivery.leased",
        "delivery.fetched",
        "delivery.handed_over",
    ]
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONTENT_HANDOVER]


def test_an_operator_has_a_range_carried_again_without_new_evidence(hook: Hooked) -> None:
    envelope_id = hook.send()
    hook.courier.carry_due()
    again(hook)
    hook.receiver.reply = acknowledging(hook)
    assert hook.courier.carry_due() == 1
    assert len(set(hook.receiver.ids)) == 1
    assert len({one.body for one in hook.receiver.told}) == 1
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONTENT_HANDOVER]


def second_system(hook: Hooked) -> SystemId:
    """Enter another system of the same agency."""
    second, agency = SystemId("second.h41.21"), OrganId(TAKER)
    key = AssertionKey.generate().public_jwk().encode()
    application = SystemApplication(second, agency, "Hệ thống", (agency,))
    hook.exchange.axis.registrar.add_system(application, key, instruction=WHY)
    hook.exchange.axis.atlas.refresh()
    return second


@pytest.mark.parametrize("is_suspended", [False, True])
def test_410_of_one_system_leaves_it_to_the_others_of_its_agency(hook: Hooked, *, is_suspended: bool) -> None:
    second = second_system(hook)
    if is_suspended:  # it comes back some day; a refusal is for ever
        hook.exchange.axis.registrar.suspend_system(second, instruction=WHY)
    hook.receiver.answer = lambda _number: 410
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert (hook.delivery_of(envelope_id).state, hook.proofs(envelope_id)) == (S.DEFERRED, [])
    assert hook.standing().notices == {NoticeState.REFUSED: 1}
    assert hook.courier.turn_over() == 1, "nobody is left to be called"
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]


def test_410_of_the_last_system_that_is_left_refuses_it(hook: Hooked) -> None:
    hook.exchange.axis.registrar.remove_system(second_system(hook), instruction=WHY)
    hook.receiver.answer = lambda _number: 410
    envelope_id = hook.send()
    hook.courier.carry_due()
    assert hook.delivery_of(envelope_id).state is S.REFUSED


def test_after_410_another_webhook_of_the_agency_gets_it_at_once(hook: Hooked) -> None:
    second = second_system(hook)
    hook.exchange.clock.advance(timedelta(seconds=1))
    with receiving() as other:
        other.reply = echo
        hook.exchange.axis.registrar.set_webhook(second, other.url, instruction=WHY, mode=WebhookMode.PACKAGE)
        hook.exchange.axis.atlas.refresh()
        hook.receiver.answer = lambda _number: 410
        envelope_id = hook.send()
        while hook.courier.carry_due():
            pass
        assert (len(hook.receiver.told), len(other.told)) == (1, 1)
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]


def test_another_system_that_is_told_by_events_hears_when_it_is_consigned(hook: Hooked) -> None:
    registrar, second = hook.exchange.axis.registrar, second_system(hook)
    with receiving() as other:
        registrar.set_webhook(second, other.url, instruction=WHY)
        hook.exchange.axis.atlas.refresh()
        hook.receiver.answer = lambda number: 503 if number == 1 else 204
        envelope_id = hook.send()
        while hook.courier.carry_due():
            pass
        assert other.told == []
        hook.exchange.clock.advance(timedelta(seconds=1))
        while hook.courier.carry_due():
            pass
        assert [one.event.kind for one in other.told] == [NotificationKind.DELIVERY_CONSIGNED]
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT, Kind.CONSIGNMENT_NOTIFICATION]


def test_urgent_packages_go_first_one_at_a_time(hook: Hooked) -> None:
    hook.exchange.accept(hook.exchange.letter(FIRST))
    hook.exchange.accept(hook.exchange.letter(URGENT))
    assert hook.courier.carry_due() == 1
    assert hook.courier.carry_due() == 1
    ranks = [one.event.consigned.priority_rank for one in hook.receiver.told if one.event.consigned]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > ranks[1]
