"""Documents that kill whoever judges them: soon alone, then given up, and no other waits for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine

from axis.demo.letters import FIRST, URGENT
from axis.exchange.appraiser import Appraiser
from axis.exchange.documents import JudgedDocument
from envelopes.evidence_signatures import DocumentWorth
from envelopes.model import Envelope
from storage.records import DocumentCheck
from tests.axis.exchange.test_appraiser import POISON, appraise, letter, owed, said
from tests.fixtures.world import World, running, world
from tests.signing.pdf_making import blank

__all__ = ["world"]

THIRD: Final = replace(FIRST, number=4711)


class Killed(BaseException):
    """The end of a worker, as those who wait for exceptions see it: not at all."""


def test_what_kills_its_worker_is_soon_alone_and_ends_after_three_deaths(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Appraiser._judged

    def judged(self: Appraiser, message: Envelope, check: DocumentCheck) -> JudgedDocument:
        if message.attachments[0].content == POISON:
            raise Killed
        return genuine(self, message, check)

    monkeypatch.setattr(Appraiser, "_judged", judged)
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        poison = exchange.accept(letter(exchange, POISON))
        others = [exchange.accept(letter(exchange, blank(), URGENT)), exchange.accept(letter(exchange, blank(), THIRD))]
        deaths = []
        for minute in range(0, 200, 5):
            try:
                while appraise(exchange):
                    pass
            except Killed:
                deaths.append(minute)
            exchange.clock.advance(timedelta(minutes=5))
        assert deaths == [0, 10, 30]
        assert all(said(exchange, one) is not None for one in others)
        summary = said(exchange, poison)
        assert summary is not None
        assert (summary.worth, summary.verdict) == (DocumentWorth.NOT_JUDGED, "authenticity/judging-failed")
        assert owed(exchange) == 0
