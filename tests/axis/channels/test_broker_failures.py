"""A broker that is down, hangs, is full or refuses: nobody waits for it, it is told once, and it is taken up again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
import structlog
from pydantic import SecretStr

from axis.channels.bell import ARRIVALS, QUEUE, STOP_SECONDS, Bell
from axis.channels.brokers import open_broker, question_to
from axis.channels.lines import BrokerFault, BrokerUnavailable
from axis.clock import SystemClock
from axis.logs import configure_logs
from axis.settings import BrokerKind, BrokerSettings
from envelopes.identifiers import EnvelopeId, OrganId
from storage.database.notices import Listener
from tests.axis.channels.strokes import broker_of, working
from tests.axis.channels.test_brokers import WAKE_SECONDS, told
from tests.axis.web.running import Logged
from tests.fixtures.brokers import INSTANCE, PASSWORD, RabbitServer, RedisServer, free_port
from tests.fixtures.exchange import Exchange
from tests.fixtures.running import eventually

RINGS = 2_000
RINGING_SECONDS = 0.5
"""For all of them: a lock and a set, whatever the broker does."""

HANGING_SECONDS = 20.0
"""How long a broker that hangs keeps the thread that talks to it, and nobody else."""

Distant = RedisServer | RabbitServer

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def logged() -> Iterator[Logged]:
    """What is logged; never an address or a password, and nothing of the libraries' own."""
    stream = Logged()
    configure_logs(SystemClock(), stream, is_strict=True)
    yield stream
    structlog.reset_defaults()
    said = json.dumps(stream())
    assert [word for word in (PASSWORD, "chim", "127.0.0.1", "uncatalogued", "library_message") if word in said] == []


@pytest.fixture(params=["redis_server", "rabbit_server"])
def server(request: pytest.FixtureRequest) -> Iterator[Distant]:
    """Each broker that may be away, at work."""
    found: Distant = request.getfixturevalue(request.param)
    yield found
    if found.process is None:
        found.start()


def answers(server: Distant) -> Callable[[], bool]:
    ask = question_to(broker_of(server))
    assert ask is not None
    return ask


def ring_many(bell: Bell, exchange: Exchange) -> float:
    """Return how long it took to ring very often."""
    envelope_id = EnvelopeId(exchange.clock.mint())
    begun = time.monotonic()
    for _ in range(RINGS):
        bell.ring(envelope_id, (OrganId("G22"),))
    return time.monotonic() - begun


def test_a_broker_that_is_killed_in_mid_flight_is_told_once_and_taken_up_again(
    exchange: Exchange, server: Distant, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    with working(exchange, server, monkeypatch.setattr) as yard:
        yard.woken(times=1)
        server.kill()
        lost = [yard.send() for _ in range(3)]
        eventually(lambda: told(logged, "broker_lost", work="ring") or None)
        eventually(lambda: told(logged, "broker_lost", work="listen") or None)
        assert not answers(server)()
        server.start()
        assert answers(server)()
        yard.sealed(yard.send(), seconds=20)
        assert yard.woken() < WAKE_SECONDS
        assert [one for one in lost if not yard.evidence(one)] == []
        assert yard.all_once()
    for work in ("ring", "listen"):
        assert (told(logged, "broker_lost", work=work), told(logged, "broker_found", work=work)) == (1, 1)
    assert told(logged, "broker_lost", cause=BrokerFault.UNREACHABLE.value) == 2


def test_without_its_broker_an_axis_accepts_and_seals_by_its_sweeps(
    exchange: Exchange, server: Distant, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.kill()
    with working(exchange, server, monkeypatch.setattr, sweep=2.0) as yard:
        for _ in range(5):
            yard.send()
        latest = max(yard.sealed(one, seconds=20) for one in yard.accepted)
        assert latest < 5
        assert yard.all_once()


def test_a_broker_that_hangs_keeps_nobody_waiting(exchange: Exchange, server: Distant, logged: Logged) -> None:
    bell = Bell(exchange.axis.premises.transactions, broker_of(server))
    bell.start()
    ask = answers(server)
    assert ask()
    with Listener(exchange.axis.engine, [ARRIVALS]) as listener:
        server.halt()
        try:
            assert ring_many(bell, exchange) < RINGING_SECONDS
            assert listener.wait(5), "recipients are told through the database all the same"
            begun = time.monotonic()
            assert not ask()
            assert time.monotonic() - begun < HANGING_SECONDS
            eventually(lambda: told(logged, "broker_lost", work="ring") or None, seconds=HANGING_SECONDS)
            assert ring_many(bell, exchange) < RINGING_SECONDS
            begun = time.monotonic()
            bell.stop()
            assert time.monotonic() - begun < 2 * STOP_SECONDS + 1
        finally:
            server.go_on()
    assert told(logged, "broker_lost") == 1
    eventually(lambda: ask() or None)
    for striker in bell._strikers():
        striker._thread.join(HANGING_SECONDS)


def test_a_broker_without_room_is_told_once_and_used_again_when_it_has_some(
    exchange: Exchange, server: Distant, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    with working(exchange, server, monkeypatch.setattr) as yard:
        server.fill()
        try:
            for _ in range(3):
                yard.send()
            eventually(lambda: told(logged, "broker_lost", work="ring", cause="refused") or None)
        finally:
            server.make_room()
        yard.sealed(yard.send(), seconds=20)
        assert yard.woken() < WAKE_SECONDS
        assert yard.all_once()
    assert (told(logged, "broker_lost", work="ring"), told(logged, "broker_found", work="ring")) == (1, 1)


@pytest.mark.parametrize("part", ["chim%2Fse%40ngo", "axis:chim%2Fse%40ngo@"])
def test_a_wrong_password_is_a_refusal(server: Distant, part: str) -> None:
    if part not in server.url:
        part = "chim%2Fse%40ngo"
    url = server.url.replace(part, part.replace("se", "cu"))
    broker = open_broker(BrokerSettings(kind=server.kind, url=SecretStr(url)), INSTANCE)
    assert broker is not None
    with pytest.raises(BrokerUnavailable) as caught:
        broker.probe(QUEUE)
    assert caught.value.fault is BrokerFault.REFUSED
    assert "127" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_queue_that_somebody_deleted_is_made_again(
    exchange: Exchange, rabbit_server: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(exchange, rabbit_server, monkeypatch.setattr) as yard:
        yard.woken(times=1)
        rabbit_server.delete()
        yard.sealed(yard.send(), seconds=20)
        assert yard.woken() < WAKE_SECONDS


@pytest.mark.parametrize("kind", [BrokerKind.REDIS, BrokerKind.RABBITMQ])
def test_where_nobody_listens_a_broker_is_built_all_the_same_and_fails_when_it_is_used(kind: BrokerKind) -> None:
    scheme = "redis" if kind is BrokerKind.REDIS else "amqp"
    url = SecretStr(f"{scheme}://127.0.0.1:{free_port()}")
    broker = open_broker(BrokerSettings(kind=kind, url=url), INSTANCE)
    assert broker is not None
    with pytest.raises(BrokerUnavailable) as caught:
        broker.probe(QUEUE)
    assert caught.value.fault is BrokerFault.UNREACHABLE
