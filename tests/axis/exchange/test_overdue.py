"""Alarms for what nobody takes over, once each, and warnings for what is sent late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, URGENT
from axis.exchange import attestor
from axis.exchange.outcomes import Acceptance
from envelopes.codes import StatusCode
from routing.events import EventTag
from tests.fixtures.exchange import SENDER, Exchange, opened

RECIPIENT = "H26.18"


@pytest.fixture
def exchange(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Exchange]:
    with opened(engine, key_ring, tmp_path) as exchange:
        yield exchange


def overdue(exchange: Exchange, accepted: Acceptance) -> int:
    """How many alarms stand in a message's trace."""
    trace = exchange.axis.tracer.trace(accepted.envelope_id, exchange.caller(SENDER))
    return sum(event.tag is EventTag.DELIVERY_DELAYED for one in trace.deliveries for event in one.events)


def counted(exchange: Exchange, priority: str) -> float | None:
    return exchange.axis.metrics.registry.get_sample_value("axis_overdue_total", {"priority": priority})


def test_an_alarm_is_raised_once_for_what_nobody_takes(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter(to=(RECIPIENT,)))
    assert exchange.axis.deadlines.raise_alarms() == 0
    exchange.clock.advance(timedelta(days=4))
    with capture_logs() as lines:
        assert exchange.axis.deadlines.raise_alarms() == 1
        assert exchange.axis.deadlines.raise_alarms() == 0
    told: list[Any] = [line for line in lines if line["event"] == "delivery_delayed"]
    assert [(line["envelope"], line["log_level"]) for line in told] == [(accepted.envelope_id, "warning")]
    assert (overdue(exchange, accepted), counted(exchange, "normal")) == (1, 1)


def test_an_urgent_one_raises_it_sooner(exchange: Exchange) -> None:
    urgent = exchange.accept(exchange.letter(URGENT, to=(RECIPIENT,)))
    normal = exchange.accept(exchange.letter(FIRST, to=(RECIPIENT,)))
    exchange.clock.advance(timedelta(minutes=31))
    assert exchange.axis.deadlines.raise_alarms() == 1
    assert (overdue(exchange, urgent), overdue(exchange, normal)) == (1, 0)
    assert counted(exchange, "express") == 1


def test_none_is_raised_for_what_was_taken_over_nor_for_a_status(exchange: Exchange) -> None:
    letter = exchange.letter(to=(RECIPIENT,))
    exchange.accept(letter)
    exchange.hand_over(exchange.lease(RECIPIENT).offers[0], RECIPIENT)
    exchange.accept(exchange.status(letter, RECIPIENT, StatusCode.RECEIVED), RECIPIENT)
    exchange.clock.advance(timedelta(days=10))
    assert exchange.axis.deadlines.raise_alarms() == 0


def test_it_can_be_taken_over_after_the_alarm(exchange: Exchange) -> None:
    exchange.accept(exchange.letter(to=(RECIPIENT,)))
    exchange.clock.advance(timedelta(days=4))
    assert exchange.axis.deadlines.raise_alarms() == 1
    exchange.hand_over(exchange.lease(RECIPIENT).offers[0], RECIPIENT)
    with exchange.axis.premises.transactions.read() as session:
        assert session.scalars(text("SELECT state FROM deliveries")).all() == ["handed_over"]


def test_a_letter_that_is_sent_late_is_accepted_and_its_sender_warned(exchange: Exchange) -> None:
    today = exchange.letter().promulgation_date
    assert today is not None
    late = replace(exchange.letter(), promulgation_date=today - timedelta(days=30))
    accepted = exchange.accept(late)
    (warning,) = [one for one in accepted.warnings if one.code == "document/sent-late"]
    assert warning.path == "MessageHeader.PromulgationInfo.PromulgationDate"
    assert "chậm" in warning.words.vi


def test_evidence_of_an_urgent_document_does_not_wait_behind_others(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attestor, "batch_of", lambda _attempts: 1)
    for number in range(2, 5):
        exchange.accept(exchange.letter(replace(FIRST, number=number), to=(RECIPIENT,)))
    urgent = exchange.accept(exchange.letter(URGENT, to=(RECIPIENT,)))
    exchange.axis.attestor.attest_due()
    with exchange.axis.premises.transactions.read() as session:
        sealed = session.scalars(text("SELECT envelope_id FROM evidences WHERE type = 'ContentConsignment'")).all()
    assert sealed == [urgent.envelope_id]
