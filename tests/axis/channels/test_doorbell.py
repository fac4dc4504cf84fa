"""The listening thread: rings for each notice, outlives a broken connection, ends when nobody is subscribed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import pytest
import structlog

from axis.channels import doorbell
from axis.channels.doorbell import ListeningDoorbell
from axis.clock import SystemClock
from axis.logs import configure_logs
from envelopes.identifiers import OrganId
from storage.errors import DatabaseUnavailable
from tests.axis.web.running import Logged


@dataclass(frozen=True)
class Notice:
    payload: str


class Line:
    """A connection that tells what is put into it, and breaks when told to."""

    def __init__(self) -> None:
        self.told: SimpleQueue[str | Exception] = SimpleQueue()
        self.opened = threading.Semaphore(0)
        self.is_open = False

    @contextmanager
    def listen(self) -> Iterator[Line]:
        self.is_open = True
        self.opened.release()
        try:
            yield self
        finally:
            self.is_open = False

    def wait(self, timeout: float) -> Sequence[Notice]:
        try:
            told = self.told.get(timeout=timeout)
        except Empty:
            return ()
        if isinstance(told, Exception):
            raise told
        return (Notice(told),)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(doorbell, "RECONNECT_SECONDS", 0.01)


@pytest.fixture(autouse=True)
def logged() -> Iterator[Logged]:
    stream = Logged()
    configure_logs(SystemClock(), stream, is_strict=True)
    yield stream
    structlog.reset_defaults()


def test_each_notice_rings_for_its_agency() -> None:
    line, rung = Line(), SimpleQueue[OrganId]()
    others = set(threading.enumerate())
    end = ListeningDoorbell(line.listen).subscribe(rung.put)
    for payload in ("H51.15", "no id!", "", "G22"):
        line.told.put(payload)
    assert [rung.get(timeout=30) for _ in range(2)] == [OrganId("H51.15"), OrganId("G22")]
    end()
    assert not line.is_open
    assert "axis-doorbell" not in {thread.name for thread in set(threading.enumerate()) - others}


def test_a_broken_connection_is_made_anew(logged: Logged) -> None:
    line, rung = Line(), SimpleQueue[OrganId]()
    end = ListeningDoorbell(line.listen).subscribe(rung.put)
    assert line.opened.acquire(timeout=30)
    line.told.put(DatabaseUnavailable("gone"))
    assert line.opened.acquire(timeout=30)
    line.told.put("G22")
    assert rung.get(timeout=30) == OrganId("G22")
    end()
    assert "database_unavailable" in [line["event"] for line in logged()]


def test_a_ring_that_cannot_look_up_the_directory_ends_nothing() -> None:
    line, rung = Line(), SimpleQueue[OrganId]()

    def ring(organ_id: OrganId) -> None:
        if organ_id == OrganId("X99"):
            raise DatabaseUnavailable("the directory cannot be loaded")
        rung.put(organ_id)

    end = ListeningDoorbell(line.listen).subscribe(ring)
    line.told.put("X99")
    line.told.put("G22")
    assert rung.get(timeout=30) == OrganId("G22")
    end()
