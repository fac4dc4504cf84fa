"""One contract for every broker, on real servers: it hastens, and whatever it does or loses, nothing else changes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from dramatiq import Message

from axis.channels.bell import ATTEST, QUEUE
from axis.channels.lines import KEPT_SECONDS, LENGTH_MAX
from axis.clock import SystemClock
from axis.logs import configure_logs
from axis.settings import BrokerKind
from tests.axis.channels.strokes import MemoryServer, Server, broker_of, working
from tests.axis.web.running import Logged
from tests.fixtures.brokers import PASSWORD, RabbitServer, RedisServer
from tests.fixtures.exchange import Exchange
from tests.fixtures.running import eventually

WAKE_SECONDS = 0.5
"""From an acceptance to the sealed evidence when a stroke wakes the worker, at the median: 50 ms where nothing else
runs, and far less than the two seconds of a sweep on a machine that is busy."""

SWEEP_SECONDS = 2.0
SLACK_SECONDS = 3.0
"""What a round itself may take on a machine that is busy."""

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def logged() -> Iterator[Logged]:
    """What is logged; never an address or a password."""
    stream = Logged()
    configure_logs(SystemClock(), stream, is_strict=True)
    yield stream
    structlog.reset_defaults()
    said = json.dumps(stream())
    assert [word for word in (PASSWORD, "chim", "127.0.0.1", "uncatalogued", "library_message") if word in said] == []


@pytest.fixture(params=[BrokerKind.MEMORY, BrokerKind.REDIS, BrokerKind.RABBITMQ])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each broker, empty."""
    if request.param is BrokerKind.MEMORY:
        yield MemoryServer()
        return
    name = "redis_server" if request.param is BrokerKind.REDIS else "rabbit_server"
    found: RedisServer | RabbitServer = request.getfixturevalue(name)
    broker = broker_of(found)
    broker.enqueue(stroke())  # so that there is something to empty
    broker.rest()
    found.flush()
    yield found
    if found.process is None:
        found.start()


def stroke() -> Message[None]:
    return Message(QUEUE, ATTEST, (), {}, {})


def told(logged: Logged, event: str, **fields: object) -> int:
    """How often something was logged."""
    return sum(line["event"] == event and fields.items() <= line.items() for line in logged())


def test_a_stroke_wakes_the_worker(exchange: Exchange, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with working(exchange, server, monkeypatch.setattr) as yard:
        assert yard.woken() < WAKE_SECONDS
        assert yard.all_once()


def test_strokes_that_come_again_and_again_are_harmless(
    exchange: Exchange, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = broker_of(server)
    with working(exchange, server, monkeypatch.setattr) as yard:
        for _ in range(5):
            envelope_id = yard.send()
            for _ in range(10):
                other.enqueue(stroke())
            yard.sealed(envelope_id, seconds=10)
        eventually(lambda: None if server.length() else True)
        assert yard.all_once()
    other.rest()


@contextmanager
def meanwhile(server: Server) -> Iterator[None]:
    """Throw away everything that the broker has, all the time."""
    over = threading.Event()

    def flush() -> None:
        while not over.wait(0.02):
            server.flush()

    thread = threading.Thread(target=flush)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_what_is_flushed_in_mid_flight_is_not_lost_and_at_most_one_sweep_late(
    exchange: Exchange, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(exchange, server, monkeypatch.setattr, sweep=SWEEP_SECONDS) as yard, meanwhile(server):
        for _ in range(20):
            yard.send()
        server.flush()
        latest = max(yard.sealed(one, seconds=20) for one in yard.accepted)
    assert latest < SWEEP_SECONDS + SLACK_SECONDS
    assert yard.all_once()


def rubbish() -> Iterator[bytes]:
    """What no axis sends: none of it may be acted on, and none may be in the way."""
    good = stroke().asdict()
    yield b""
    yield b"\xff\xfe\x00"
    yield b"[" * 2_000
    yield b"[]"
    yield b"{}"
    yield json.dumps(good)[:-5].encode()
    changes: tuple[dict[str, object], ...] = (
        {"actor_name": "drop_everything"},
        {"actor_name": 7},
        {"actor_name": ["attest"]},
        {"args": ["an", "argument"]},
        {"args": None},
        {"kwargs": {"_batch": 1}},
        {"kwargs": []},
        {"queue_name": "elsewhere"},
        {"queue_name": None},
        {"options": {"eta": 1}},
        {"options": {"eta": 4_102_444_800_000}},
        {"options": {"pipe_target": {"queue_name": "evidence"}}},
        {"options": None},
    )
    for changed in changes:
        yield json.dumps(good | changed).encode()
    yield json.dumps(good | {"more": 1}).encode()
    yield json.dumps(good | {"kwargs": {"padding": "x" * 10_000}}).encode()
    yield b"x" * 20_000_000


def test_rubbish_is_dropped_and_hinders_nothing(
    exchange: Exchange, server: Server, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    with working(exchange, server, monkeypatch.setattr) as yard:
        for octets in rubbish():
            server.put(octets)
        eventually(lambda: None if server.length() else True)
        assert yard.woken() < WAKE_SECONDS
    assert told(logged, "broker_rubbish") == 1, "once a minute"
    assert {line["event"] for line in logged() if line["level"] != "info"} == {"broker_rubbish"}


def test_a_worker_that_is_away_for_long_finds_a_short_queue_and_soon_none(server: Server) -> None:
    broker = broker_of(server)
    for _ in range(3 * LENGTH_MAX):
        broker.enqueue(stroke())
    assert server.length() == LENGTH_MAX
    broker.rest()
    if not isinstance(server, MemoryServer):
        eventually(lambda: None if server.length() else True, seconds=KEPT_SECONDS + SLACK_SECONDS)


def test_a_worker_that_stops_gives_back_the_strokes_it_has_not_begun(server: Server) -> None:
    broker = broker_of(server)
    broker.actors[ATTEST] = type("Actor", (), {"fn": staticmethod(lambda: None)})  # type: ignore[assignment]
    for _ in range(3):
        broker.enqueue(stroke())
    consumer = broker.consume(QUEUE, prefetch=2)
    taken = [next(consumer), next(consumer)]
    assert None not in taken
    assert next(consumer) is None, "both hands are full"
    consumer.requeue([one for one in taken if one is not None])
    consumer.close()
    broker.rest()
    eventually(lambda: server.length() == 3 or None)


def test_a_sound_broker_says_so_and_says_nothing_to_the_log(server: Server, logged: Logged) -> None:
    broker_of(server).probe(QUEUE)
    begun = time.monotonic()
    for _ in range(100):
        broker_of(server).probe(QUEUE)
        if time.monotonic() - begun > 1:
            break
    assert logged() == []
