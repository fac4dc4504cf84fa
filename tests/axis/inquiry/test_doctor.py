"""What is stuck is found by its cause, alone, and not before; a healthy axis has nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, text

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST
from axis.exchange.carriage import BY_AXIS, CRASHED, SET_ASIDE
from axis.exchange.deadlines import PUT_OFF
from axis.exchange.interventions import Interventions, Word
from axis.inquiry.complaints import COMPLAINTS, Complaint, Gravity
from axis.inquiry.doctor import (
    FORGOTTEN_AFTER,
    GRACE,
    SILENT_AFTER,
    UNFETCHED_FOR,
    VERDICTS_WAIT,
    Diagnosis,
    Doctor,
)
from axis.workers.errands import errands_of
from axis.workers.rounds import rounds_of
from envelopes.identifiers import EnvelopeId, SystemId
from routing.delivery import Delivery
from routing.demands import ANSWER_WITHIN
from routing.errors import ImpossibleStep
from routing.events import EventTag
from routing.lifecycle import DeliveryState
from routing.uploads import CLEARED_AFTER, UPLOAD_LASTS
from routing.webhooks import WebhookMode
from storage.database.assertions import use_assertion
from storage.database.checks import end_check, take_checks
from storage.database.engine import EngineLimits, make_engine
from storage.database.leadership import Leadership, find_leader
from storage.database.owed import due_owed
from storage.database.revocations import open_verdicts, take_due, watch
from storage.database.stuck import PILE_MAX
from storage.records import DeliveryFilter, OpenVerdict, SeenCertificate, UsedAssertion
from tests.axis.exchange.hooked import TAKER as TAKER_AT_WEBHOOK
from tests.axis.exchange.hooked import WHY, Hooked, hooked
from tests.axis.exchange.recalling import fetched
from tests.fixtures.clocks import JumpingClock
from tests.fixtures.exchange import SENDER, Exchange, opened
from tests.fixtures.operations import recall_of
from tests.fixtures.postgres import MOMENT
from tests.fixtures.running import eventually
from tests.fixtures.world import World, world
from tests.vietnamese import foreign_in

__all__ = ["world"]

SECOND: Final = timedelta(seconds=1)
TAKER: Final = "G22"
Found = Mapping[Complaint, Diagnosis]


def findings(exchange: Exchange, *, asks: bool = False, engine: Engine | None = None) -> Found:
    """What the doctor finds, by complaint; every place in its words is filled."""
    found = Doctor(engine or exchange.axis.engine, exchange.clock, asks_authorities=asks).examine()
    for one in found:
        assert "{" not in one.words.vi + one.words.en + one.words.do_vi + one.words.do_en
    return {one.complaint: one for one in found}


@pytest.fixture
def led(exchange: Exchange) -> Exchange:
    """An exchange with a worker that leads and has made a round."""
    rounds_of(exchange.axis).make()
    assert findings(exchange) == {}
    return exchange


@pytest.fixture
def hook(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Hooked]:
    """One of the recipients has a webhook whose receiver fails; a worker leads."""
    with hooked(engine, key_ring, tmp_path, answer=lambda _number: 500) as made:
        rounds_of(made.exchange.axis).make()
        yield made


def sent(exchange: Exchange) -> EnvelopeId:
    """A letter whose acceptance owes nothing any more."""
    accepted = exchange.accept(exchange.letter(FIRST, to=(TAKER,)))
    settle(exchange)
    return accepted.envelope_id


def settle(exchange: Exchange) -> None:
    """Have everything sealed that is owed, and documents judged."""
    exchange.attest()
    with exchange.axis.premises.transactions.begin() as session:
        for check in take_checks(session, exchange.clock.now(), until=lambda _crashes: exchange.clock.now(), limit=99):
            assert end_check(session, check.envelope_id)


def late(exchange: Exchange, *expected: Complaint) -> Found:
    """What is found once the grace of what is due now is over; until then, nothing of it is."""
    exchange.clock.advance(GRACE - SECOND)
    assert not set(findings(exchange)) & set(expected)
    exchange.clock.advance(2 * SECOND)
    found = findings(exchange)
    assert set(found) == set(expected)
    return found


def test_a_healthy_axis_has_nothing(led: Exchange) -> None:
    sent(led)
    (offer,) = led.lease(TAKER).offers
    led.hand_over(offer, TAKER)
    rounds_of(led.axis).make()
    assert findings(led) == {}


def test_an_axis_without_a_worker_says_so_and_nothing_else_until_something_is_late(exchange: Exchange) -> None:
    assert set(findings(exchange)) == {Complaint.WORKER_NONE}
    other = Leadership(exchange.axis.engine)
    assert other.is_leading()
    with exchange.axis.premises.transactions.read() as session:
        leader = find_leader(session)
    assert leader is not None
    assert findings(exchange) == {}
    other.close()
    assert eventually(lambda: set(findings(exchange)) == {Complaint.WORKER_NONE} or None)


def test_why_nothing_was_done_is_told(led: Exchange) -> None:
    led.accept(led.letter(FIRST, to=(TAKER,)))
    found = late(led, Complaint.EVIDENCE_LATE, Complaint.DOCUMENT_OVERDUE)[Complaint.EVIDENCE_LATE]
    assert (found.count, found.is_more, found.since, found.gravity) == (1, False, MOMENT, Gravity.LATE)
    assert "its log says why" in found.words.en
    led.axis.leadership.close()
    eventually(lambda: Complaint.WORKER_NONE in findings(led) or None)
    assert "no worker is at work" in findings(led)[Complaint.EVIDENCE_LATE].words.en


def test_evidence_that_cannot_be_sealed_is_told_with_how_often_it_was_tried(led: Exchange) -> None:
    led.accept(led.letter(FIRST, to=(TAKER,)))
    for attempts in range(4):
        with led.axis.premises.transactions.begin() as session:
            now = led.clock.now()
            (owed,) = due_owed(session, now, attempts=attempts, until=now + SECOND, limit=9)
        led.clock.advance(SECOND)
    found = findings(led)
    assert set(found) == {Complaint.EVIDENCE_FAILING}
    one = found[Complaint.EVIDENCE_FAILING]
    assert (one.oldest, one.gravity) == (str(owed.event_id), Gravity.BROKEN)
    assert "4 times" in one.words.en


def test_a_lease_that_ran_out_and_was_not_taken_back(led: Exchange) -> None:
    sent(led)
    grant = led.lease(TAKER)
    assert grant.until is not None
    led.clock.set(grant.until)
    one = late(led, Complaint.LEASE_OVERDUE)[Complaint.LEASE_OVERDUE]
    assert (one.oldest, one.since) == (str(grant.offers[0].delivery_id), grant.until)


def test_an_alarm_that_was_not_raised_and_a_delivery_that_was_not_ended(led: Exchange) -> None:
    envelope_id = sent(led)
    hand = Interventions(led.axis.premises.transactions, led.clock, timekeeper=led.axis.timekeeper)
    (delivery,) = hand.choose(DeliveryFilter(envelope_id=envelope_id))
    assert delivery.alarm_at is not None
    assert delivery.due_at is not None
    led.clock.set(delivery.alarm_at)
    late(led, Complaint.ALARM_OVERDUE)
    led.axis.deadlines.raise_alarms()
    assert findings(led) == {}
    led.clock.set(delivery.due_at + GRACE - SECOND)
    assert set(findings(led)) == {Complaint.RECIPIENT_SILENT}
    led.clock.advance(2 * SECOND)
    found = findings(led)
    assert set(found) == {Complaint.DELIVERY_OVERDUE, Complaint.RECIPIENT_SILENT}
    assert found[Complaint.DELIVERY_OVERDUE].oldest == str(delivery.delivery_id)


@pytest.mark.parametrize("state", ["ready", "leased", "deferred", "held"])
def test_a_delivery_is_overdue_in_every_state_that_has_a_deadline(led: Exchange, state: str) -> None:
    sent(led)
    with led.axis.engine.begin() as connection:
        connection.execute(
            text("UPDATE deliveries SET state = :state, due_at = :now, alarm_at = NULL"),
            {
                "state": state,
                "now": led.clock.now(),
            },
        )
    led.clock.advance(GRACE + SECOND)
    assert Complaint.DELIVERY_OVERDUE in findings(led)


def test_a_delivery_that_cannot_be_ended(led: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_delivery: Delivery, _event: EventTag) -> DeliveryState:
        raise ImpossibleStep("poison")

    sent(led)
    monkeypatch.setattr("axis.exchange.deadlines.next_state", refuse)
    led.clock.advance(timedelta(days=31))
    led.axis.deadlines.raise_alarms()
    led.axis.deadlines.end_due()
    found = findings(led)
    assert set(found) == {Complaint.DELIVERY_ENDLESS, Complaint.RECIPIENT_SILENT}
    assert found[Complaint.DELIVERY_ENDLESS].gravity is Gravity.BROKEN
    led.clock.advance(PUT_OFF)
    led.axis.deadlines.end_due()
    assert Complaint.DELIVERY_ENDLESS in findings(led), "as long as it is put off"


def test_a_delivery_that_somebody_stopped_is_told_with_who_and_why(led: Exchange) -> None:
    hand = Interventions(led.axis.premises.transactions, led.clock, timekeeper=led.axis.timekeeper)
    chosen = hand.choose(DeliveryFilter(envelope_id=sent(led)))
    hand.hold(chosen, Word("cli:lan", "Chờ xác minh"))
    led.clock.advance(timedelta(days=20))
    one = findings(led)[Complaint.DELIVERY_HELD]
    assert (one.gravity, one.count, one.since, one.about) == (Gravity.KNOWN, 1, MOMENT, "cli:lan")
    assert one.oldest == str(chosen[0].delivery_id)
    assert "cli:lan" in one.words.vi
    assert "Chờ xác minh" in one.words.en


def test_what_the_axis_set_aside_by_itself_is_told_in_words(led: Exchange) -> None:
    hand = Interventions(led.axis.premises.transactions, led.clock, timekeeper=led.axis.timekeeper)
    hand.hold(hand.choose(DeliveryFilter(envelope_id=sent(led))), Word(BY_AXIS, CRASHED))
    one = findings(led)[Complaint.DELIVERY_HELD]
    assert SET_ASIDE[0] in one.words.vi
    assert SET_ASIDE[1] in one.words.en
    assert CRASHED not in one.words.vi


def test_a_recipient_that_does_not_come_and_one_for_whom_nobody_may(led: Exchange) -> None:
    sent(led)
    led.clock.advance(UNFETCHED_FOR)
    led.axis.deadlines.raise_alarms()
    assert findings(led) == {}
    led.clock.advance(SECOND)
    one = findings(led)[Complaint.RECIPIENT_SILENT]
    assert (one.gravity, one.about, one.count, one.since) == (Gravity.KNOWN, TAKER, 1, MOMENT)
    system_id = led.people[TAKER].credentials.system_id
    assert str(system_id) in one.words.en
    led.axis.registrar.suspend_system(system_id, instruction=WHY)
    found = findings(led)
    assert set(found) == {Complaint.RECIPIENT_WITHOUT_SYSTEM}
    assert found[Complaint.RECIPIENT_WITHOUT_SYSTEM].gravity is Gravity.LATE
    led.axis.registrar.restore_system(system_id, instruction=WHY)
    led.fetch(led.lease(TAKER).offers[0], TAKER)
    assert Complaint.RECIPIENT_SILENT not in findings(led)


def test_what_is_to_be_pushed_to_a_suspended_system_is_told(hook: Hooked) -> None:
    """Nobody calls it, so that nobody fails: without this it would end after twelve days, unseen."""
    exchange = hook.exchange
    hook.rehook(hook.receiver.url, WebhookMode.PACKAGE)
    assert hook.delivery_of(hook.send()).state is DeliveryState.READY
    settle(exchange)
    exchange.axis.registrar.suspend_system(hook.system_id, instruction=WHY)
    exchange.axis.atlas.refresh()
    hook.courier.carry_due()
    exchange.clock.advance(UNFETCHED_FOR + SECOND)
    assert findings(exchange)[Complaint.RECIPIENT_WITHOUT_SYSTEM].about == TAKER_AT_WEBHOOK


def test_a_recall_that_nobody_answers(led: Exchange) -> None:
    letter, _ = fetched(led, TAKER)
    recall = led.accept(recall_of(letter))
    led.hand_over(led.lease(TAKER).offers[0], TAKER)
    settle(led)
    led.clock.advance(ANSWER_WITHIN + timedelta(days=4))
    assert set(findings(led)) == {Complaint.DEMAND_OVERDUE}
    led.axis.deadlines.tell_unanswered()
    found = findings(led)
    assert set(found) == {Complaint.DEMAND_UNANSWERED}
    one = found[Complaint.DEMAND_UNANSWERED]
    assert (one.gravity, one.oldest) == (Gravity.KNOWN, str(recall.envelope_id))


def test_notices_that_nobody_carries_or_ends_and_a_receiver_that_rests(hook: Hooked) -> None:
    exchange = hook.exchange
    hook.send()
    settle(exchange)
    late(exchange, Complaint.NOTICE_OVERDUE)
    while Complaint.RECEIVER_RESTING not in (found := findings(exchange)):
        exchange.clock.advance(timedelta(minutes=1))
        hook.courier.carry_due()
    one = found[Complaint.RECEIVER_RESTING]
    assert (one.about, one.count, one.since) == (str(hook.system_id), 1, MOMENT)
    assert "last: broken" in one.words.en
    assert set(found) == {Complaint.RECEIVER_RESTING}
    exchange.clock.advance(timedelta(days=12))
    assert Complaint.NOTICE_ENDLESS in findings(exchange)
    hook.courier.end_overdue()
    assert not {Complaint.NOTICE_ENDLESS, Complaint.RECEIVER_RESTING} & set(findings(exchange))


def test_certificates_nobody_asks_about_and_an_authority_that_does_not_answer(led: Exchange, world: World) -> None:
    signer = world.authorities["other-agency"].certificate
    seen = SeenCertificate(bytes.fromhex(signer.fingerprint), signer.der, signer.not_after)
    with led.axis.premises.transactions.begin() as session:
        watch(session, [seen], now=led.clock.now())
    one = late(led, Complaint.CERTIFICATE_OVERDUE)[Complaint.CERTIFICATE_OVERDUE]
    assert one.oldest == signer.fingerprint
    for _ in range(SILENT_AFTER):
        assert Complaint.AUTHORITY_SILENT not in findings(led, asks=True)
        with led.axis.premises.transactions.begin() as session:
            take_due(session, led.clock.now(), until=led.clock.now(), limit=9)
    found = findings(led, asks=True)
    assert set(found) == {Complaint.AUTHORITY_SILENT}
    assert findings(led) == {}, "an axis that may ask nobody"
    host = world.authorities.url.removeprefix("http://")
    assert (found[Complaint.AUTHORITY_SILENT].about, found[Complaint.AUTHORITY_SILENT].count) == (host, 1)
    with led.axis.premises.transactions.begin() as session:
        waiting = OpenVerdict(EnvelopeId(led.clock.mint()), seen.fingerprint, led.clock.now(), led.clock.now())
        open_verdicts(session, [waiting])
    led.clock.advance(VERDICTS_WAIT)
    one = findings(led, asks=True)[Complaint.VERDICT_WAITING]
    assert one.oldest == str(waiting.envelope_id)
    assert f"{host} does not answer" in one.words.en


def test_documents_that_nobody_judges(led: Exchange) -> None:
    accepted = led.accept(led.letter(FIRST, to=(TAKER,)))
    led.attest()
    one = late(led, Complaint.DOCUMENT_OVERDUE)[Complaint.DOCUMENT_OVERDUE]
    assert (one.oldest, one.since) == (str(accepted.envelope_id), MOMENT)


def test_an_upload_that_nobody_clears(led: Exchange) -> None:
    upload = led.axis.uploads.begin(1, hashlib.sha256(b"x").digest(), caller=led.caller(SENDER))
    led.clock.advance(UPLOAD_LASTS + CLEARED_AFTER)
    one = late(led, Complaint.UPLOAD_OVERDUE)[Complaint.UPLOAD_OVERDUE]
    assert (one.oldest, one.count) == (str(upload.upload_id), 1)
    errands_of(led.axis).clear_uploads()
    assert findings(led) == {}


def test_a_house_that_nobody_keeps_is_counted_to_a_thousand(led: Exchange) -> None:
    with led.axis.premises.transactions.begin() as session:
        for number in range(PILE_MAX + 1):
            use_assertion(session, UsedAssertion(SystemId("qlvb"), str(number), MOMENT))
    led.clock.advance(FORGOTTEN_AFTER - SECOND)
    assert findings(led) == {}
    led.clock.advance(2 * SECOND)
    one = findings(led)[Complaint.HOUSE_UNKEPT]
    assert (one.count, one.is_more) == (PILE_MAX, True)
    assert f"{PILE_MAX}+" in one.words.vi
    rounds = rounds_of(led.axis)
    rounds.make()
    assert findings(led) == {}


@pytest.mark.parametrize(("days", "complaint"), [(60, Complaint.PARTITIONS_BEHIND), (90, Complaint.PARTITIONS_MISSING)])
def test_months_that_do_not_stand_ready(led: Exchange, days: int, complaint: Complaint) -> None:
    led.clock.advance(timedelta(days=days))
    one = findings(led)[complaint]
    assert one.oldest.startswith("envelopes_2027_")
    assert one.gravity is COMPLAINTS[complaint][0]


@pytest.fixture
def own(own_engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Exchange]:
    """An exchange on a database that can be spoilt."""
    with opened(own_engine, key_ring, tmp_path) as exchange:
        yield exchange


def test_another_revision_is_all_that_can_be_told(own: Exchange) -> None:
    with own.axis.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '202001010000'"))
    assert set(findings(own)) == {Complaint.SCHEMA_OTHER}


def test_a_database_that_does_not_answer_is_all_that_can_be_told(exchange: Exchange) -> None:
    away = make_engine("postgresql+psycopg://axis@127.0.0.1:1/axis")
    assert set(findings(exchange, engine=away)) == {Complaint.DATABASE_AWAY}


def test_what_cannot_be_looked_at_in_time_is_told_and_hinders_nothing_else(exchange: Exchange) -> None:
    url = exchange.axis.engine.url.render_as_string(hide_password=False)
    hurried = make_engine(url, EngineLimits(pool_size=1, lock=0.1))
    with exchange.axis.engine.begin() as connection:
        connection.execute(text("LOCK TABLE owed_evidences IN ACCESS EXCLUSIVE MODE"))
        found = findings(exchange, engine=hurried)
    hurried.dispose()
    assert set(found) == {Complaint.LOOK_TOO_SLOW, Complaint.WORKER_NONE}
    assert (found[Complaint.LOOK_TOO_SLOW].about, found[Complaint.LOOK_TOO_SLOW].gravity) == (
        "owed_evidences",
        Gravity.KNOWN,
    )


@pytest.mark.parametrize("hours", [24 * 365, -24 * 365])
def test_a_clock_that_is_wrong_is_told_and_nothing_is_late_by_it(exchange: Exchange, hours: int) -> None:
    clock = JumpingClock()
    clock.jump(timedelta(hours=hours))
    found = {one.complaint for one in Doctor(exchange.axis.engine, clock, asks_authorities=False).examine()}
    assert found == {Complaint.CLOCK_ASTRAY, Complaint.WORKER_NONE}


def test_nothing_is_written(led: Exchange) -> None:
    sent(led)
    led.clock.advance(timedelta(days=40))

    def stand() -> object:
        with led.axis.engine.connect() as connection:
            rows = connection.execute(text("SELECT CAST(deliveries AS text) FROM deliveries")).all()
            return rows, connection.scalars(text("SELECT count(*) FROM events")).one()

    before = stand()
    assert findings(led)
    assert stand() == before


def test_every_complaint_is_told_in_both_languages_and_produced_by_a_test() -> None:
    assert set(COMPLAINTS) == set(Complaint)
    sources = "".join(
        path.read_text("utf-8") for path in (Path(__file__), Path(__file__).parents[1] / "cli" / "test_doctor.py")
    )
    assert [one.name for one in Complaint if f"Complaint.{one.name}" not in sources] == []
    assert {one: foreign_in(one.words) for one in Complaint if foreign_in(one.words)} == {}
