"""Who was suspended, or had no webhook yet, is told later: by itself, or once an operator says of what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from axis.demo.keys import KeyRing
from axis.exchange import desk
from axis.exchange.courier import SUSPENDED_FOR
from axis.exchange.desk import Repetition
from envelopes.evidence import EvidenceType
from envelopes.identifiers import OrganId
from routing.lifecycle import DeliveryState
from routing.webhooks import TOLD_WITHIN, NoticeState, WebhookMode
from tests.axis.exchange.hooked import TAKER, WHY, Hooked, hooked
from tests.fixtures.exchange import RECIPIENTS
from tests.fixtures.operations import answer_to, recall_of
from tests.fixtures.postgres import MOMENT
from tests.fixtures.receiver import echo

TOLD = [EvidenceType.CONSIGNMENT_NOTIFICATION]
HOUR = timedelta(hours=1)


@pytest.fixture
def hook(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Hooked]:
    with hooked(engine, key_ring, tmp_path) as made:
        made.receiver.reply = echo
        yield made


def repeat(hook: Hooked, start: datetime = MOMENT, end: datetime = MOMENT + HOUR) -> int:
    """Return of how many deliveries the system is told once more."""
    return hook.desk.repeat(Repetition(hook.system_id, OrganId(TAKER), (start, end), "tests", "mới có địa chỉ"))


def carry(hook: Hooked) -> None:
    while hook.courier.carry_due():
        pass


@pytest.mark.parametrize("mode", WebhookMode)
def test_what_came_while_a_system_was_suspended_is_told_once_it_is_back(hook: Hooked, mode: WebhookMode) -> None:
    registrar = hook.exchange.axis.registrar
    hook.rehook(hook.receiver.url, mode)
    registrar.suspend_system(hook.system_id, instruction=WHY)
    hook.exchange.axis.atlas.refresh()
    envelope_id = hook.send()
    assert hook.delivery_of(envelope_id).state is DeliveryState.CONSIGNED, "nobody is there to carry it to"
    carry(hook)
    assert hook.receiver.told == []
    registrar.restore_system(hook.system_id, instruction=WHY)
    hook.exchange.clock.advance(SUSPENDED_FOR)
    carry(hook)
    assert [one.is_package for one in hook.receiver.told] == [mode is WebhookMode.PACKAGE]


@pytest.mark.parametrize("mode", WebhookMode)
def test_what_came_before_the_webhook_is_told_by_replay_once(hook: Hooked, mode: WebhookMode) -> None:
    hook.rehook(None)
    sent = [hook.send() for _ in range(3)]
    hook.rehook(hook.receiver.url, mode)
    carry(hook)
    assert hook.receiver.told == []
    hook.exchange.clock.advance(TOLD_WITHIN)
    assert repeat(hook) == 3
    assert hook.courier.end_overdue() == 0, "its twelve days begin now"
    carry(hook)
    told = [one.event for one in hook.receiver.told]
    assert [one.consigned.envelope_id for one in told if one.consigned] == sent
    assert {one.time for one in told} == {MOMENT}
    assert hook.standing().notices == {NoticeState.TAKEN: 3}
    if mode is WebhookMode.EVENT:
        assert [hook.evidence(one) for one in sent] == [TOLD] * 3
    hook.exchange.clock.advance(HOUR)
    assert repeat(hook) == 3, "under the ids they have now"
    carry(hook)
    assert len(set(hook.receiver.ids)) == 3


def test_only_what_waits_for_its_agencies_in_the_span_is_added(hook: Hooked) -> None:
    hook.rehook(None)
    others = tuple(one for one in RECIPIENTS if one != TAKER)
    hook.send(to=others)
    hook.send()
    (offer,) = hook.exchange.lease(TAKER).offers
    hook.exchange.hand_over(offer, TAKER)
    given_back = hook.exchange.letter()
    hook.exchange.accept(given_back)
    (offer,) = hook.exchange.lease(TAKER).offers
    hook.exchange.fetch(offer, TAKER)
    recall = hook.exchange.accept(recall_of(given_back))
    answer = answer_to(given_back, hook.exchange.people[TAKER], agreed=True, at=hook.exchange.clock.now())
    hook.exchange.accept(answer, TAKER)
    hook.exchange.clock.advance(HOUR)
    late = hook.send()
    hook.rehook(hook.receiver.url)
    assert repeat(hook) == 1, "the recall itself"
    carry(hook)
    told = [one.event.consigned.envelope_id for one in hook.receiver.told if one.event.consigned]
    assert told == [recall.envelope_id]
    assert repeat(hook, end=MOMENT + 2 * HOUR) == 2
    carry(hook)
    assert hook.receiver.told[-1].event.consigned is not None
    assert late in {one.event.consigned.envelope_id for one in hook.receiver.told if one.event.consigned}


def test_many_are_added_in_parts(hook: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "BATCH", 2)
    hook.rehook(None)
    for _ in range(5):
        hook.send()
    hook.rehook(hook.receiver.url)
    assert repeat(hook) == 5
    assert repeat(hook) == 5
    assert hook.standing().notices == {NoticeState.WAITING: 5}


@pytest.mark.parametrize("status", [410, 500])
def test_a_failure_is_attested_once_however_often_it_is_repeated(hook: Hooked, status: int) -> None:
    hook.receiver.answer = lambda _number: status
    envelope_id = hook.send()
    for _ in range(3):
        carry(hook)
        hook.exchange.clock.advance(TOLD_WITHIN)
        hook.courier.end_overdue()
        assert hook.evidence(envelope_id) == [EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE]
        assert repeat(hook) == 1
    hook.receiver.answer = lambda _number: 204
    carry(hook)
    assert hook.evidence(envelope_id) == [EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE, *TOLD], "that was news"
