"""What holds for every journey: its logs are kept and judged."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from axis.clock import SystemClock
from axis.demo.keys import KeyRing
from axis.logs import configure_logs
from tests.axis.web.running import Logged
from tests.fixtures.running import RunningAxis, Station
from tests.journey.mortal import ClockAhead
from tests.journey.refusing import Gatekeeper
from tests.journey.survivor import Survivor

CANARIES = ("rà soát danh mục", "Nguyễn Văn Mẫu", "Trần Thị Mẫu", "Lê Thị Mẫu", "Văn thư cơ quan", r"(?<![\w-])eyJ")
"""What no log line may hold: a subject, names of persons, the beginning of every token and JWS (which may stand within
the random id of a key)."""


@pytest.fixture(autouse=True)
def logged() -> Iterator[Logged]:
    """What is logged; an unknown event is an error, and so is anything of what people wrote."""
    stream = Logged()
    configure_logs(SystemClock(), stream, is_strict=True)
    yield stream
    structlog.reset_defaults()
    lines = stream()
    assert [line for line in lines for word in CANARIES if re.search(word, str(line))] == []
    assert [line for line in lines if line["event"] in {"request_failed", "work_failed", "uncatalogued_event"}] == []


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which temporary files are made."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="session")
def pair(running: RunningAxis) -> tuple[Station, Station]:
    """A sender and a recipient, for tests in which nothing is ever delivered."""
    return running.agency(), running.agency()


@pytest.fixture
def gatekeeper(running: RunningAxis, pair: tuple[Station, Station], spool: Path) -> Gatekeeper:
    """The door of the running axis under examination."""
    return Gatekeeper(running, *pair, spool)


@pytest.fixture
def survivor(tmp_path: Path) -> Survivor:
    """An agency's software that outlives an axis which dies, whose lives have their folder in `tmp_path`."""
    ring = KeyRing(tmp_path / "keys", ClockAhead(timedelta()).now())
    return Survivor(ring, ring.participants())
