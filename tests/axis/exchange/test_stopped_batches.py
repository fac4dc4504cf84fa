"""Batches in the hands of a worker that is told to stop: what it does not finish is due for others at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from axis.channels.authorities import Authorities as Asked
from axis.channels.guarded import Question as Asking
from axis.confinement.cells import Cells, Question
from axis.exchange.examiner import Examiner
from axis.workers import process
from axis.workers.errands import errands_of
from axis.workers.process import WorkerProcess
from axis.workers.rounds import rounds_of
from signing.pdf.verdict import PdfVerdict
from tests.axis.exchange.test_appraiser import appraise, decision, letter, owed
from tests.fixtures.exchange import Exchange
from tests.fixtures.world import World, ask, running

PATIENCE = 20.0


@pytest.fixture
def exchange(world: World, engine: Engine, tmp_path: Path) -> Iterator[Exchange]:
    """An axis that judges documents afterwards, and has asked nobody yet."""
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1, "refuse": []}) as exchange:
        yield exchange


def due(exchange: Exchange, table: str) -> list[int]:
    """The attempts of the rows that anybody could take now."""
    query = text(f"SELECT attempts FROM {table} WHERE due_at <= :now")  # noqa: S608  the names are in this file
    with exchange.axis.premises.transactions.read() as session:
        return list(session.scalars(query, {"now": exchange.clock.now()}))


def test_certificates_that_were_not_begun_are_due_at_once(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    examiner = exchange.axis.court.examiner
    examiner.adopt()
    before = due(exchange, "certificate_statuses")
    asked, exchanged = list[str](), Asked._exchange

    def stopped(self: Asked, question: Asking, limit: int) -> bytes:
        asked.append(question.address)
        examiner.stop()
        return exchanged(self, question, limit)

    monkeypatch.setattr(Asked, "_exchange", stopped)
    assert examiner.examine_due() > 2
    assert asked
    left = due(exchange, "certificate_statuses")
    assert len(left) >= len(before) - 1
    assert set(left) == {0}, "it counts as no attempt"
    monkeypatch.setattr(Asked, "_exchange", exchanged)
    axis = exchange.axis
    other = Examiner(axis.premises, axis.anchorage.current, authorities=examiner._authorities)
    assert other.examine_due() == len(left)


def test_documents_that_were_not_begun_are_due_at_once(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(exchange)
    exchange.accept(letter(exchange, decision(world)))
    appraiser = exchange.axis.court.appraiser
    assert appraiser is not None
    appraiser.stop()
    assert appraise(exchange) == 1
    assert due(exchange, "document_checks") == [0]


def test_a_worker_whose_time_is_over_gives_back_what_it_still_works_at(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(exchange)
    exchange.accept(letter(exchange, decision(world)))
    begun, go_on = threading.Event(), threading.Event()

    def endless(_cells: Cells, _octets: bytes, question: Question) -> PdfVerdict:
        begun.set()
        go_on.wait(PATIENCE)
        raise OSError("the cell was ended with its process")

    monkeypatch.setattr(Cells, "judge_pdf", endless)
    monkeypatch.setattr(process, "STOP_MILLISECONDS", 200)
    worker = WorkerProcess(rounds_of(exchange.axis), None, errands=errands_of(exchange.axis))
    worker.start()
    try:
        assert begun.wait(PATIENCE)
        assert due(exchange, "document_checks") == []
    finally:
        worker.stop()
    assert due(exchange, "document_checks") == [0]
    go_on.set()
    for thread in worker._threads:
        thread.join(PATIENCE)
    assert due(exchange, "document_checks") == [0], "what the lost cell said is not believed"
    assert owed(exchange) == 1
