"""What kills every worker that touches it is set aside, with an alarm, and keeps nobody else waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from axis.demo.keys import KeyRing
from axis.demo.letters import URGENT
from axis.errors import ClockAstray
from axis.exchange.carriage import BY_AXIS, CRASHED
from axis.exchange.courier import LATER, Courier
from axis.exchange.interventions import Interventions, Word
from envelopes.evidence import EvidenceType as Kind
from envelopes.identifiers import EnvelopeId
from routing.backoff import CRASHES_MAX, SUSPECT_FROM
from routing.carriage import CARRIED_WITHIN
from routing.lifecycle import DeliveryState as S
from routing.webhooks import TOLD_WITHIN, NoticeState, WebhookMode
from signing.errors import KeyFault, KeyUnusable
from storage.database.tables import NoticeRow, table_of
from storage.database.transactions import WriteSession
from storage.errors import DatabaseUnavailable
from tests.axis.exchange.hooked import Hooked, hooked
from tests.fixtures.receiver import echo

WORD = Word("tests", "đã sửa lỗi làm tiến trình dừng")


class Killed(BaseException):
    """What no code survives: the worker is gone, with everything in its hands."""


@pytest.fixture
def hook(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Hooked]:
    with hooked(engine, key_ring, tmp_path, mode=WebhookMode.PACKAGE) as made:
        made.receiver.reply = echo
        yield made


def poison(hook: Hooked, envelope_id: EnvelopeId, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every worker die over one message."""
    herald = type(hook.courier._herald)
    for name in ("event", "package"):
        deed = getattr(herald, name)

        def dies(self: Any, notice: Any, *rest: Any, deed: Any = deed, **more: Any) -> Any:
            if notice.envelope_id == envelope_id:
                raise Killed
            return deed(self, notice, *rest, **more)

        monkeypatch.setattr(herald, name, dies)


def a_worker(hook: Hooked) -> bool:
    """One worker's life until nothing is due; True where it died. The sweep goes on beside it."""
    try:
        while hook.courier.carry_due():
            pass
    except Killed:
        return True
    return False


def lives(hook: Hooked) -> int:
    """How many workers died until none did, each later than what the one before had in hand."""
    died = 0
    while a_worker(hook):
        died += 1
        assert died < 10
        hook.exchange.clock.advance(CARRIED_WITHIN)
        hook.exchange.axis.deadlines.end_due()
    return died


def interventions(hook: Hooked) -> Interventions:
    return Interventions(hook.transactions, hook.exchange.clock, timekeeper=hook.exchange.axis.timekeeper)


def test_a_package_that_kills_its_workers_is_held_and_others_are_carried(
    hook: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope_id = hook.exchange.accept(hook.exchange.letter(URGENT)).envelope_id
    others = [hook.send() for _ in range(3)]
    poison(hook, envelope_id, monkeypatch)
    for _ in range(SUSPECT_FROM):
        assert a_worker(hook), "the urgent one is the first"
        assert {hook.delivery_of(one).state for one in others} == {S.READY}
        hook.exchange.clock.advance(CARRIED_WITHIN)
        hook.exchange.axis.deadlines.end_due()
    assert a_worker(hook)
    assert {hook.delivery_of(one).state for one in others} == {S.CONSIGNED}, "after two deaths it is the last"
    hook.exchange.clock.advance(CARRIED_WITHIN)
    hook.exchange.axis.deadlines.end_due()
    assert lives(hook) == CRASHES_MAX - SUSPECT_FROM - 1
    held = hook.delivery_of(envelope_id)
    assert (held.state, held.held_from) == (S.HELD, S.READY)
    assert hook.history(envelope_id) == [
        *["carriage.leased", "carriage.lease_expired"] * CRASHES_MAX,
        "delivery.held",
    ]
    assert interventions(hook).holds([held]) == {held.delivery_id: Word(BY_AXIS, CRASHED)}
    hook.exchange.clock.advance(timedelta(days=1))
    assert not a_worker(hook)


@pytest.mark.parametrize("deed", ["retry", "resume"])
def test_an_operator_lets_it_go_on(hook: Hooked, monkeypatch: pytest.MonkeyPatch, deed: str) -> None:
    envelope_id = hook.send()
    poison(hook, envelope_id, monkeypatch)
    assert lives(hook) == CRASHES_MAX
    monkeypatch.undo()
    done = getattr(interventions(hook), deed)([hook.delivery_of(envelope_id)], WORD)
    assert [one.state for one in done.changed] == [S.READY]
    assert hook.courier.carry_due() == 1
    assert hook.proofs(envelope_id) == [Kind.CONTENT_CONSIGNMENT]


def test_an_event_that_kills_its_workers_is_told_no_more_and_the_delivery_can_be_pulled(
    hook: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.rehook(hook.receiver.url, WebhookMode.EVENT)
    poisoned = hook.send()
    others = [hook.send() for _ in range(3)]
    poison(hook, poisoned, monkeypatch)
    assert lives(hook) == CRASHES_MAX
    told = {one.event.consigned.envelope_id for one in hook.receiver.told if one.event.consigned}
    assert told == set(others)
    assert hook.delivery_of(poisoned).state is S.CONSIGNED
    hook.exchange.clock.advance(timedelta(days=1))
    assert not a_worker(hook)
    hook.exchange.clock.advance(TOLD_WITHIN)
    hook.courier.end_overdue()
    assert hook.proofs(poisoned) == [Kind.CONTENT_CONSIGNMENT, Kind.CONSIGNMENT_NOTIFICATION_FAILURE]
    assert hook.proofs(others[0]) == [Kind.CONTENT_CONSIGNMENT, Kind.CONSIGNMENT_NOTIFICATION]


def test_a_key_that_does_not_sign_is_no_fault_of_the_package(hook: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often: nothing is set aside, and all goes on once the token is back."""
    envelope_id = hook.send()

    def fails(*_: object, **_named: object) -> dict[str, str]:
        raise KeyUnusable(KeyFault.NOT_SET, setting="seal.pkcs11_uri")

    with monkeypatch.context() as away:
        away.setattr(type(hook.courier._herald), "package", fails)
        for _ in range(CRASHES_MAX + 2):
            with pytest.raises(KeyUnusable):
                hook.courier.carry_due()
            assert hook.courier.carry_due() == 0, "not at once again"
            hook.exchange.clock.advance(LATER)
    assert hook.delivery_of(envelope_id).state is S.READY
    assert hook.courier.carry_due() == 1
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED
    assert [one.attempt for one in hook.standing().calls] == [1]


def test_who_crashed_is_not_hastened_by_the_success_of_others(hook: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    hook.rehook(hook.receiver.url, WebhookMode.EVENT)
    poisoned = hook.send()
    poison(hook, poisoned, monkeypatch)
    assert lives(hook) == CRASHES_MAX
    hook.receiver.answer = lambda number: 503 if number == 1 else 204
    hook.send()
    a_worker(hook)
    hook.exchange.clock.advance(timedelta(minutes=1))
    a_worker(hook)
    assert hook.standing().notices == {NoticeState.WAITING: 1, NoticeState.TAKEN: 1}
    assert hook.courier.carry_due() == 0


def test_a_worker_that_dies_once_costs_the_others_in_its_hands_nothing_but_time(
    hook: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.rehook(hook.receiver.url, WebhookMode.EVENT)
    sent = [hook.send() for _ in range(5)]
    poison(hook, sent[2], monkeypatch)
    assert a_worker(hook)
    monkeypatch.undo()
    hook.exchange.clock.advance(CARRIED_WITHIN)
    assert lives(hook) == 0
    assert len(set(hook.receiver.ids)) == len(hook.receiver.ids) == 5


def test_an_urgent_event_that_was_in_a_dead_workers_hands_keeps_its_place(
    hook: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.rehook(hook.receiver.url, WebhookMode.EVENT)
    urgent = hook.exchange.accept(hook.exchange.letter(URGENT)).envelope_id
    poison(hook, urgent, monkeypatch)
    assert a_worker(hook)
    monkeypatch.undo()
    hook.exchange.clock.advance(CARRIED_WITHIN)
    fresh = [hook.send() for _ in range(3)]
    assert lives(hook) == 0
    told = [one.event.consigned.envelope_id for one in hook.receiver.told if one.event.consigned]
    assert told == [urgent, *fresh]


@pytest.mark.parametrize(
    "fault", [DatabaseUnavailable("gone"), ClockAstray(timedelta(hours=1))], ids=["away", "astray"]
)
@pytest.mark.parametrize("mode", [WebhookMode.EVENT, WebhookMode.PACKAGE])
def test_a_database_that_is_away_or_a_clock_astray_is_no_death_of_a_worker(
    hook: Hooked, mode: WebhookMode, fault: Exception
) -> None:
    """What could be neither written nor given back is given back by the next who looks, as if it had not been taken."""
    hook.rehook(hook.receiver.url, mode)
    troubled = Troubled(hook.courier)

    def answer(_number: int) -> int:
        troubled.fault = fault
        return 204

    hook.receiver.answer = answer
    sent = [hook.send() for _ in range(3)]
    for _ in range(CRASHES_MAX):
        with pytest.raises(type(fault)):
            hook.courier.carry_due()
        assert troubled.crashes() > 0
        with pytest.raises(type(fault)):
            hook.courier.carry_due()
        troubled.fault = None
        hook.exchange.clock.advance(timedelta(seconds=1))
    hook.receiver.answer = lambda _number: 204
    assert lives(hook) == 0
    assert {hook.delivery_of(one).state for one in sent} == {S.CONSIGNED}
    assert hook.standing().notices == {NoticeState.TAKEN: 3}
    assert [one.attempt for one in hook.standing().calls] == [1, 1, 1]


def test_a_turn_that_cannot_be_begun_is_given_back(hook: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    envelope_id = hook.send()

    def fails(*_: object, **_named: object) -> None:
        raise DatabaseUnavailable("gone")

    with monkeypatch.context() as away:
        away.setattr(hook.courier, "_begin", fails)
        with pytest.raises(DatabaseUnavailable):
            hook.courier.carry_due()
    hook.exchange.clock.advance(LATER)
    assert hook.courier.carry_due() == 1
    assert hook.delivery_of(envelope_id).state is S.CONSIGNED


def test_a_worker_that_ends_gives_back_what_it_could_not_give_back_before(hook: Hooked) -> None:
    troubled = Troubled(hook.courier)

    def answer(_number: int) -> int:
        troubled.fault = DatabaseUnavailable("gone")
        return 204

    hook.receiver.answer = answer
    hook.send()
    with pytest.raises(DatabaseUnavailable):
        hook.courier.carry_due()
    assert troubled.crashes() == 1
    troubled.fault = None
    hook.courier.abandon()
    assert troubled.crashes() == 0


class Troubled:
    """Transactions of a courier of which none begins while there is a fault."""

    def __init__(self, courier: Courier) -> None:
        self.fault: Exception | None = None
        self._transactions = courier._transactions
        self._begin = self._transactions.begin
        self._transactions.begin = self  # type: ignore[method-assign]

    @contextmanager
    def __call__(self) -> Iterator[WriteSession]:
        if self.fault is not None:
            raise self.fault
        with self._begin() as session:
            yield session

    def crashes(self) -> int:
        """How many calls have no end that anybody saw, of all notices together."""
        with self._transactions.read() as session:
            return int(session.scalars(select(func.sum(table_of(NoticeRow).c.crashes))).one())
